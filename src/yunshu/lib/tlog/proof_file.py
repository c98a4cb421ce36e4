"""Proof files (c2sp.org/tlog-proof): all that is needed to check, offline, that an entry stands in a log.

    c2sp.org/tlog-proof@v1
    extra <base 64>            application data, not authenticated; optional
    index 73894
    gSKyXoYZUgZ6jduW…          the inclusion proof, the leaf's sibling first

    example.com/fancylog       a signed checkpoint, verbatim
    …

The extension is ``.tlog-proof``. The format fixes SHA-256; a proof of our SM3 twin has the same form and says so by its
origin.
"""

from dataclasses import dataclass

from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.checkpoint import SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import SHA256, TreeHash, require_hashes
from yunshu.lib.tlog.policy import Policy
from yunshu.lib.tlog.verdict import Verdict, evaluate
from yunshu.lib.tlog.verifying import verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MOST_HASHES = 63


@dataclass(frozen=True)
class ProofFile:
    """The entry's place, the hashes from it to the root, and the checkpoint with the root."""

    index: int
    hashes: tuple[bytes, ...]
    signed: SignedCheckpoint
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Raise TlogError (``malformed``) if it could not be written."""
        if not 0 <= self.index <= base64text.LARGEST or len(self.hashes) > MOST_HASHES:
            raise TlogError("malformed", f"an index has 63 bits, a proof at most {MOST_HASHES} hashes")
        require_hashes(self.hashes)

    def format(self) -> bytes:
        """Return the file."""
        lines = [HEADER, *([f"extra {base64text.encode(self.extra)}"] if self.extra else [])]
        lines += [f"index {self.index}", *(base64text.encode(each) for each in self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.signed.format()

    def verify(
        self, leaf_hash: bytes, policy: Policy, *, origin: str | None = None, tree_hash: TreeHash = SHA256
    ) -> Verdict:
        """Check that the entry with ``leaf_hash`` stands in the log, under ``policy``; return who says so.

        Raises TlogError: ``bad_proof``, ``bad_signature``, ``unsigned``, ``quorum``, ``wrong_origin`` or ``malformed``.
        """
        head = self.signed.checkpoint
        verify_inclusion(leaf_hash, self.index, head.size, self.hashes, head.root, tree_hash)
        verdict = evaluate(policy, self.signed, origin=origin)
        verdict.require()
        return verdict


def parse_proof_file(data: bytes) -> ProofFile:
    """Return the proof of a file; raise TlogError (``malformed``). Nothing is verified yet."""
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap:
        raise TlogError("malformed", "a proof and its checkpoint are parted by an empty line")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise TlogError("malformed", "a proof is ASCII before its checkpoint") from None
    if header != HEADER:
        raise TlogError("malformed", f"not a proof file: it does not begin with {HEADER}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = base64text.decode(lines.pop(0).removeprefix("extra "))
        if not extra:
            raise TlogError("malformed", "an extra line without data is left out")
    if not lines or not lines[0].startswith("index "):
        raise TlogError("malformed", "the line with the index is missing")
    index = base64text.decimal(lines.pop(0).removeprefix("index "))
    if len(lines) > MOST_HASHES:
        raise TlogError("malformed", f"a proof has at most {MOST_HASHES} hashes")
    return ProofFile(
        index, tuple(base64text.decode(line) for line in lines), parse_signed_checkpoint(checkpoint), extra
    )
