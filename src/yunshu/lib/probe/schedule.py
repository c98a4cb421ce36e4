"""``Schedule``: when each target is due. Pure: times are the caller's.

The n-th target admitted starts at the fraction n x golden ratio (mod 1) of its interval: any number of targets is spread about
evenly, and none moves when others come and go.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from yunshu.lib.probe.targets import Target

GOLDEN = 0.618_033_988_749_895


@dataclass(frozen=True, slots=True)
class Due:
    """A target and the moment at which it should be looked at."""

    target: Target
    at: float


@dataclass
class Schedule:
    """A heap of who is next. ``skipped`` counts the looks for which it was too late."""

    skipped: int = 0
    _heap: list[tuple[float, int, str]] = field(default_factory=list)
    _targets: dict[str, tuple[int, Target]] = field(default_factory=dict)
    _admitted: int = 0

    def replace(self, targets: Iterable[Target], now: float) -> None:
        """Watch these from now on. Raises ValueError if two have one key."""
        wanted: dict[str, Target] = {}
        for target in targets:
            if target.key in wanted:
                raise ValueError(f"two targets have the key {target.key}")
            wanted[target.key] = target
        for key in [k for k in self._targets if k not in wanted]:
            del self._targets[key]
        for key, target in wanted.items():
            known = self._targets.get(key)
            if known and known[1].interval_s == target.interval_s:
                self._targets[key] = (known[0], target)
                continue
            self._admitted += 1
            self._targets[key] = (self._admitted, target)
            phase = self._admitted * GOLDEN % 1.0 * target.interval_s
            heapq.heappush(self._heap, (now + phase, self._admitted, key))

    def next_at(self) -> float | None:
        """Return when the next look is due; None if nothing is watched."""
        while self._heap:
            at, number, key = self._heap[0]
            if self._targets.get(key, (0,))[0] == number:
                return at
            heapq.heappop(self._heap)
        return None

    def pop(self, now: float) -> Due | None:
        """Return a look that is due, and plan the target's next; what lies a whole interval back is skipped."""
        at = self.next_at()
        if at is None or at > now:
            return None
        _, number, key = heapq.heappop(self._heap)
        target = self._targets[key][1]
        missed = int((now - at) // target.interval_s)
        self.skipped += missed
        at += missed * target.interval_s
        heapq.heappush(self._heap, (at + target.interval_s, number, key))
        return Due(target, at)

    def __len__(self) -> int:
        return len(self._targets)

    def get(self, key: str) -> Target | None:
        """Return the target of a key."""
        found = self._targets.get(key)
        return found[1] if found else None
