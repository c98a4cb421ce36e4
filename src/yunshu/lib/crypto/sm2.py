"""SM2 with SM3 (GB/T 32918.2-2016, GM/T 0009-2012): the system's OpenSSL where it is, plain integers where it is not.

Verification falls back to plain integers by itself: slower (some hundreds a second), equally strict. Signing does not:
plain Python leaks the key through timing, so without OpenSSL it raises CryptoError (``algorithm_unavailable``), unless
the key was made by ``PlainPrivate``, whose name and parameter say what one accepts.
"""

import secrets

from yunshu.lib.crypto import libcrypto, pkcs8, sm2_curve, sm2_openssl
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.crypto.sm2_curve import DEFAULT_ID, PRIVATE_BYTES, SIGNATURE_BYTES


class Sm2Public:
    """Verifies SM2. ``identity`` is the signer's distinguishing identifier."""

    algorithm = Algorithm.SM2

    def __init__(self, raw: bytes, *, identity: bytes = DEFAULT_ID) -> None:
        """Raise CryptoError (``malformed_key``) unless ``raw`` is 04 || x || y of a point on the curve."""
        sm2_curve.point_of(raw)
        self.raw, self.identity = raw, identity
        self._fast = sm2_openssl.Public(raw, identity) if libcrypto.available() else None

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` (r || s) is of ``message``."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        if self._fast is None:
            return sm2_curve.verify(self.raw, signature, message, self.identity)
        return self._fast.verify(signature, message)


class Sm2Private:
    """Signs SM2 inside OpenSSL."""

    algorithm = Algorithm.SM2

    def __init__(self, pair: sm2_openssl.Pair, identity: bytes = DEFAULT_ID) -> None:
        self._pair = pair
        self.public = Sm2Public(pair.public_raw, identity=identity)

    @classmethod
    def from_number(cls, number: bytes, *, identity: bytes = DEFAULT_ID) -> "Sm2Private":
        """Return the key of the 32-byte private number d. Its public key is computed once, not in constant time.

        Raises CryptoError (``malformed_key`` or ``algorithm_unavailable``).
        """
        libcrypto.load()
        scalar = _scalar(number)
        return cls(sm2_openssl.from_scalar(scalar, sm2_curve.public_of(scalar), identity), identity)

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        return self._pair.sign(message)

    def encrypted(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8 under ``passphrase`` (PBES2: scrypt and SM4-CBC)."""
        pkcs8.require_passphrase(passphrase)
        return self._pair.encrypted(passphrase, secrets.token_bytes(16), secrets.token_bytes(16))


class PlainPrivate:
    """Signs SM2 in plain integers: only where nobody can time it, for tests and for a machine without OpenSSL."""

    algorithm = Algorithm.SM2

    def __init__(self, number: bytes, *, allow_timing_leak: bool = False, identity: bytes = DEFAULT_ID) -> None:
        """Raise CryptoError: ``unsafe_signing`` unless allowed, ``malformed_key`` for a number that is no key."""
        if not allow_timing_leak:
            raise CryptoError("unsafe_signing", "signing SM2 in plain Python leaks the key through timing")
        self._scalar = _scalar(number)
        self.public = Sm2Public(sm2_curve.public_of(self._scalar), identity=identity)

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        while True:
            chance = 1 + secrets.randbelow(sm2_curve.N - 1)
            signature = sm2_curve.sign(self._scalar, self.public.raw, message, chance, self.public.identity)
            if signature is not None:
                return signature

    def encrypted(self, passphrase: bytes) -> bytes:
        """Raise CryptoError (``algorithm_unavailable``): key files need OpenSSL."""
        raise CryptoError("algorithm_unavailable", "SM2 key files need the system's OpenSSL 3")


def generate() -> Sm2Private:
    """Return a new key; raise CryptoError (``algorithm_unavailable``) without OpenSSL."""
    return Sm2Private(sm2_openssl.generate(DEFAULT_ID))


def decrypted(der: bytes, passphrase: bytes) -> Sm2Private:
    """Return the key of its PKCS#8.

    Raises CryptoError (``wrong_passphrase``, ``malformed_key``, or ``algorithm_unavailable`` without OpenSSL). The
    cipher carries no seal of its own, so the key is tried: what it signs must verify.
    """
    key = Sm2Private(sm2_openssl.decrypted(der, passphrase, DEFAULT_ID))
    if not key.public.verify(key.sign(b"trial"), b"trial"):
        raise CryptoError("malformed_key", "the private and the public half of this key do not belong together")
    return key


def _scalar(number: bytes) -> int:
    if len(number) != PRIVATE_BYTES:
        raise CryptoError("malformed_key", f"an SM2 private key has {PRIVATE_BYTES} bytes")
    return int.from_bytes(number, "big")
