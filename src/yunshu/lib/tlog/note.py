"""Signed notes (c2sp.org/signed-note v1.0.0): a text, an empty line, and one line a signature.

    This is an example message.

    — example.com/foo Uw2QOkn8srV1…

Nothing here is verified: see ``opening``.
"""

from dataclasses import dataclass

from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.errors import TlogError

DASH = "\u2014 "
KEY_ID_BYTES = 4
# The format asks for a limit, of at least 16 signatures; a post-quantum one takes some 3.3 kB of text.
MOST_SIGNATURES, MOST_BYTES = 100, 1_000_000


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: who says to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """Return the line as it stands in the note, with its newline."""
        return f"{DASH}{self.name} {base64text.encode(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Note:
    """A text, which ends in a newline, and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __post_init__(self) -> None:
        """Raise TlogError (``malformed``) if the text or a key's name cannot stand in a note."""
        require_text(self.text)
        if len(self.signatures) > MOST_SIGNATURES:
            raise TlogError("malformed", f"a note has at most {MOST_SIGNATURES} signatures")
        for each in self.signatures:
            require_name(each.name)
            if len(each.key_id) != KEY_ID_BYTES:
                raise TlogError("malformed", f"a key id has {KEY_ID_BYTES} bytes")

    def with_signatures(self, *more: NoteSignature) -> "Note":
        """Return the note with ``more`` signatures after its own, each line once."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))

    def format(self) -> bytes:
        """Return the note in UTF-8; raise TlogError (``malformed``) if nobody signed it."""
        if not self.signatures:
            raise TlogError("malformed", "a note without a signature cannot be written")
        return (self.text + "\n" + "".join(each.line() for each in self.signatures)).encode()


def parse_note(data: bytes) -> Note:
    """Return the note; raise TlogError (``malformed``). The text ends at the last empty line."""
    if len(data) > MOST_BYTES:
        raise TlogError("malformed", f"a note has at most {MOST_BYTES} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise TlogError("malformed", "a note is UTF-8") from None
    text, gap, rest = whole.rpartition("\n\n")
    if not gap or not rest.endswith("\n"):
        raise TlogError("malformed", "a note is a text, an empty line and signature lines")
    lines = rest[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise TlogError("malformed", f"a note has at most {MOST_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def require_text(text: str) -> None:
    """Raise TlogError (``malformed``) unless ``text`` ends in a newline and has no other control character."""
    if not text.endswith("\n"):
        raise TlogError("malformed", "the text of a note ends in a newline")
    if any(character < " " and character != "\n" for character in text):
        raise TlogError("malformed", "a note has no control character but the newline")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise TlogError("malformed", "a note is UTF-8") from None


def require_name(name: str) -> None:
    """Raise TlogError (``malformed``) unless ``name`` can name a key: not empty, UTF-8, no space, no plus, no control."""
    if not name or any(each.isspace() or each == "+" or each < " " or "\ud800" <= each <= "\udfff" for each in name):
        raise TlogError("malformed", f"not a key name: {name[:60]!r}")


def _signature(line: str) -> NoteSignature:
    name, space, text = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not space:
        raise TlogError("malformed", f"not a signature line: {line[:60]!r}")
    data = base64text.decode(text)
    if len(data) <= KEY_ID_BYTES:
        raise TlogError("malformed", f"a signature is missing in: {line[:60]!r}")
    return NoteSignature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
