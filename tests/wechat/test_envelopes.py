"""Envelopes of WeChat against ``wechatpy``, a program that others wrote; what was changed on the way does not open."""

import base64
import re
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException

from yunshu.lib import wechat

APP, TEXT = "wx0123456789abcdef", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
KEYS = wechat.read_keys(TEXT)
(KEY,) = KEYS
PLAIN = "<xml><Content>路灯不亮</Content></xml>".encode()


def envelope(plain: bytes) -> str:
    """Return these bytes under the key, whatever they are."""
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def laid_out(length: int = len(PLAIN), app: str = APP) -> bytes:
    """Return an envelope's bytes before padding, claiming a message of ``length``."""
    return b"r" * 16 + length.to_bytes(4, "big") + PLAIN + app.encode()


def padded(plain: bytes) -> bytes:
    count = 32 - len(plain) % 32
    return plain + bytes([count]) * count


def refusal(text: str, app: str = APP) -> str:
    with pytest.raises(wechat.EnvelopeError) as caught:
        wechat.opened(text, KEYS, app)
    return caught.value.code


@settings(max_examples=25)
@given(st.text(min_size=1, max_size=200))
def test_each_side_opens_what_the_other_sealed(text: str) -> None:
    peer = PrpCrypto(KEY)
    plain = text.encode()
    assert peer.decrypt(wechat.sealed(plain, KEY, APP), APP) == text
    assert wechat.opened(peer.encrypt(text, APP).decode(), KEYS, APP) == plain


def test_the_peer_makes_the_signature_that_is_ours() -> None:
    told = WeChatCrypto("token", TEXT, APP).encrypt_message("<xml/>", "7", "1700000000")
    secret, signed = (re.search(rf"<{name}><!\[CDATA\[(.*?)]]>", told)[1] for name in ("Encrypt", "MsgSignature"))
    assert wechat.is_signed(signed, "token", "1700000000", "7", secret)
    assert not wechat.is_signed(signed, "token", "1700000001", "7", secret)
    assert not wechat.is_signed("", "token", "1700000000", "7", secret)


def test_the_same_words_never_look_the_same() -> None:
    assert wechat.sealed(PLAIN, KEY, APP) != wechat.sealed(PLAIN, KEY, APP)


def test_another_accounts_envelope_is_refused_on_both_sides() -> None:
    text = wechat.sealed(PLAIN, KEY, "wx-another")
    assert refusal(text) == "app_wrong"
    assert refusal(text, APP[:-1]) == "app_wrong"
    with pytest.raises(InvalidAppIdException):
        PrpCrypto(KEY).decrypt(text, APP)


@pytest.mark.parametrize(
    "plain",
    [
        padded(laid_out())[:-1] + b"\x00",
        padded(laid_out())[:-1] + b"\x21",
        padded(laid_out())[:-2] + b"\x00" + padded(laid_out())[-1:],
        padded(laid_out(length=0)),
        padded(laid_out(length=1 << 31)),
        padded(laid_out(length=len(PLAIN + APP.encode()))),
        padded(b"r" * 18),
    ],
    ids=["zero", "beyond the block", "uneven", "nothing", "longer than all", "no account", "no length"],
)
def test_what_is_not_laid_out_as_an_envelope_is_unreadable(plain: bytes) -> None:
    assert refusal(envelope(plain)) == "unreadable"


@pytest.mark.parametrize("text", ["", "x", "AAAA", "路灯", envelope(padded(laid_out()))[:-4], "=" * 44])
def test_what_is_no_envelope_is_unreadable(text: str) -> None:
    assert refusal(text) == "unreadable"


@settings(max_examples=40)
@given(place=st.integers(0, 95), change=st.integers(1, 255))
def test_a_changed_byte_never_opens_as_the_message(place: int, change: int) -> None:
    secret = bytearray(base64.b64decode(envelope(padded(laid_out()))))
    secret[place] ^= change
    read = b""
    with suppress(wechat.EnvelopeError):
        read = wechat.opened(base64.b64encode(secret).decode(), KEYS, APP)
    assert read != PLAIN


def test_after_a_change_of_keys_the_one_before_still_opens() -> None:
    other = TEXT[::-1]
    keys = wechat.read_keys(f"{other}, {TEXT}")
    assert wechat.opened(wechat.sealed(PLAIN, KEY, APP), keys, APP) == PLAIN
    assert refusal(wechat.sealed(PLAIN, keys[0], APP)) == "unreadable"


@pytest.mark.parametrize("text", ["", TEXT[:-1], TEXT + "=", TEXT[:-1] + "é", f"{TEXT},"])
def test_what_is_no_key_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(wechat.EnvelopeError, match=r"^key_malformed$"):
        wechat.read_keys(text)
