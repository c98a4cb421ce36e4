"""SM4 in Galois/Counter Mode (GB/T 32907-2016, RFC 8998): sealing bytes under a 16-byte key.

By the OpenSSL inside ``cryptography``: the one in Debian 12 (3.0) has SM4 but not its GCM. What is sealed is
nonce (12) || ciphertext || tag (16). One key seals at most 2**32 messages (random nonces, NIST SP 800-38D section 8.3).
"""

import secrets

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yunshu.lib.crypto.errors import CryptoError

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16


def seal(key: bytes, plain: bytes, associated: bytes = b"") -> bytes:
    """Return ``plain`` sealed; ``associated`` is sealed with it but not contained.

    Raises CryptoError: ``malformed_key`` unless the key has 16 bytes, or ``algorithm_unavailable``.
    """
    return seal_with_nonce(key, secrets.token_bytes(NONCE_BYTES), plain, associated)


def seal_with_nonce(key: bytes, nonce: bytes, plain: bytes, associated: bytes = b"") -> bytes:
    """As ``seal``, with a nonce of 12 bytes that must never come again with this key."""
    try:
        encryptor = Cipher(_cipher(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag
    except UnsupportedAlgorithm as error:
        raise CryptoError("algorithm_unavailable", f"this build of cryptography has no SM4-GCM: {error}") from error


def unseal(key: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    """Return what was sealed.

    Raises CryptoError: ``decryption_failed`` if key, bytes or ``associated`` differ, ``malformed_key``, or
    ``algorithm_unavailable``.
    """
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise CryptoError("decryption_failed", "this is too short to have been sealed")
    nonce, body, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
    try:
        decryptor = Cipher(_cipher(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        raise CryptoError("decryption_failed", "the seal is broken, or the key is another") from None
    except UnsupportedAlgorithm as error:
        raise CryptoError("algorithm_unavailable", f"this build of cryptography has no SM4-GCM: {error}") from error


def _cipher(key: bytes) -> algorithms.SM4:
    if len(key) != KEY_BYTES:
        raise CryptoError("malformed_key", f"an SM4 key has {KEY_BYTES} bytes")
    return algorithms.SM4(key)
