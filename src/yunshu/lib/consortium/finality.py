"""When a head is final, and who has signed two histories. Pure bookkeeping over verified cosignatures.

Members cosign the heads of blocks. A head is final once a quorum of the charter's members has cosigned the same roots
at one size of one epoch. Two different heads of one size are a *split*; two of one member are an *equivocation*, which
convicts it whatever the others say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.epochs import Head

MOST_WAITING = 4096
"""Heads a member may have open before they are final; more are forgotten, the oldest first."""


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
    told: set[tuple[str, str, int, int]] = field(default_factory=set)

    def add(self, charter: Charter, word: Cosigned) -> Iterator[Final | Fault]:
        """Take one verified word; yield what follows from it: new finals and faults, each once."""
        at = (word.epoch, word.head.size)
        known = self.words.setdefault(at, {})
        yield from self._faults(known, word)
        known.setdefault(word.member, word)
        final = self._final(charter, at)
        last = self.final.get(word.epoch)
        if final is not None and (last is None or _weight(final) > _weight(last)):
            self.final[word.epoch] = final
            yield final
        self._forget()

    def _faults(self, known: dict[str, Cosigned], word: Cosigned) -> Iterator[Fault]:
        for other in known.values():
            if other.head == word.head:
                continue
            kind = "equivocation" if other.member == word.member else "split"
            key = (kind, word.member if kind == "equivocation" else "", *(word.epoch, word.head.size))
            if key not in self.told:
                self.told.add(key)
                yield Fault(kind, other, word)

    def _final(self, charter: Charter, at: tuple[int, int]) -> Final | None:
        members = {each.name for each in charter.members}
        by_head: dict[Head, list[Cosigned]] = {}
        for word in self.words[at].values():
            by_head.setdefault(word.head, []).append(word)
        for head, words in by_head.items():
            if len([word for word in words if word.member in members]) >= charter.quorum:
                return Final(at[0], head, tuple(sorted(words, key=lambda word: word.member)))
        return None

    def _forget(self) -> None:
        while len(self.words) > MOST_WAITING:
            del self.words[min(self.words)]


def _weight(final: Final) -> tuple[int, int]:
    """A later head outweighs an earlier one; more cosigners the same head with fewer."""
    return final.head.size, len(final.by)
