"""The system's OpenSSL 3 by ctypes: only the calls that SM2 needs, with their types.

``load()`` answers the library or raises CryptoError (``algorithm_unavailable``) with what to install. ctypes lets other
threads run during each call. Constants are those of OpenSSL 3's headers, named beside each.
"""

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_ulong, c_void_p
from functools import lru_cache

from yunshu.lib.crypto.errors import CryptoError

NAMES = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
OLDEST = 0x30000000  # OPENSSL_VERSION_NUMBER of 3.0.0

UNSIGNED_INTEGER, UTF8_STRING, OCTET_STRING = 2, 4, 5  # OSSL_PARAM_* (openssl/core.h)
PUBLIC_KEY, KEYPAIR = 0x86, 0x87  # EVP_PKEY_PUBLIC_KEY, EVP_PKEY_KEYPAIR (openssl/evp.h)


class Param(ctypes.Structure):
    """OSSL_PARAM (openssl/core.h)."""

    _fields_ = [
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    ]


_P, _PP, _SIZE = c_void_p, POINTER(c_void_p), POINTER(c_size_t)
# name: (result, arguments), from openssl/evp.h, bn.h, x509.h and err.h of 3.0
_CALLS: dict[str, tuple[object, list[object]]] = {
    "OpenSSL_version_num": (c_ulong, []),
    "ERR_clear_error": (None, []),
    "EVP_PKEY_CTX_new_from_name": (_P, [_P, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [_P]),
    "EVP_PKEY_fromdata_init": (c_int, [_P]),
    "EVP_PKEY_fromdata": (c_int, [_P, _PP, c_int, POINTER(Param)]),
    "EVP_PKEY_keygen_init": (c_int, [_P]),
    "EVP_PKEY_generate": (c_int, [_P, _PP]),
    "EVP_PKEY_free": (None, [_P]),
    "EVP_PKEY_get_octet_string_param": (c_int, [_P, c_char_p, c_char_p, c_size_t, _SIZE]),
    "EVP_PKEY_get_bn_param": (c_int, [_P, c_char_p, _PP]),
    "BN_bn2binpad": (c_int, [_P, c_char_p, c_int]),
    "BN_clear_free": (None, [_P]),
    "EVP_PKEY_CTX_set_params": (c_int, [_P, POINTER(Param)]),
    "EVP_MD_CTX_new": (_P, []),
    "EVP_MD_CTX_free": (None, [_P]),
    "EVP_DigestSignInit_ex": (c_int, [_P, _PP, c_char_p, _P, c_char_p, _P, POINTER(Param)]),
    "EVP_DigestSign": (c_int, [_P, c_char_p, _SIZE, c_char_p, c_size_t]),
    "EVP_DigestVerifyInit_ex": (c_int, [_P, _PP, c_char_p, _P, c_char_p, _P, POINTER(Param)]),
    "EVP_DigestVerify": (c_int, [_P, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_CIPHER_fetch": (_P, [_P, c_char_p, c_char_p]),
    "EVP_CIPHER_free": (None, [_P]),
    "EVP_PKEY2PKCS8": (_P, [_P]),
    "EVP_PKCS82PKEY": (_P, [_P]),
    "PKCS8_PRIV_KEY_INFO_free": (None, [_P]),
    "PKCS5_pbe2_set_scrypt": (_P, [_P, c_char_p, c_int, c_char_p, c_uint64, c_uint64, c_uint64]),
    "PKCS8_set0_pbe": (_P, [c_char_p, c_int, _P, _P]),
    "PKCS8_decrypt": (_P, [_P, c_char_p, c_int]),
    "X509_ALGOR_free": (None, [_P]),
    "X509_SIG_free": (None, [_P]),
    "i2d_X509_SIG": (c_int, [_P, POINTER(c_char_p)]),
    "d2i_X509_SIG": (_P, [_P, POINTER(c_char_p), ctypes.c_long]),
}


@lru_cache(maxsize=1)
def load() -> ctypes.CDLL:
    """Return the system's libcrypto, version 3 or later, with SM2.

    Raises CryptoError (``algorithm_unavailable``) where it is missing, too old, or built without SM2.
    """
    for name in NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return _declared(library, name)
    raise CryptoError(
        "algorithm_unavailable",
        f"OpenSSL 3 was not found (looked for {', '.join(NAMES)}); on Debian: apt-get install libssl3",
    )


def available() -> bool:
    """Tell whether ``load`` would succeed."""
    try:
        load()
    except CryptoError:
        return False
    return True


def params(*fields: tuple[bytes, int, bytes]) -> "ctypes.Array[Param]":
    """Return an OSSL_PARAM array, ended as OpenSSL wants it. It keeps the bytes it points to alive."""
    array = (Param * (len(fields) + 1))()
    kept = []
    for at, (key, kind, data) in enumerate(fields):
        buffer = ctypes.create_string_buffer(data, len(data))
        kept.append((key, buffer))
        array[at] = Param(key, kind, ctypes.cast(buffer, c_void_p), len(data), 0)
    array.kept = kept  # type: ignore[attr-defined]
    return array


def _declared(library: ctypes.CDLL, name: str) -> ctypes.CDLL:
    try:
        for call, (result, arguments) in _CALLS.items():
            function = getattr(library, call)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise CryptoError("algorithm_unavailable", f"{name} is not OpenSSL 3: {error}") from error
    if library.OpenSSL_version_num() < OLDEST:
        raise CryptoError("algorithm_unavailable", f"{name} is older than OpenSSL 3.0")
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not context:
        library.ERR_clear_error()
        raise CryptoError("algorithm_unavailable", f"{name} was built without SM2")
    library.EVP_PKEY_CTX_free(context)
    return library
