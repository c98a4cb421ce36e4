"""Opening a note: which of its signatures are by keys we know, and do they fit (c2sp.org/signed-note, "Signatures").

Signatures by unknown keys are ignored. A signature by a known key that does not fit makes the whole note bad. A known
key of a kind that this machine cannot check is named as not checked: it never counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yunshu.lib.tlog.cosignature import verify_signature
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import Note
from yunshu.lib.tlog.verifier_key import VerifierKey


@dataclass(frozen=True)
class Verified:
    """A known key whose signature was checked and fits; ``time_s`` for a cosignature."""

    key: VerifierKey
    time_s: int | None


@dataclass(frozen=True)
class Opened:
    """What the signatures of a note say, each key once: checked, not checked (kind unknown here), and unknown names."""

    verified: tuple[Verified, ...]
    unchecked: tuple[VerifierKey, ...]
    unknown: tuple[str, ...]


def examine_note(note: Note, keys: Iterable[VerifierKey]) -> Opened:
    """Check every signature by one of ``keys``; raise TlogError (``bad_signature``) if one does not fit."""
    known = {(key.name, key.key_id): key for key in keys}
    verified: dict[VerifierKey, Verified] = {}
    unchecked: dict[VerifierKey, None] = {}
    unknown: dict[str, None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            unknown[signature.name] = None
        elif key.public is None:
            unchecked[key] = None
        else:
            time_s = verify_signature(key, signature, note.text)
            verified.setdefault(key, Verified(key, time_s))
    return Opened(tuple(verified.values()), tuple(unchecked), tuple(unknown))


def open_note(note: Note, keys: Iterable[VerifierKey]) -> Opened:
    """As ``examine_note``; raise TlogError (``unsigned``) if no known key's signature was checked."""
    opened = examine_note(note, keys)
    if not opened.verified:
        raise TlogError("unsigned", "no known key signed this note")
    return opened
