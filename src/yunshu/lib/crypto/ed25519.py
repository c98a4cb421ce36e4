"""Ed25519 (RFC 8032) by ``cryptography``."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yunshu.lib.crypto import pkcs8
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm

PUBLIC_BYTES, PRIVATE_BYTES, SIGNATURE_BYTES = 32, 32, 64


class Ed25519Public:
    """Verifies Ed25519."""

    algorithm = Algorithm.ED25519

    def __init__(self, raw: bytes) -> None:
        """Raise CryptoError (``malformed_key``) unless ``raw`` has 32 bytes."""
        try:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError as error:
            raise CryptoError("malformed_key", f"an Ed25519 public key has {PUBLIC_BYTES} bytes") from error
        self.raw = raw

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` is of ``message``."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Ed25519Private:
    """Signs Ed25519."""

    algorithm = Algorithm.ED25519

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = Ed25519Public(key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> "Ed25519Private":
        """Return the key of the 32-byte seed (RFC 8032 section 5.1.5)."""
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(seed))
        except ValueError as error:
            raise CryptoError("malformed_key", f"an Ed25519 seed has {PRIVATE_BYTES} bytes") from error

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``."""
        return self._key.sign(message)

    def encrypted(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8 under ``passphrase``."""
        return pkcs8.seal(self._key, passphrase)


def generate() -> Ed25519Private:
    """Return a new key."""
    return Ed25519Private(Ed25519PrivateKey.generate())


def decrypted(der: bytes, passphrase: bytes) -> Ed25519Private:
    """Return the key of its PKCS#8; raise CryptoError (``wrong_passphrase`` or ``malformed_key``)."""
    key = pkcs8.open_sealed(der, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise CryptoError("malformed_key", "this is not an Ed25519 key")
    return Ed25519Private(key)
