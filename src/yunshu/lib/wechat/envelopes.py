"""One envelope: AES-256-CBC over 16 random bytes, the length, the message and the account's AppID; signed by SHA-1.

Source: 微信公众平台 · 消息加解密 [V: opens and makes what Tencent published as samples]. Key = base64(EncodingAESKey + "="),
initialisation vector = its first 16 bytes, PKCS#7 to 32 bytes. CBC under a fixed vector and SHA-1 are the platform's choice,
not ours: so a signature is compared before anything is opened, and whatever does not open is told alike.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

SALT_BYTES, LENGTH_BYTES, BLOCK_BYTES, VECTOR_BYTES = 16, 4, 32, 16
KEY = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)


class EnvelopeError(Exception):
    """``key_malformed``, ``unreadable`` or ``app_wrong``; the words never hold a key or a message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_keys(text: str) -> tuple[bytes, ...]:
    """Return the keys of one or more EncodingAESKeys parted by commas. Raises EnvelopeError (``key_malformed``)."""
    given = [each.strip() for each in text.split(",")]
    if not all(KEY.fullmatch(each) for each in given):
        raise EnvelopeError("key_malformed")
    return tuple(base64.b64decode(each + "=") for each in given)


def signature(token: str, *parts: str) -> str:
    """Return the platform's signature: SHA-1 over token and parts, sorted and put together."""
    return hashlib.sha1("".join(sorted([token, *parts])).encode(), usedforsecurity=False).hexdigest()


def is_signed(signed: str, token: str, *parts: str) -> bool:
    """Say whether ``signed`` is the signature of ``parts``, in the same time for every wrong one."""
    return hmac.compare_digest(signature(token, *parts).encode(), signed.encode())


def sealed(plain: bytes, key: bytes, app: str, *, salt: bytes = b"") -> str:
    """Return ``plain`` sealed for the account ``app``; ``salt`` is 16 random bytes unless given."""
    padder = PKCS7(BLOCK_BYTES * 8).padder()
    head = (salt or secrets.token_bytes(SALT_BYTES)) + len(plain).to_bytes(LENGTH_BYTES, "big")
    padded = padder.update(head + plain + app.encode()) + padder.finalize()
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def opened(text: str, keys: Sequence[bytes], app: str) -> bytes:
    """Return the message sealed for ``app`` under one of ``keys``: the platform may use the last one after a change.

    Raises EnvelopeError: ``app_wrong`` where an envelope opens and is another account's, else ``unreadable``.
    """
    wrong = EnvelopeError("unreadable")
    for key in keys:
        try:
            return _opened(text, key, app.encode())
        except EnvelopeError as error:
            wrong = error if error.code == "app_wrong" else wrong
    raise wrong


def _opened(text: str, key: bytes, app: bytes) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
        decryptor, unpadder = _cipher(key).decryptor(), PKCS7(BLOCK_BYTES * 8).unpadder()
        padded = decryptor.update(secret) + decryptor.finalize()
        plain = unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError) as error:  # no base64, no whole blocks, wrong padding
        raise EnvelopeError("unreadable") from error
    start = SALT_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(plain[SALT_BYTES:start], "big")
    if not start < end < len(plain):
        raise EnvelopeError("unreadable")
    if not hmac.compare_digest(plain[end:], app):
        raise EnvelopeError("app_wrong")
    return plain[start:end]


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:VECTOR_BYTES]))
