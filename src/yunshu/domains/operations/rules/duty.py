"""Who is on duty: turns handed out in a circle, parts of a turn swapped with somebody's consent. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A person's turn from ``start`` up to, not including, ``end``."""

    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Somebody takes over a stretch; ``at`` is when it was agreed: the later one holds."""

    person: int
    start: datetime
    end: datetime
    at: datetime


def on_duty(turns: Iterable[Turn], swaps: Iterable[Swap], at: datetime) -> int | None:
    """Return who is on duty at a moment: the latest agreed swap over it, else the turn; None if nobody is."""
    over = [s for s in swaps if s.start <= at < s.end]
    if over:
        return max(over, key=lambda s: s.at).person
    return next((t.person for t in turns if t.start <= at < t.end), None)


def rota(people: Sequence[int], first: date, turns: int, days: int, handover: time, zone: ZoneInfo) -> Iterator[Turn]:
    """Yield ``turns`` turns of ``days`` days each, in a circle, handed over at ``handover`` without a gap.

    Raises ValueError without people, or for a turn shorter than a day.
    """
    if not people or days < 1 or turns < 1:
        raise ValueError("a rota needs people, turns and days")
    for n in range(turns):
        start, end = (datetime.combine(first + timedelta(days=days * k), handover, zone) for k in (n, n + 1))
        yield Turn(person=people[n % len(people)], start=start, end=end)
