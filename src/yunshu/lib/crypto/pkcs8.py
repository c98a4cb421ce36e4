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
    """Return the key; raise CryptoError (``wrong_passphrase`` or ``malformed_key``)."""
    try:
        return load_der_private_key(der, passphrase)
    except TypeError as error:  # a passphrase where none is needed, or none where one is
        raise CryptoError("malformed_key", f"this is not an encrypted private key: {error}") from error
    except UnsupportedAlgorithm as error:
        raise CryptoError("malformed_key", f"this key is of another kind: {error}") from error
    except ValueError as error:
        code = "wrong_passphrase" if "password" in str(error).lower() else "malformed_key"
        raise CryptoError(code, f"the key does not open: {error}") from error


def require_passphrase(passphrase: bytes) -> None:
    """Raise CryptoError (``wrong_passphrase``) if it is empty."""
    if not passphrase:
        raise CryptoError("wrong_passphrase", "a key file needs a passphrase")
