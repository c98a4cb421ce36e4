"""Checkpoints (c2sp.org/tlog-checkpoint v1.0.0): the head of a log, as the text of a signed note.

    example.com/behind-the-sofa                    origin: which log
    20852163                                       size: how many leaves
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=   root

Extension lines may follow; the format does not recommend them, ML-DSA-44 and SM2 cosignatures do not cover them.
"""

from dataclasses import dataclass

from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import HASH_BYTES
from yunshu.lib.tlog.note import Note, NoteSignature, parse_note, require_text


@dataclass(frozen=True)
class Checkpoint:
    """The root of the first ``size`` leaves of the log ``origin``."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise TlogError (``malformed``) if it could not be written."""
        if len(self.root) != HASH_BYTES or not 0 <= self.size <= base64text.LARGEST:
            raise TlogError("malformed", f"a checkpoint has a size of 63 bits and a root of {HASH_BYTES} bytes")
        if any(not line or "\n" in line for line in (self.origin, *self.extensions)):
            raise TlogError("malformed", "a line of a checkpoint is empty or more than a line")
        require_text(self.text())

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), base64text.encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint and the note that carries it. The signatures are not verified: see ``opening`` and ``policy``."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def of(cls, checkpoint: Checkpoint, *signatures: NoteSignature) -> "SignedCheckpoint":
        """Return ``checkpoint`` with ``signatures``."""
        return cls(checkpoint, Note(checkpoint.text(), signatures))

    def with_signatures(self, *more: NoteSignature) -> "SignedCheckpoint":
        """Return the checkpoint with ``more`` signatures, each line once."""
        return SignedCheckpoint(self.checkpoint, self.note.with_signatures(*more))

    def format(self) -> bytes:
        """Return the note's bytes."""
        return self.note.format()


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note's text; raise TlogError (``malformed``)."""
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) < 3:
        raise TlogError("malformed", "a checkpoint has three lines: origin, size, root")
    origin, size, root, *extensions = lines
    return Checkpoint(origin, base64text.decimal(size), base64text.decode(root), tuple(extensions))


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Return the checkpoint of a note's bytes; raise TlogError (``malformed``)."""
    note = parse_note(data)
    return SignedCheckpoint(parse_checkpoint(note.text), note)
