"""SM2's curve and signature scheme in plain integers (GB/T 32918.1/.2/.5-2016, GM/T 0003-2012).

Slow (some hundred verifications a second) and not constant-time: verification handles public values only and may be used
anywhere; ``sign`` leaks its key through timing and is for tests and for who accepts that in so many words (``sm2``).
"""

from yunshu.lib.crypto.digests import sm3
from yunshu.lib.crypto.errors import CryptoError

# GB/T 32918.5-2017: the recommended curve y^2 = x^3 + ax + b over F_p, generator G of prime order N
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
DEFAULT_ID = b"1234567812345678"  # GM/T 0009-2012 section 10: the identity where nothing else is agreed
PUBLIC_BYTES, PRIVATE_BYTES, SIGNATURE_BYTES = 65, 32, 64

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]  # (X/Z^2, Y/Z^3); Z = 0 is the point at infinity
_INFINITY: _Jacobian = (1, 1, 0)


def point_of(raw: bytes) -> Point:
    """Return the point of 04 || x || y; raise CryptoError (``malformed_key``) if it is not on the curve."""
    if len(raw) != PUBLIC_BYTES or raw[0] != 4:
        raise CryptoError("malformed_key", "an SM2 public key is 65 bytes: 04, x, y")
    x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")
    if x >= P or y >= P or (y * y - x * x * x - A * x - B) % P:
        raise CryptoError("malformed_key", "the SM2 public key is not a point of the curve")
    return x, y


def raw_of(point: Point) -> bytes:
    """Return 04 || x || y."""
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def public_of(scalar: int) -> bytes:
    """Return the public key [scalar]G; raise CryptoError (``malformed_key``) unless 1 <= scalar <= N - 2."""
    if not 1 <= scalar <= N - 2:
        raise CryptoError("malformed_key", "an SM2 private key is a number from 1 to n - 2")
    return raw_of(_affine(_multiply(scalar, G)))


def digest_of(public: bytes, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """Return e = SM3(Z || M), with Z = SM3(ENTL || ID || a || b || xG || yG || xA || yA) (GB/T 32918.2 section 5.5)."""
    bits = 8 * len(identity)
    constants = b"".join(number.to_bytes(32, "big") for number in (A, B, *G))
    z = sm3(bits.to_bytes(2, "big") + identity + constants + public[1:])
    return sm3(z + message)


def verify(public: bytes, signature: bytes, message: bytes, identity: bytes = DEFAULT_ID) -> bool:
    """Tell whether ``signature`` (r || s) is of ``message`` (GB/T 32918.2 section 7.1)."""
    point = point_of(public)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != SIGNATURE_BYTES or not (1 <= r < N and 1 <= s < N):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    reached = _add(_multiply(s, G), _multiply(t, point))
    if reached[2] == 0:
        return False
    e = int.from_bytes(digest_of(public, message, identity), "big")
    return (e + _affine(reached)[0]) % N == r


def sign(scalar: int, public: bytes, message: bytes, chance: int, identity: bytes = DEFAULT_ID) -> bytes | None:
    """Return r || s made with the secret number ``chance`` (GB/T 32918.2 section 6.1), None if another one is needed.

    Not constant-time. ``chance`` must be uniform in [1, N - 1], secret, and never used twice.
    """
    e = int.from_bytes(digest_of(public, message, identity), "big")
    r = (e + _affine(_multiply(chance, G))[0]) % N
    s = pow(1 + scalar, -1, N) * (chance - r * scalar) % N
    if r == 0 or r + chance == N or s == 0:
        return None
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _affine(point: _Jacobian) -> Point:
    inverse = pow(point[2], -1, P)
    square = inverse * inverse % P
    return point[0] * square % P, point[1] * square * inverse % P


def _multiply(scalar: int, point: Point) -> _Jacobian:
    result, addend = _INFINITY, (point[0], point[1], 1)
    for bit in bin(scalar)[2:]:
        result = _double(result)
        if bit == "1":
            result = _add(result, addend)
    return result


def _double(point: _Jacobian) -> _Jacobian:
    """Double (a = p - 3): EFD dbl-2001-b, g1p/auto-shortw-jacobian-3."""
    x, y, z = point
    delta, gamma = z * z % P, y * y % P
    beta, alpha = x * gamma % P, 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P, ((y + z) ** 2 - gamma - delta) % P


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    z1z1, z2z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2z2 % P, two[0] * z1z1 % P
    s1, s2 = one[1] * two[2] * z2z2 % P, two[1] * one[2] * z1z1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(one) if r == 0 else _INFINITY
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * one[2] * two[2] % P
