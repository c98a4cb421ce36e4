"""What a suggestion was worth once people have decided; and how a threshold learns from verdicts. Numbers are ours."""

from collections.abc import Sequence
from dataclasses import dataclass

BASE, MOST = 3, 12
"""A hotspot needs so many reports to begin with, and never more than MOST by learning."""
LESSON = 3
"""After so many verdicts alike in a row a threshold moves by one."""


def rank_of(labels: Sequence[str], truth: str) -> int:
    """Return at which place (from 1) ``truth`` stands among the suggestions; 0 if it does not."""
    return next((at for at, label in enumerate(labels, 1) if label == truth), 0)


def learned(least: int, verdicts: Sequence[bool]) -> int:
    """Return a topic's threshold after its verdicts, the newest first (True: it was one; False: it was none).

    Three dismissals in a row raise it by one, three mergers in a row lower it by one; it stays within BASE and MOST, but what an official
    set below BASE is not raised by mergers.
    """
    if not verdicts:
        return least
    run = next((at for at, verdict in enumerate(verdicts) if verdict != verdicts[0]), len(verdicts))
    if run % LESSON:
        return least
    if verdicts[0]:
        return max(min(least, BASE), least - 1)
    return min(max(least, MOST), least + 1)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How suggestions of one kind and version did in one month: ``first`` of ``settled`` were right at once, ``among`` in the list."""

    kind: str
    version: str
    month: str
    made: int
    settled: int
    first: int
    among: int

    @property
    def share(self) -> float | None:
        """The share that was right at once; None where nothing was settled."""
        return self.first / self.settled if self.settled else None

    @property
    def share_among(self) -> float | None:
        """The share in which what people chose stood in the list."""
        return self.among / self.settled if self.settled else None
