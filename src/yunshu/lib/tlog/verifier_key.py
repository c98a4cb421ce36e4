"""Verifier keys (c2sp.org/signed-note, "Verifier keys"): a signer's name, kind of signature and public key in a line.

    example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
    <name>+<hex of key id>+<base 64 of kind || public key>
    key id = SHA-256(name || 0x0A || kind || public key)[:4]

| kind | what | source |
|---|---|---|
| 01 | Ed25519 over the text | signed-note |
| 04 | Ed25519 cosignature with a time | tlog-cosignature |
| 06 | ML-DSA-44 cosignature with a time | tlog-cosignature |
| ff, ``yunshu/sm2-cosignature/v1`` LF | SM2 cosignature with a time | ours, see ``cosignature``; private until registered |

Other kinds are read, kept and never checked.
"""

from dataclasses import dataclass, field
from enum import Enum

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.digests import sha256
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PublicKey
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import KEY_ID_BYTES, require_name


class Kind(Enum):
    """A kind of signature: the bytes that name it, and its algorithm."""

    ED25519 = (b"\x01", Algorithm.ED25519)
    ED25519_COSIGNATURE = (b"\x04", Algorithm.ED25519)
    ML_DSA_44_COSIGNATURE = (b"\x06", Algorithm.ML_DSA_44)
    SM2_COSIGNATURE = (b"\xffyunshu/sm2-cosignature/v1\n", Algorithm.SM2)

    @property
    def prefix(self) -> bytes:
        """The kind's identifier, before the public key."""
        return self.value[0]

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of its key."""
        return self.value[1]

    @property
    def is_cosignature(self) -> bool:
        """Whether it signs a checkpoint together with a time."""
        return self is not Kind.ED25519


@dataclass(frozen=True)
class VerifierKey:
    """One line of trust. ``kind`` is None for a kind we do not know, ``public`` where we cannot check it.

    ``material`` is kind || public key, ``name`` and ``key_id`` tell which signatures are its own.
    """

    name: str
    key_id: bytes
    material: bytes
    kind: Kind | None
    public: PublicKey | None = field(compare=False, repr=False)

    @property
    def public_raw(self) -> bytes:
        """The public key alone; for an unknown kind of one byte, what follows that byte."""
        return self.material[len(self.kind.prefix) if self.kind else 1 :]

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.name}+{self.key_id.hex()}+{base64text.encode(self.material)}"


def verifier_key(name: str, kind: Kind, public_raw: bytes) -> VerifierKey:
    """Return the verifier key; raise TlogError (``malformed``) for a bad name or a key that is none."""
    require_name(name)
    material = kind.prefix + public_raw
    return VerifierKey(name, key_id_of(name, material), material, kind, _public(kind, public_raw))


def key_id_of(name: str, material: bytes) -> bytes:
    """SHA-256(name || 0x0A || kind || public key)[:4]."""
    return sha256(name.encode() + b"\n" + material)[:KEY_ID_BYTES]


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key of a line; raise TlogError (``malformed``), also where a known kind's key id does not fit."""
    name, *rest = text.split("+", 2)
    if len(rest) != 2:
        raise TlogError("malformed", f"not a verifier key: {text[:60]!r}")
    require_name(name)
    key_id, material = _hexadecimal(rest[0]), base64text.decode(rest[1])
    if not material:
        raise TlogError("malformed", f"a verifier key names its kind: {text[:60]!r}")
    kind = next((each for each in Kind if material.startswith(each.prefix)), None)
    if kind is None:
        return VerifierKey(name, key_id, material, None, None)
    if key_id != key_id_of(name, material):
        raise TlogError("malformed", f"the key id of {name!r} is not that of its key")
    return verifier_key(name, kind, material[len(kind.prefix) :])


def _public(kind: Kind, raw: bytes) -> PublicKey | None:
    """The key to check with; None where this machine lacks the algorithm: then nothing of it counts."""
    try:
        return keys.public_key(kind.algorithm, raw)
    except CryptoError as error:
        if error.code == "algorithm_unavailable":
            return None
        raise TlogError("malformed", f"not a public key: {error}") from error


def _hexadecimal(text: str) -> bytes:
    if len(text) != 2 * KEY_ID_BYTES or not set(text) <= set("0123456789abcdef"):
        raise TlogError("malformed", f"not a key id: {text[:20]!r}")
    return bytes.fromhex(text)
