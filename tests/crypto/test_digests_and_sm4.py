"""Digests and SM4 against the standards' own examples."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto import digests, sm4
from yunshu.lib.crypto.errors import CryptoError

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_examples_of_gb_t_32905(message, digest):
    """GB/T 32905-2016 annex A.1 and A.2."""
    assert digests.sm3(message).hex() == digest
    assert digests._Sm3OfCryptography().copy().digest() == digests.sm3(b"")
    fallback = digests._Sm3OfCryptography()
    fallback.update(message)
    assert fallback.digest().hex() == digest


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_hmac_agrees_with_the_standard_library(data, key):
    assert digests.hmac_sm3(key, data) == hmac.digest(key, data, "sm3")
    assert digests.hmac_sha256(key, data) == hmac.digest(key, data, hashlib.sha256)
    assert digests.sha256(data) == hashlib.sha256(data).digest()


def test_the_cipher_below_is_sm4_of_gb_t_32907():
    """GB/T 32907-2016 annex A.1: one block encrypted with itself as key."""
    block = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor().update(KEY)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"


def test_sealing_gives_the_example_of_rfc_8998():
    """RFC 8998 appendix A.1 (SM4-GCM)."""
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = sm4.seal_with_nonce(KEY, nonce, plain, associated)
    assert sealed[12:-16].hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert sm4.unseal(KEY, sealed, associated) == plain


@given(st.binary(max_size=100), st.binary(max_size=20), st.integers(0, 10_000))
def test_what_is_sealed_opens_and_any_flipped_bit_does_not(plain, associated, bit):
    sealed = bytearray(sm4.seal(KEY, plain, associated))
    assert sm4.unseal(KEY, bytes(sealed), associated) == plain
    sealed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    with pytest.raises(CryptoError) as refusal:
        sm4.unseal(KEY, bytes(sealed), associated)
    assert refusal.value.code == "decryption_failed"


@pytest.mark.parametrize(
    ("sealed", "associated"),
    [(b"short", b""), (sm4.seal(KEY, b"x", b"a"), b"b")],
    ids=["too short", "other associated data"],
)
def test_what_was_not_sealed_this_way_does_not_open(sealed, associated):
    with pytest.raises(CryptoError) as refusal:
        sm4.unseal(KEY, sealed, associated)
    assert refusal.value.code == "decryption_failed"


@pytest.mark.parametrize("key", [b"", b"k" * 15, b"k" * 32])
def test_a_key_of_another_length_is_refused(key):
    for attempt in (lambda: sm4.seal(key, b"x"), lambda: sm4.unseal(key, b"x" * 40)):
        with pytest.raises(CryptoError) as refusal:
            attempt()
        assert refusal.value.code == "malformed_key"
