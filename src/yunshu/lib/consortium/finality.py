"""When a head is final, and who has signed two histories. Pure bookkeeping over verified cosignatures.

Members cosign the heads of blocks. A head is final once a quorum of the charter's members has cosigned the same roots
at one size of one epoch. Two different heads of one size are a *split*; two of one member are an *equivocation*, which
convicts it whatever the others say.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.epochs import Head

MOST_WAITING = 2048
"""Words of one member that are kept; its oldest is forgotten first, so that nobody can crowd out the others' words."""


@dataclass(frozen=True)
class Cosigned:
    """One member's verified word on one head: the signature lines under both checkpoints."""

    member: str
    epoch: int
    head: Head
    sha256: str
    sm3: str
    """Signed notes: checkpoint and this member's signature lines."""


@dataclass(frozen=True)
class Final:
    """A head a quorum has cosigned."""

    epoch: int
    head: Head
    by: tuple[Cosigned, ...]


@dataclass(frozen=True)
class Fault:
    """Two words that do not fit together; ``kind`` is ``equivocation`` (one member) or ``split`` (two members)."""

    kind: str
    one: Cosigned
    other: Cosigned


@dataclass
class Tally:
    """Collects words; owned by one task of the peer."""

    words: dict[tuple[int, int], dict[str, Cosigned]] = field(default_factory=dict)
    final: dict[int, Final] = field(default_factory=dict)
    """The last final head of each epoch."""
    told: set[tuple[str, frozenset[str], int]] = field(default_factory=set)
    """(kind, members, epoch): one fault of a kind between the same members is enough in an epoch."""
    kept: dict[str, deque[tuple[int, int]]] = field(default_factory=dict)
    """Member → where its words stand, the oldest first."""

    def add(self, charter: Charter, word: Cosigned) -> Iterator[Final | Fault]:
        """Take one verified word; yield what follows from it: new finals and faults, each once."""
        at = (word.epoch, word.head.size)
        known = self.words.setdefault(at, {})
        yield from self._faults(known, word)
        if word.member not in known:
            known[word.member] = word
            self._keep(word.member, at)
        final = self.final_at(charter, at)
        last = self.final.get(word.epoch)
        if final is not None and (last is None or _weight(final) > _weight(last)):
            self.final[word.epoch] = final
            yield final

    def _faults(self, known: dict[str, Cosigned], word: Cosigned) -> Iterator[Fault]:
        for other in known.values():
            if other.head == word.head:
                continue
            if other.member != word.member:
                yield from self.split(other, word)
            elif self._first("equivocation", other, word):
                yield Fault("equivocation", other, word)

    def split(self, one: Cosigned, other: Cosigned) -> Iterator[Fault]:
        """Yield the fault of two members whose words cannot both be of one history, once an epoch."""
        if self._first("split", one, other):
            yield Fault("split", one, other)

    def between(self, epoch: int, above: int, below: int) -> list[Cosigned]:
        """Return the words on heads of ``epoch`` larger than ``above`` and smaller than ``below``."""
        places = [at for at in self.words if at[0] == epoch and above < at[1] < below]
        return [word for at in places for word in self.words[at].values()]

    def _first(self, kind: str, one: Cosigned, other: Cosigned) -> bool:
        key = (kind, frozenset({one.member, other.member}), one.epoch)
        if key in self.told:
            return False
        self.told.add(key)
        return True

    def final_at(self, charter: Charter, at: tuple[int, int]) -> Final | None:
        """Return the head of (epoch, size) that a quorum has cosigned."""
        members = {each.name for each in charter.members}
        by_head: dict[Head, list[Cosigned]] = {}
        for word in self.words[at].values():
            by_head.setdefault(word.head, []).append(word)
        for head, words in by_head.items():
            if len([word for word in words if word.member in members]) >= charter.quorum:
                return Final(at[0], head, tuple(sorted(words, key=lambda word: word.member)))
        return None

    def _keep(self, member: str, at: tuple[int, int]) -> None:
        places = self.kept.setdefault(member, deque())
        places.append(at)
        if len(places) > MOST_WAITING:
            oldest = places.popleft()
            self.words[oldest].pop(member)
            if not self.words[oldest]:
                del self.words[oldest]


def _weight(final: Final) -> tuple[int, int]:
    """A later head outweighs an earlier one; more cosigners the same head with fewer."""
    return final.head.size, len(final.by)
