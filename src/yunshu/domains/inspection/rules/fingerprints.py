"""What makes two sightings one finding."""

import hashlib

from yunshu.domains.inspection.contracts import Found


def fingerprint(kind: str, target: str, key: str) -> str:
    """Return SHA-256, in hex, of ``kind|target|key``; ``target`` is a site's identification code or an account's number.

    Neither kind nor target holds a ``|``, so that no two different triples share a text.
    """
    return hashlib.sha256(f"{kind}|{target}|{key}".encode()).hexdigest()


def of(found: Found) -> str:
    """Return the fingerprint of one fault as a check hands it over."""
    return fingerprint(found.kind, found.site or found.account, found.key)
