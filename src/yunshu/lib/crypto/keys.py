"""Keys: make, read and open them, by the name of their algorithm. Their shape and sizes are in ``signing``."""

from collections.abc import Callable

from yunshu.lib.crypto import ed25519, mldsa, sm2
from yunshu.lib.crypto.signing import Algorithm, PrivateKey, PublicKey

_MAKE: dict[Algorithm, Callable[[], PrivateKey]] = {
    Algorithm.ED25519: ed25519.generate,
    Algorithm.ML_DSA_44: mldsa.generate,
    Algorithm.SM2: sm2.generate,
}
_PUBLIC: dict[Algorithm, Callable[[bytes], PublicKey]] = {
    Algorithm.ED25519: ed25519.Ed25519Public,
    Algorithm.ML_DSA_44: mldsa.MlDsaPublic,
    Algorithm.SM2: sm2.Sm2Public,
}
_OPEN: dict[Algorithm, Callable[[bytes, bytes], PrivateKey]] = {
    Algorithm.ED25519: ed25519.decrypted,
    Algorithm.ML_DSA_44: mldsa.decrypted,
    Algorithm.SM2: sm2.decrypted,
}


def generate(algorithm: Algorithm) -> PrivateKey:
    """Return a new key; raise CryptoError (``algorithm_unavailable``) where this machine lacks the algorithm."""
    return _MAKE[algorithm]()


def public_key(algorithm: Algorithm, raw: bytes) -> PublicKey:
    """Return the public key of its raw form; raise CryptoError (``malformed_key``) if it is not one."""
    return _PUBLIC[algorithm](raw)


def decrypted(algorithm: Algorithm, der: bytes, passphrase: bytes) -> PrivateKey:
    """Return the private key of a PKCS#8 EncryptedPrivateKeyInfo.

    Raises CryptoError (``wrong_passphrase``, or ``malformed_key`` if it is no such key of this algorithm).
    """
    return _OPEN[algorithm](der, passphrase)
