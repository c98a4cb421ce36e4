"""SM2 by the system's OpenSSL: key pairs, signatures, and PKCS#8 under a passphrase.

A ``Pair`` or ``Public`` owns one EVP_PKEY and frees it when it is collected. OpenSSL's keys may be used by several
threads at once; each call makes its own digest context. Messages are signed as GM/T 0009-2012: SM3 over Z || M.
The identity is set after the context is made: OpenSSL before 2026 refuses it earlier (openssl/openssl#30131).
"""

import ctypes
import weakref
from collections.abc import Callable
from ctypes import byref, c_char_p, c_size_t, c_void_p

from yunshu.lib.crypto import libcrypto, pkcs8, sm2_curve
from yunshu.lib.crypto.der import signature_from_der, signature_to_der
from yunshu.lib.crypto.errors import CryptoError

_LONGEST_DER = 80
_CIPHER = b"SM4-CBC"  # GB/T 17964-2021


class Public:
    """A public key inside OpenSSL."""

    def __init__(self, raw: bytes, identity: bytes) -> None:
        fields = [(b"group", libcrypto.UTF8_STRING, b"SM2"), (b"pub", libcrypto.OCTET_STRING, raw)]
        self._library = libcrypto.load()
        self._key = _from_data(libcrypto.PUBLIC_KEY, fields)
        self._free = weakref.finalize(self, self._library.EVP_PKEY_free, self._key)
        self._params = libcrypto.params((b"distid", libcrypto.OCTET_STRING, identity))

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` (r || s) is of ``message``."""
        library, der = self._library, signature_to_der(signature)
        context = library.EVP_MD_CTX_new()
        try:
            _start(library.EVP_DigestVerifyInit_ex, context, self._key, self._params)
            fits = library.EVP_DigestVerify(context, der, len(der), message, len(message)) == 1
        finally:
            library.EVP_MD_CTX_free(context)
        if not fits:
            library.ERR_clear_error()
        return bool(fits)


class Pair:
    """A key pair inside OpenSSL."""

    def __init__(self, key: int, identity: bytes) -> None:
        self._library = libcrypto.load()
        self._key = key
        self._free = weakref.finalize(self, self._library.EVP_PKEY_free, key)
        self._params = libcrypto.params((b"distid", libcrypto.OCTET_STRING, identity))
        self.public_raw = self._read_public()

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        library, der, length = self._library, ctypes.create_string_buffer(_LONGEST_DER), c_size_t(_LONGEST_DER)
        context = library.EVP_MD_CTX_new()
        try:
            _start(library.EVP_DigestSignInit_ex, context, self._key, self._params)
            if library.EVP_DigestSign(context, der, byref(length), message, len(message)) != 1:
                raise _failed("EVP_DigestSign")
        finally:
            library.EVP_MD_CTX_free(context)
        return signature_from_der(der.raw[: length.value])

    def encrypted(self, passphrase: bytes, salt: bytes, initial: bytes) -> bytes:
        """Return the DER of PKCS#8 EncryptedPrivateKeyInfo (RFC 5958): PBES2, scrypt, SM4-CBC.

        ``salt`` and ``initial`` (16 bytes each) must be fresh random bytes.
        """
        library = self._library
        cipher = library.EVP_CIPHER_fetch(None, _CIPHER, None)
        if not cipher:
            raise _failed(f"EVP_CIPHER_fetch {_CIPHER.decode()}")
        plain = library.EVP_PKEY2PKCS8(self._key)
        scheme = library.PKCS5_pbe2_set_scrypt(
            cipher, salt, len(salt), initial, pkcs8.SCRYPT_COST, pkcs8.SCRYPT_BLOCK, pkcs8.SCRYPT_PARALLEL
        )
        sealed = library.PKCS8_set0_pbe(passphrase, len(passphrase), plain, scheme) if plain and scheme else None
        library.PKCS8_PRIV_KEY_INFO_free(plain)
        library.EVP_CIPHER_free(cipher)
        if not sealed:
            library.X509_ALGOR_free(scheme)
            raise _failed("PKCS8_set0_pbe")
        buffer = ctypes.create_string_buffer(library.i2d_X509_SIG(sealed, None))
        library.i2d_X509_SIG(sealed, byref(ctypes.cast(buffer, c_char_p)))
        library.X509_SIG_free(sealed)
        return buffer.raw

    def _read_public(self) -> bytes:
        buffer, length = ctypes.create_string_buffer(sm2_curve.PUBLIC_BYTES), c_size_t()
        name = b"encoded-pub-key"  # OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY
        if self._library.EVP_PKEY_get_octet_string_param(self._key, name, buffer, len(buffer), byref(length)) != 1:
            raise _failed("EVP_PKEY_get_octet_string_param")
        sm2_curve.point_of(buffer.raw[: length.value])
        return buffer.raw


def generate(identity: bytes) -> Pair:
    """Return a new key pair from OpenSSL's random generator."""
    library, key = libcrypto.load(), c_void_p()
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    made = library.EVP_PKEY_keygen_init(context) == 1 and library.EVP_PKEY_generate(context, byref(key)) == 1
    library.EVP_PKEY_CTX_free(context)
    if not made or key.value is None:
        raise _failed("EVP_PKEY_generate")
    return Pair(key.value, identity)


def from_scalar(scalar: int, public: bytes, identity: bytes) -> Pair:
    """Return the pair of a private number and its public key."""
    fields = [
        (b"group", libcrypto.UTF8_STRING, b"SM2"),
        (b"priv", libcrypto.UNSIGNED_INTEGER, scalar.to_bytes(32, "little")),
        (b"pub", libcrypto.OCTET_STRING, public),
    ]
    return Pair(_from_data(libcrypto.KEYPAIR, fields), identity)


def decrypted(der: bytes, passphrase: bytes, identity: bytes) -> Pair:
    """Return the pair of an EncryptedPrivateKeyInfo.

    Raises CryptoError (``malformed_key``) if it is not one, (``wrong_passphrase``) if it does not open.
    """
    library = libcrypto.load()
    sealed = library.d2i_X509_SIG(None, byref(c_char_p(der)), len(der))
    if not sealed:
        library.ERR_clear_error()
        raise CryptoError("malformed_key", "this is not a PKCS#8 encrypted private key")
    plain = library.PKCS8_decrypt(sealed, passphrase, len(passphrase))
    library.X509_SIG_free(sealed)
    if not plain:
        library.ERR_clear_error()
        raise CryptoError("wrong_passphrase", "the passphrase does not open this key")
    key = library.EVP_PKCS82PKEY(plain)
    library.PKCS8_PRIV_KEY_INFO_free(plain)
    if not key:
        library.ERR_clear_error()
        raise CryptoError("wrong_passphrase", "the passphrase does not open this key")
    return Pair(key, identity)


def _from_data(selection: int, fields: list[tuple[bytes, int, bytes]]) -> int:
    library, key = libcrypto.load(), c_void_p()
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    made = (
        library.EVP_PKEY_fromdata_init(context) == 1
        and library.EVP_PKEY_fromdata(context, byref(key), selection, libcrypto.params(*fields)) == 1
    )
    library.EVP_PKEY_CTX_free(context)
    if not made or key.value is None:
        library.ERR_clear_error()
        raise CryptoError("malformed_key", "OpenSSL does not take this SM2 key")
    return key.value


def _start(initialise: Callable[..., int], context: int, key: int, identity: "ctypes.Array[libcrypto.Param]") -> None:
    settings = c_void_p()  # owned by ``context``
    if initialise(context, byref(settings), b"SM3", None, None, key, None) != 1:
        raise _failed("to start an SM2 signature")
    if libcrypto.load().EVP_PKEY_CTX_set_params(settings, identity) != 1:
        raise _failed("the SM2 identity")


def _failed(call: str) -> CryptoError:
    libcrypto.load().ERR_clear_error()
    return CryptoError("algorithm_unavailable", f"OpenSSL refused {call}")
