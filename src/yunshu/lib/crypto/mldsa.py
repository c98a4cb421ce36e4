"""ML-DSA-44 (FIPS 204: pure, with an empty context) by ``cryptography``, for signatures that outlive today's curves.

``available()`` tells whether the ``cryptography`` at hand has it; where not, every use raises CryptoError
(``algorithm_unavailable``): there is no other implementation to fall back on.
"""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from yunshu.lib.crypto import pkcs8
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm

PUBLIC_BYTES, SEED_BYTES, SIGNATURE_BYTES = 1312, 32, 2420
_MISSING = "this build of cryptography has no ML-DSA-44; install its wheel from PyPI, which brings an OpenSSL that has"


class MlDsaPublic:
    """Verifies ML-DSA-44."""

    algorithm = Algorithm.ML_DSA_44

    def __init__(self, raw: bytes) -> None:
        """Raise CryptoError: ``malformed_key`` unless ``raw`` has 1312 bytes, or ``algorithm_unavailable``."""
        try:
            self._key = MLDSA44PublicKey.from_public_bytes(raw)
        except ValueError as error:
            raise CryptoError("malformed_key", f"an ML-DSA-44 public key has {PUBLIC_BYTES} bytes") from error
        except UnsupportedAlgorithm as error:
            raise CryptoError("algorithm_unavailable", _MISSING) from error
        self.raw = raw

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` is of ``message``."""
        try:
            self._key.verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class MlDsaPrivate:
    """Signs ML-DSA-44."""

    algorithm = Algorithm.ML_DSA_44

    def __init__(self, key: MLDSA44PrivateKey) -> None:
        self._key = key
        self.public = MlDsaPublic(key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> "MlDsaPrivate":
        """Return the key of the 32-byte seed (FIPS 204 section 6.1)."""
        try:
            return cls(MLDSA44PrivateKey.from_seed_bytes(seed))
        except ValueError as error:
            raise CryptoError("malformed_key", f"an ML-DSA-44 seed has {SEED_BYTES} bytes") from error
        except UnsupportedAlgorithm as error:
            raise CryptoError("algorithm_unavailable", _MISSING) from error

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``."""
        return self._key.sign(message)

    def encrypted(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8 under ``passphrase``."""
        return pkcs8.seal(self._key, passphrase)


def available() -> bool:
    """Tell whether this build of ``cryptography`` can sign and verify ML-DSA-44."""
    try:
        MLDSA44PrivateKey.generate()
    except UnsupportedAlgorithm:
        return False
    return True


def generate() -> MlDsaPrivate:
    """Return a new key; raise CryptoError (``algorithm_unavailable``) where ``available`` is False."""
    try:
        return MlDsaPrivate(MLDSA44PrivateKey.generate())
    except UnsupportedAlgorithm as error:
        raise CryptoError("algorithm_unavailable", _MISSING) from error


def decrypted(der: bytes, passphrase: bytes) -> MlDsaPrivate:
    """Return the key of its PKCS#8; raise CryptoError (``wrong_passphrase`` or ``malformed_key``)."""
    key = pkcs8.open_sealed(der, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise CryptoError("malformed_key", "this is not an ML-DSA-44 key")
    return MlDsaPrivate(key)
