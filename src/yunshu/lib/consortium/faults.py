"""What in the stream, or missing from it, is worth an alarm: forged batches, floods of cuts, members that fall silent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from yunshu.lib.consortium import batches
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.machine import BATCH_MESSAGE, CUT_MESSAGE

MOST_IDLE_CUTS = 64
"""Honest members wish for a block's cut once each, and the stream drops what they repeat within two minutes."""
_HARMLESS = "is not the next"
"""A producer sends a batch again until it is final."""


def forged_batch(message: bytes, fault: str) -> str:
    """Return what a batch is named by if its fault cannot happen to an honest producer; else an empty string."""
    if not message.startswith(BATCH_MESSAGE) or _HARMLESS in fault:
        return ""
    try:
        header = batches.read(message[len(BATCH_MESSAGE) :]).header
    except Malformed:
        return f"bad_batch malformed {fault[:80]}"
    return f"bad_batch {header.org[:80]} {header.number} {fault[:80]}"


def head_of(message: bytes) -> str:
    """Return a batch's header and signature as they came, for the evidence."""
    header, _, rest = message[len(BATCH_MESSAGE) :].partition(b"\n")
    signature = rest.partition(b"\n")[0]
    return f"{header[:2000]!r} {signature[:200]!r}"


def is_cut(message: bytes) -> bool:
    """Say whether the message is a wish to cut."""
    return message.startswith(CUT_MESSAGE)


@dataclass
class Silence:
    """Notices a member that does not cosign what the others have made final."""

    began: int
    """The log's size when watching began: what was there before may have been cosigned unheard."""
    patience_s: float
    since: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Member → the largest head it had cosigned when it was first seen behind, and when that was."""

    def look(self, names: Sequence[str], said: Mapping[str, int], final: int, now: float) -> Iterator[str]:
        """Yield each member that has been behind the final head, without moving, for longer than the patience."""
        for name in names:
            size = said.get(name, 0)
            known, since = self.since.get(name, (-1, now))
            if final <= self.began or size >= final:
                self.since.pop(name, None)
            elif size != known:
                self.since[name] = (size, now)
            elif now - since > self.patience_s:
                self.since[name] = (size, now)
                yield name

    def doubts(self, now: float) -> bool:
        """Say whether a member is near the end of the patience: time to ask it."""
        return any(now - since > self.patience_s / 2 for _, since in self.since.values())
