"""Members on machines of their own: each makes its keys where it stands, the public lines make a charter together.

A later charter (other members, other keys, other submitters) is signed by a quorum of the members in force and posted
into the stream; it holds from the block that carries it.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from yunshu.lib.consortium.charter import Charter, from_words
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.machine import CHARTER_MESSAGE, charter_note
from yunshu.lib.consortium.serve import COSIGN_KEY, NOTE_KEY, SM2_KEY
from yunshu.lib.consortium.setup import SUBMITTER_KEY, make_key, make_keys, member_of, open_custody
from yunshu.lib.consortium.signing import approved, text_of
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import Note, parse_note
from yunshu.lib.tlog.verifier_key import Kind, verifier_key


def member_line(folder: Path, name: str, title: str, cosign: Algorithm, *, now: datetime, rotate: bool = False) -> str:
    """Return a member's public line (JSON), after making its keys in ``folder`` or, to ``rotate``, new ones."""
    keys = make_keys(folder, cosign, now=now)
    if rotate:
        for each in (NOTE_KEY, COSIGN_KEY, SM2_KEY):
            keys.rotate(each, now=now, overlap=timedelta(0))
    return json.dumps(vars(member_of(name, title, keys)), ensure_ascii=False) + "\n"


def submitter_line(folder: Path, org: str, *, now: datetime) -> str:
    """Return a submitter's public line (JSON), after making its key in ``folder``."""
    keys = open_custody(folder)
    make_key(keys, SUBMITTER_KEY, Algorithm.ED25519, now)
    key = verifier_key(org, Kind.ED25519, keys.public(SUBMITTER_KEY).raw)
    return json.dumps({"org": org, "key": str(key)}) + "\n"


def found(ledger: str, members: Sequence[Path], witnesses: Sequence[Path], submitters: Sequence[Path]) -> Charter:
    """Return the first charter of these public lines; raise Malformed."""

    def read(paths: Sequence[Path]) -> list[dict[str, Any]]:
        try:
            return [json.loads(path.read_text()) for path in paths]
        except (OSError, ValueError) as error:
            raise Malformed(f"not a public line: {error}") from error

    words = {
        "ledger": ledger,
        "number": 0,
        "members": read(members),
        "witnesses": read(witnesses),
        "submitters": {each["org"]: each["key"] for each in read(submitters)},
        "limits": {},
    }
    return from_words(words)


def read_charter(path: Path) -> Charter:
    """Return the charter of a file that people write: any JSON; raise Malformed."""
    try:
        return from_words(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise Malformed(f"{path}: {error}") from error


def amendment(current: Charter, notes: Sequence[str]) -> bytes:
    """Return the message that puts a charter in force, made of its signed notes.

    Raises Malformed if they are of different charters, if it is not the next one, or if they are no quorum.
    """
    texts = {text_of(note) for note in notes}
    if len(texts) != 1:
        raise Malformed("the notes are of different charters")
    (text,) = texts
    try:
        lines = [line for note in notes for line in parse_note(note.encode()).signatures]
        together = Note(text, tuple(lines)).format().decode()
        charter = from_words(parse(text.split("\n")[2].encode()))
    except (TlogError, IndexError) as error:
        raise Malformed(f"not a signed charter: {error}") from error
    if charter_note(charter) != text or (charter.ledger, charter.number) != (current.ledger, current.number + 1):
        raise Malformed(f"not the charter that follows number {current.number} of {current.ledger}")
    if not approved(current, together):
        raise Malformed(f"{current.quorum} of the members in force must sign")
    return CHARTER_MESSAGE + together.encode()
