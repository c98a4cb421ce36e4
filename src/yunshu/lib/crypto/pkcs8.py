"""PKCS#8 under a passphrase (RFC 5958 section 3) for the keys that ``cryptography`` knows.

Read by ``cryptography``; written here, because what it writes stretches the passphrase with 2,048 rounds of PBKDF2 only.
Ours is PBES2 (RFC 8018) with scrypt (RFC 7914 section 7) and AES-256-CBC; ``openssl pkey`` reads it, too.
"""

import hashlib
import secrets
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from yunshu.lib.crypto.der import identifier, integer, octets, sequence
from yunshu.lib.crypto.errors import CryptoError

# OWASP Password Storage Cheat Sheet: N=2^14, r=8, p=5, five passes of 16 MiB. OpenSSL reads at most 32 MiB.
SCRYPT_COST, SCRYPT_BLOCK, SCRYPT_PARALLEL, SALT_BYTES = 1 << 14, 8, 5, 16
_PBES2, _SCRYPT, _AES_256_CBC = "1.2.840.113549.1.5.13", "1.3.6.1.4.1.11591.4.11", "2.16.840.1.101.3.4.1.42"


class Serialisable(Protocol):
    """A private key of ``cryptography``."""

    def private_bytes(
        self, encoding: Encoding, format: PrivateFormat, encryption_algorithm: KeySerializationEncryption, /
    ) -> bytes: ...


def seal(key: Serialisable, passphrase: bytes) -> bytes:
    """Return ``key`` as EncryptedPrivateKeyInfo in DER; raise CryptoError (``wrong_passphrase``) if it is empty."""
    require_passphrase(passphrase)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, initial = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(16)
    stretched = hashlib.scrypt(
        passphrase, salt=salt, n=SCRYPT_COST, r=SCRYPT_BLOCK, p=SCRYPT_PARALLEL, dklen=32, maxmem=1 << 26
    )
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(stretched), modes.CBC(initial)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = sequence(octets(salt), integer(SCRYPT_COST), integer(SCRYPT_BLOCK), integer(SCRYPT_PARALLEL))
    scheme = sequence(
        sequence(identifier(_SCRYPT), costs),
        sequence(identifier(_AES_256_CBC), octets(initial)),
    )
    return sequence(sequence(identifier(_PBES2), scheme), octets(sealed))


def open_sealed(der: bytes, passphrase: bytes) -> object:
    """Return the key.

    Raises CryptoError: ``malformed_key`` if ``der`` is no sealed key, ``wrong_passphrase`` if it does not open. The
    cipher carries no seal of its own: one wrong passphrase in 256 leaves a padding that looks right and then bytes
    that are no key, which tells the reader the same as the other 255.
    """
    _require_sealed(der)
    try:
        return load_der_private_key(der, passphrase)
    except UnsupportedAlgorithm as error:
        raise CryptoError("malformed_key", f"this key is of another kind: {error}") from error
    except ValueError as error:
        raise CryptoError("wrong_passphrase", "the passphrase does not open this key") from error


def _require_sealed(der: bytes) -> None:
    try:
        load_der_private_key(der, None)
    except TypeError:  # what ``cryptography`` says of a key that wants a passphrase
        return
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CryptoError("malformed_key", f"this is not an encrypted private key: {error}") from error
    raise CryptoError("malformed_key", "this private key is not encrypted")


def require_passphrase(passphrase: bytes) -> None:
    """Raise CryptoError (``wrong_passphrase``) if it is empty."""
    if not passphrase:
        raise CryptoError("wrong_passphrase", "a key file needs a passphrase")
