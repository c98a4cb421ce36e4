"""A small state table: verbs, from which states to which, which of them demand a reason.

The same tuple makes the page's buttons, the service's refusal and the database's check constraint.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One verb; ``sources`` with an empty string means that the thing begins with it."""

    verb: str
    name: str
    sources: tuple[str, ...]
    target: str
    needs_reason: bool = False


@dataclass(frozen=True)
class StateTable:
    """All verbs of a thing. A verb may stand in several rows, but once for each source."""

    steps: tuple[Step, ...]

    def step(self, source: str, verb: str) -> Step | None:
        """Return what ``verb`` does in ``source``, None if nothing."""
        return next((s for s in self.steps if s.verb == verb and source in s.sources), None)

    def ways_out(self, source: str) -> tuple[Step, ...]:
        """Return the verbs possible in ``source``."""
        return tuple(s for s in self.steps if source in s.sources)

    def moves(self) -> Iterable[tuple[str, str, str]]:
        """Return every (verb, source, target) there is, in order."""
        return [(s.verb, source, s.target) for s in self.steps for source in s.sources]

    def names(self) -> dict[str, str]:
        """Return what each verb is called."""
        return {s.verb: s.name for s in self.steps}
