"""How often something may be asked in a while, reading included (``allauth``'s limits count writing only); counted in the cache.

A window begins with the first count and ends by itself; two at once may be counted as one.
"""

from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache


@dataclass(frozen=True)
class Throttle:
    """At most ``most`` in ``seconds`` for each key; ``name`` keeps it apart from others."""

    name: str
    most: int
    seconds: int

    def is_spent(self, key: str) -> bool:
        """Say whether a key has used up what it may."""
        return int(cache.get(self._key(key), 0)) >= self.most

    def count(self, key: str) -> bool:
        """Count one more; say whether it was still within the limit."""
        place = self._key(key)
        cache.add(place, 0, self.seconds)
        try:
            return int(cache.incr(place)) <= self.most
        except ValueError:  # the window ended in between
            return True

    def _key(self, key: str) -> str:
        return f"throttle:{self.name}:{sha256(key.encode()).hexdigest()[:32]}"
