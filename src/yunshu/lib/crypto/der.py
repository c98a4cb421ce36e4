"""The few forms of DER (X.690) that keys and signatures need: writing them, and reading a signature.

An SM2 signature as DER is SEQUENCE { r INTEGER, s INTEGER } (GM/T 0009-2012 section 7.3); elsewhere we keep r || s.
"""

from yunshu.lib.crypto.errors import CryptoError

HALF = 32


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return _tagged(0x30, b"".join(parts))


def integer(number: int) -> bytes:
    """INTEGER of a number that is not negative."""
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(data: bytes) -> bytes:
    """OCTET STRING."""
    return _tagged(0x04, data)


def identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return _tagged(0x06, b"".join(_base128(arc) for arc in (40 * first + second, *rest)))


def signature_to_der(signature: bytes) -> bytes:
    """Return the DER of r || s; raise CryptoError (``malformed_signature``) unless it has 64 bytes."""
    if len(signature) != 2 * HALF:
        raise CryptoError("malformed_signature", f"r || s has {2 * HALF} bytes, not {len(signature)}")
    return sequence(*(integer(int.from_bytes(half, "big")) for half in (signature[:HALF], signature[HALF:])))


def signature_from_der(der: bytes) -> bytes:
    """Return r || s; raise CryptoError (``malformed_signature``) for anything but the one DER of two such numbers."""
    try:
        first, second = der[3], der[5 + der[3]]
        r, s = der[4 : 4 + first], der[6 + first : 6 + first + second]
        signature = int.from_bytes(r, "big").to_bytes(HALF, "big") + int.from_bytes(s, "big").to_bytes(HALF, "big")
    except (IndexError, OverflowError):
        raise CryptoError("malformed_signature", "this is not the DER of two numbers of 32 bytes") from None
    if signature_to_der(signature) != der:  # also refuses padded or negative numbers and trailing bytes
        raise CryptoError("malformed_signature", "this is not the DER of two numbers of 32 bytes")
    return signature


def _tagged(tag: int, body: bytes) -> bytes:
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))
