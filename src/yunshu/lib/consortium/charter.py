"""The charter: who the members are, with which keys, how many must cosign, and how blocks are cut. Leaf 0 is the first.

Everyone computes the same finality from the same charter; ``policy`` writes it as the public file by which a receipt
is judged (C2SP tlog-policy: ``witness``, ``group``, ``quorum``).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from yunshu.lib.consortium.leaves import Malformed, canonical

HASHES = ("sha256", "sm3")


@dataclass(frozen=True)
class Member:
    """One organisation that keeps the log and cosigns it. Keys are verifier keys (C2SP signed-note ``vkey``)."""

    name: str
    title: str
    note: str
    """Signs statements (epochs, charters) and the checkpoint as the log: type 01, Ed25519."""
    sha256: str
    """Cosigns the SHA-256 tree: type 04 (Ed25519) or 06 (ML-DSA-44)."""
    sm3: str
    """Cosigns the SM3 tree: our private SM2 type."""
    url: str = ""


@dataclass(frozen=True)
class Limits:
    """When a block is full. Only what stands in the stream counts, never a clock."""

    entries: int = 1000
    size_bytes: int = 256 * 1024


@dataclass(frozen=True)
class Charter:
    """The rules of one consortium log, from one block on."""

    ledger: str
    number: int
    members: tuple[Member, ...]
    submitters: Mapping[str, str]
    """Organisation → the verifier key of its batches."""
    witnesses: tuple[Member, ...] = ()
    """They keep and cosign the log too, but do not count to the quorum."""
    limits: Limits = field(default_factory=Limits)

    @property
    def faults(self) -> int:
        """How many lying members the rules bear: f of n = 3f + 1."""
        return (len(self.members) - 1) // 3

    @property
    def quorum(self) -> int:
        """How many must cosign: ⌈(n + f + 1) / 2⌉, so that two quorums share an honest member; 2f + 1 when n = 3f + 1."""
        return (len(self.members) + self.faults) // 2 + 1

    def origin(self, epoch: int, name: str) -> str:
        """Return the origin line of the tree hashed by ``name`` (``sha256`` or ``sm3``) in ``epoch``."""
        return f"{self.ledger}/{epoch}/{name}"

    def member(self, name: str) -> Member | None:
        """Return a member or a witness by name."""
        return next((each for each in (*self.members, *self.witnesses) if each.name == name), None)

    def policy(self, name: str) -> str:
        """Return the C2SP policy file for the tree hashed by ``name``.

        It names no ``log`` key: nobody owns the log, and its origin has the epoch in it. The first line, a comment to
        other tools, says of which ledger the origins must be.
        """
        keys = {each.name: str(getattr(each, name)) for each in self.members}
        lines = [f"witness {member} {key}" for member, key in keys.items()]
        lines = [f"# ledger {self.ledger} tree {name} charter {self.number}", *lines]
        return "\n".join([*lines, f"group members {self.quorum} {' '.join(keys)}", "quorum members", ""])

    def words(self) -> dict[str, Any]:
        """Return it as the words of a leaf."""
        return asdict(self) | {"submitters": dict(self.submitters)}

    def text(self) -> bytes:
        """Return it as canonical JSON."""
        return canonical(self.words())


def from_words(words: Mapping[str, Any]) -> Charter:
    """Read a charter; raise Malformed with what is wrong."""
    try:
        charter = Charter(
            ledger=str(words["ledger"]),
            number=int(words["number"]),
            members=tuple(Member(**each) for each in words["members"]),
            submitters={str(org): str(key) for org, key in words["submitters"].items()},
            witnesses=tuple(Member(**each) for each in words["witnesses"]),
            limits=Limits(**words["limits"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a charter: {error}") from error
    _check(charter)
    return charter


def _check(charter: Charter) -> None:
    names = [each.name for each in (*charter.members, *charter.witnesses)]
    if len(set(names)) < len(names):
        raise Malformed("two members of one name")
    if not charter.members or any(not name or not name.isascii() or set(name) & set(" \t\n+") for name in names):
        raise Malformed("members need names without spaces")
    keys = [key for each in (*charter.members, *charter.witnesses) for key in (each.note, each.sha256, each.sm3)]
    if len(set(keys)) < len(keys):
        raise Malformed("one key serves twice")
    if min(charter.limits.entries, charter.limits.size_bytes) < 1:
        raise Malformed("limits must be at least 1")
