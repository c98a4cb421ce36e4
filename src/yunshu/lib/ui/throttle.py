"""How often something may be asked in a while, reading included (``allauth``'s limits count writing only); counted in the cache.

A window begins with the first count and ends when its time is over, however often it was asked meanwhile; two at once may be
counted as one. Not ``cache.incr``: over a database it begins the window anew, with the cache's own default time.
"""

from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache

from yunshu.lib.kernel import clock


@dataclass(frozen=True)
class Throttle:
    """At most ``most`` in ``seconds`` for each key; ``name`` keeps it apart from others."""

    name: str
    most: int
    seconds: int

    def is_spent(self, key: str) -> bool:
        """Say whether a key has used up what it may."""
        return self._window(self._place(key))[0] >= self.most

    def count(self, key: str) -> bool:
        """Count one more; say whether it was still within the limit."""
        place = self._place(key)
        counted, left_s = self._window(place)
        cache.set(place, (counted + 1, clock.now().timestamp() + left_s), timeout=left_s)
        return counted < self.most

    def _window(self, place: str) -> tuple[int, float]:
        """Return how many were counted in the window that runs, and how long it still does; a new one if none runs."""
        counted, ends = cache.get(place, (0, 0.0))
        left_s = ends - clock.now().timestamp()
        return (counted, left_s) if left_s > 0 else (0, float(self.seconds))

    def _place(self, key: str) -> str:
        return f"throttle:{self.name}:{sha256(key.encode()).hexdigest()[:32]}"
