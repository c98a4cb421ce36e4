"""What a unit signs when it takes terminals over, and how a signature by its own key is checked. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm

HALF = 32
FORMAT = "yunshu.operations.handover/1"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Who takes over what, on which day."""

    campaign: str
    unit: str
    person: str
    name: str
    received_on: date
    terminals: Sequence[tuple[str, str, str]]
    """(terminal, asset, serial)."""


def text_of(statement: Statement) -> str:
    """Return the one text of a statement: JSON, keys and terminals sorted, no spaces, UTF-8."""
    words = {
        "format": FORMAT,
        "campaign": statement.campaign,
        "unit": statement.unit,
        "person": statement.person,
        "name": statement.name,
        "received_on": statement.received_on.isoformat(),
        "terminals": sorted(list(each) for each in statement.terminals),
    }
    return json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SM3 digest of a text, in hex."""
    return sm3(text.encode()).hex()


def key_fault(public_key: str) -> str:
    """Return the code of what is wrong with an SM2 public key in hex (04, x, y), or an empty string."""
    try:
        keys.public_key(Algorithm.SM2, bytes.fromhex(public_key))
    except (CryptoError, ValueError):
        return "malformed_key"
    return ""


def fingerprint_of(public_key: str) -> str:
    """Return what two people compare by telephone: the first 128 bits of the key's SM3 in groups of four."""
    shown = digest_of(public_key.lower())[:32]
    return " ".join(shown[at : at + 4] for at in range(0, 32, 4))


def is_signed(public_key: str, signature: str, text: str) -> bool:
    """Say whether ``signature`` (hex; r, s or DER as OpenSSL writes it) is of ``text`` by this SM2 key."""
    try:
        raw = bytes.fromhex("".join(signature.split()))
    except ValueError:
        return False
    if len(raw) != 2 * HALF:
        try:
            r, s = decode_dss_signature(raw)
            raw = r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")
        except (ValueError, OverflowError):
            return False
    return keys.public_key(Algorithm.SM2, bytes.fromhex(public_key)).verify(raw, text.encode())
