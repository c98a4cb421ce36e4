"""Whether the prober may trust itself: how late its loop ran, and whether its own reference targets answered.

A loop that lagged makes every answer of that time doubtful: time-outs and latencies alike. References that fail cast doubt on
failures only: what answered did answer. Times are the monotonic clock's.
"""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

KEPT = 1000


@dataclass
class Trust:
    """What is known of the prober itself, for a while back."""

    max_lag_s: float
    need: int
    references: int
    lag_s: float = 0.0
    _ticked: float = float("-inf")
    _lags: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _rounds: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def lagged(self, now: float, lag_s: float) -> None:
        """Note that the loop woke ``lag_s`` late at ``now``."""
        self.lag_s, self._ticked = lag_s, now
        if lag_s > self.max_lag_s:
            self._lags.append((now - lag_s, now))

    def answered(self, started: float, well: int) -> None:
        """Note that of a round of references begun at ``started`` so many answered."""
        self._rounds.append((started, well >= self.need))

    def settled(self, ended: float, *, ok: bool) -> bool:
        """Say whether a look that ended then can be judged: a tick came after it, and, if it failed, a round of references."""
        asked = ok or not self.references or bool(self._rounds and self._rounds[-1][0] >= ended)
        return asked and self._ticked >= ended

    def of(self, started: float, ended: float, *, ok: bool) -> bool:
        """Say whether a look in that time may be trusted: for a failure the rounds before and after it must be well."""
        if any(start <= ended and started <= end for start, end in self._lags):
            return False
        if ok or not self.references or not self._rounds:
            return True
        after = bisect_left(self._rounds, (ended, False))
        around = list(self._rounds)[max(after - 1, 0) : after + 1]
        return all(well for _, well in around)

    @property
    def now(self) -> bool:
        """Say whether the prober trusts itself at this moment."""
        return self.lag_s <= self.max_lag_s and (not self._rounds or self._rounds[-1][1])
