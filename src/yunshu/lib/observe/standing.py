"""How every part stands now: readings judged by the rules, with the moment since which. What the operator's page shows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from yunshu.lib.observe import beats
from yunshu.lib.observe.figures import Part, Reading, Rule, Severity, parts, rules
from yunshu.lib.observe.models import Beat, Trouble


class State(StrEnum):
    """How a part is."""

    WELL = "well"
    SLOW = "slow"
    STOPPED = "stopped"
    UNUSED = "unused"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A rule that holds now, for one object."""

    rule: Rule
    reading: Reading
    value: float
    since: datetime

    @property
    def about(self) -> str:
        """Return the objects it is about, as they are kept (``Reading.named`` is for people)."""
        return " ".join(self.reading.of)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One part: its state, since when, what troubles it, its figures, its processes."""

    part: Part
    state: State
    since: datetime | None
    troubles: tuple[Found, ...]
    shown: tuple[tuple[Reading, float], ...]
    beats: tuple[Beat, ...]

    @property
    def restarts(self) -> int:
        """Return how often its processes were started again lately."""
        return sum(max(len(beat.starts) - 1, 0) for beat in self.beats)


def stand(readings: Sequence[Reading], now: datetime) -> list[Standing]:
    """Judge every part."""
    since = {(row.rule, row.about): row.since for row in Trouble.objects.all()}
    heard: dict[str, list[Beat]] = defaultdict(list)
    for beat in beats.recent(now):
        heard[beat.process].append(beat)
    by_name: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_name[reading.figure.name].append(reading)
    return [_stand(part, by_name, since, heard.get(part.process, []), now) for part in parts()]


def _stand(
    part: Part,
    by_name: dict[str, list[Reading]],
    since: dict[tuple[str, str], datetime],
    heard: list[Beat],
    now: datetime,
) -> Standing:
    troubles = tuple(
        Found(rule=rule, reading=r, value=r.shown(now), since=since.get((rule.code, " ".join(r.of)), now))
        for rule in part.rules
        for r in by_name.get(rule.figure.name, ())
        if rule.holds(r, now)
    )
    shown = tuple((r, r.shown(now)) for figure in part.shown for r in _worst(_of(part, by_name.get(figure.name, ()))))
    state = _state(part, troubles)
    begun = min((each.since for each in troubles), default=None) or min((b.started_at for b in heard), default=None)
    if state is State.UNUSED:
        troubles, begun = (), None
    return Standing(part=part, state=state, since=begun, troubles=troubles, shown=shown, beats=tuple(heard))


MOST_SHOWN = 6


def _of(part: Part, readings: Sequence[Reading]) -> list[Reading]:
    return [r for r in readings if r.is_of(part.only)]


def _worst(readings: list[Reading]) -> list[Reading]:
    """Return the readings that the page has room for: of ages the oldest, of counts the largest."""
    return sorted(readings, key=lambda r: r.value, reverse=not (readings and readings[0].figure.is_moment))[:MOST_SHOWN]


def _state(part: Part, troubles: Sequence[Found]) -> State:
    if not part.in_use():
        return State.UNUSED
    if any(each.rule.severity is Severity.STOPPED for each in troubles):
        return State.STOPPED
    return State.SLOW if troubles else State.WELL


@transaction.atomic
def remember(readings: Sequence[Reading], now: datetime) -> list[Found]:
    """Write down which rules hold since when; return those that have held long enough and were not told of yet, as told now."""
    known = {(row.rule, row.about): row for row in Trouble.objects.select_for_update()}
    holding: set[tuple[str, str]] = set()
    news: list[Found] = []
    in_use = [(part, rule) for part, rule in rules() if part.in_use()]
    for _part, rule in in_use:
        for reading in readings:
            if not rule.holds(reading, now):
                continue
            key, value = (rule.code, " ".join(reading.of)), reading.shown(now)
            holding.add(key)
            row = known.get(key) or Trouble(rule=key[0], about=key[1], since=now)
            row.value = value
            if row.told_at is None and now - row.since >= timedelta(seconds=rule.for_s):
                row.told_at = now
                news.append(Found(rule=rule, reading=reading, value=value, since=row.since))
            row.save()
    Trouble.objects.filter(pk__in=[row.pk for key, row in known.items() if key not in holding]).delete()
    return news
