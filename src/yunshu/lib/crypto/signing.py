"""The shape of a key, the same for three signature algorithms. ``keys`` makes and reads them.

| algorithm | standard | public key | signature | by |
|---|---|---|---|---|
| ``ed25519`` | RFC 8032 | 32 | 64 | cryptography |
| ``ml-dsa-44`` | FIPS 204, pure, empty context | 1312 | 2420 | cryptography, where its OpenSSL has it |
| ``sm2`` | GB/T 32918.2-2016 with SM3 and identity 1234567812345678 | 65: 04, x, y | 64: r, s | the system's OpenSSL 3 |

Sizes are bytes. Keys are immutable and may be used by several threads at once.
"""

from enum import StrEnum
from typing import Protocol


class Algorithm(StrEnum):
    """A signature algorithm; the value is its name in files and settings."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"
    SM2 = "sm2"


class PublicKey(Protocol):
    """Verifies."""

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def raw(self) -> bytes:
        """The key in its raw form (see the table)."""
        ...

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` is of ``message``; a signature of another length or form is simply not."""
        ...


class PrivateKey(Protocol):
    """Signs."""

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature (see the table)."""
        ...

    def encrypted(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8 EncryptedPrivateKeyInfo in DER (RFC 5958 section 3)."""
        ...
