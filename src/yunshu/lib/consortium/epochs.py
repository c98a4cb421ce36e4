"""A new epoch: what the members agree on when the stream that ordered them was lost, rolled back or replaced.

Each member votes: a signed note that names the new stream and the largest head it has cosigned in the old epoch. After
voting it never cosigns in the old epoch again. Whoever holds enough votes posts them as the first message of the new
stream with a *base*: the head the new epoch continues from. The base must contain everything that could have been
final: a head that is not part of it had at most (votes against) + (members who did not vote) + (liars, f) cosigners,
and that must be fewer than a quorum. So no final is lost, whoever posts; what was not final comes again from the
producers. If the members are split so evenly that this cannot be known, nothing is valid: the log stands still.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.leaves import Malformed, canonical, parse

FIRST_LINE = "yunshu/epoch/v1"
EPOCH_MESSAGE = b"epoch\n"


@dataclass(frozen=True)
class Head:
    """The log at a size: its root under both hashes, base64."""

    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True)
class Vote:
    """One member's word."""

    ledger: str
    epoch: int
    """The epoch to begin."""
    stream: str
    """The new stream: its name and the moment it was made."""
    high: Head
    """The largest head this member has cosigned in the epoch before."""

    def text(self) -> str:
        """Return the note's text, to be signed with the member's note key."""
        head = f"{self.high.size} {self.high.sha256} {self.high.sm3}"
        return f"{FIRST_LINE}\n{self.ledger}\n{self.epoch}\n{self.stream}\n{head}\n"


@dataclass(frozen=True)
class Statement:
    """Votes and the base they allow, as posted."""

    base: Head
    notes: tuple[str, ...]
    """The signed votes."""

    def text(self) -> str:
        """Return what stands in the log."""
        return canonical({"base": vars(self.base), "notes": list(self.notes)}).decode()


def read_vote(text: str) -> Vote:
    """Read a vote's text; raise Malformed."""
    lines = text.split("\n")
    try:
        first, ledger, epoch, stream, head, last = lines
        size, sha256, sm3 = head.split(" ")
        vote = Vote(ledger, int(epoch), stream, Head(int(size), sha256, sm3))
    except ValueError as error:
        raise Malformed("not a vote") from error
    if first != FIRST_LINE or last or vote.text() != text:
        raise Malformed("not a vote")
    return vote


def read_statement(text: str) -> Statement:
    """Read a statement; raise Malformed. Nothing is verified yet."""
    words = parse(text.encode())
    return Statement(_head(words.get("base")), tuple(_notes(words.get("notes"))))


def judge(
    charter: Charter,
    votes: Sequence[tuple[str, Vote]],
    *,
    epoch: int,
    stream: str,
    base: Head,
    chain: Callable[[int], Head | None],
) -> str:
    """Return why ``base`` is not safe to continue from, or an empty string.

    ``votes`` are (member, verified vote); ``chain`` gives the head at a size of the log that ends in ``base``.
    """
    voters = {member for member, _ in votes}
    if len(voters) < len(votes) or not voters <= {each.name for each in charter.members}:
        return "votes must come from different members"
    if any((vote.ledger, vote.epoch, vote.stream) != (charter.ledger, epoch, stream) for _, vote in votes):
        return "votes name another epoch or stream"
    if chain(base.size) != base:
        return "the base is not a head of the log"
    against = sum(1 for _, vote in votes if vote.high.size > base.size or chain(vote.high.size) != vote.high)
    silent = len(charter.members) - len(voters)
    if against + silent + charter.faults >= charter.quorum:
        return f"{against} against and {silent} silent: a final head outside this base cannot be ruled out"
    return ""


def _head(words: Any) -> Head:
    match words:
        case {"size": int(size), "sha256": str(sha256), "sm3": str(sm3)} if len(words) == 3:
            return Head(size, sha256, sm3)
    raise Malformed("not a head")


def _notes(words: Any) -> list[str]:
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise Malformed("not votes")
    return words
