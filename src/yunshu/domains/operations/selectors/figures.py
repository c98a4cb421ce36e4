"""How available targets were: state lines of any period from the stored samples, alone and with what they need. Start at ``figure``."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.conf import settings

from yunshu.domains.operations.models import Target
from yunshu.domains.operations.selectors.changes import windows_for
from yunshu.domains.operations.selectors.watching import Watched, as_watched, midnight, need_rows, needs_of
from yunshu.lib import availability
from yunshu.lib.availability import (
    Availability,
    BurnAlert,
    BurnRate,
    ErrorBudget,
    Graph,
    Maintenance,
    Need,
    Policy,
    Span,
    State,
    StateLine,
)
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.samples import SampleStore

LATEST = "latest.json"
METRICS = "metrics.prom"


def store() -> SampleStore:
    """Return the samples, for reading."""
    return SampleStore(settings.SAMPLES_FOLDER / "store")


def days(starts_on: date, ends_on: date, now: datetime) -> Span:
    """Return the seconds of city days (both included), no further than now; empty if they have not begun."""
    start, end = midnight(starts_on), midnight(ends_on + timedelta(days=1))
    return Span(start, max(start, min(end, int(now.timestamp()))))


def month(day: date) -> tuple[date, date]:
    """Return the first and last day of a month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What is known of a target over a period. ``own``: by its own probes (None: it has none); ``whole``: with what it needs."""

    target: Target
    period: Span
    own: StateLine | None
    whole: StateLine
    windows: tuple[Maintenance, ...]

    @property
    def line(self) -> StateLine:
        """Return the line that its promise is judged by: its own where it is probed, else that of what it needs."""
        return self.whole if self.own is None else self.own

    @cached_property
    def seen(self) -> Availability:
        """Return seconds and bounds of the line."""
        return availability.measure(self.line)

    @cached_property
    def seen_whole(self) -> Availability:
        """Return seconds and bounds as users met it."""
        return availability.measure(self.whole)

    @property
    def policy(self) -> Policy:
        """Return how the target's samples are read."""
        return as_watched(self.target).policy

    @property
    def promise(self) -> Fraction | None:
        """Return what was promised, as a share."""
        return Fraction(self.target.promise) / 100 if self.target.promise is not None else None

    @property
    def verdict(self) -> str:
        """Return kept, broken, unproven, nothing_due, or empty where nothing was promised."""
        return self.seen.verdict(self.promise).value if self.promise else ""

    @property
    def is_known(self) -> bool:
        """Say whether at least one second is known."""
        return self.seen.due_s > self.seen.unknown_s or self.seen.maint_s > 0


class Lines:
    """State lines over one period, each drawn once; a page or a report makes one."""

    def __init__(self, period: Span, needs: Mapping[str, Need] | None = None) -> None:
        self.period, self.store = period, store()
        self.needs = needs_of(need_rows()) if needs is None else dict(needs)
        self._watched: dict[str, Watched] = {}
        self._windows: dict[str, list[Maintenance]] = {}
        self._own: dict[str, StateLine | None] = {}

    def figures(self, targets: Iterable[Target]) -> list[Figure]:
        """Return the figures of targets, in their order."""
        wanted = list(targets)
        around = self._around({t.number for t in wanted})
        self._learn(around, wanted)
        whole = self._composed(around)
        return [
            Figure(
                target=t,
                period=self.period,
                own=self._line(t.number),
                whole=whole[t.number],
                windows=tuple(self._windows.get(t.number, ())),
            )
            for t in wanted
        ]

    def _around(self, numbers: Collection[str]) -> set[str]:
        """Return targets with all that they need, at any distance."""
        found, waiting = set(), list(numbers)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.needs[number].names() if number in self.needs else ()
        return found

    def _learn(self, numbers: set[str], given: Iterable[Target]) -> None:
        rows = {t.number: t for t in given}
        missing = numbers - rows.keys() - self._watched.keys()
        rows |= {t.number: t for t in Target.objects.filter(number__in=missing)}
        self._watched |= {number: as_watched(row) for number, row in rows.items()}
        since, until = (datetime.fromtimestamp(s, CITY_ZONE) for s in (self.period.start, self.period.end))
        self._windows |= windows_for(sorted(numbers), since, until)

    def _line(self, number: str) -> StateLine | None:
        if number not in self._own:
            self._own[number] = self._drawn(self._watched[number])
        return self._own[number]

    def _drawn(self, watched: Watched) -> StateLine | None:
        evidence = self.store.evidence(watched.number, self.period, watched.policy)
        if not (watched.check_form or evidence.runs):
            return None
        return availability.state_line(
            evidence,
            policy=watched.policy,
            period=self.period,
            maintenance=self._windows.get(watched.number, ()),
            out_of_service=watched.out_of_service(),
        )

    def _composed(self, numbers: set[str]) -> dict[str, StateLine]:
        own = {n: line for n in numbers if (line := self._line(n)) is not None}
        graph = Graph({n: need for n, need in self.needs.items() if n in numbers})
        whole = graph.compose(own, self.period)
        return {n: whole.get(n) or _unknown(self.period) for n in numbers}


def _unknown(period: Span) -> StateLine:
    stretches = (availability.Stretch(period.start, period.end, State.UNKNOWN),) if period.end > period.start else ()
    return StateLine(period.start, period.end, stretches)


def figure(target: Target, period: Span) -> Figure:
    """Return what is known of one target over a period."""
    return Lines(period).figures([target])[0]


def budget(found: Figure, starts_on: date, ends_on: date) -> ErrorBudget | None:
    """Return what a target's promise leaves to be spent in whole city days of which the figure is the part so far."""
    if found.promise is None:
        return None
    whole = midnight(ends_on + timedelta(days=1)) - midnight(starts_on)
    return availability.error_budget(
        found.line, found.promise, period_due_s=whole - found.seen.maint_s - found.seen.not_in_service_s
    )


def burning(found: Figure) -> list[tuple[int, BurnRate]]:
    """Return how fast the budget is spent over the last hour, six hours and three days, as far as the figure's period goes."""
    if found.promise is None or found.period.end <= found.period.start:
        return []
    at = found.period.end
    windows_s = (3600, 6 * 3600, 3 * 86_400)
    return [(s, availability.burn_rate(found.line, found.promise, window_s=s, at=at)) for s in windows_s]


def alarms(found: Figure) -> Sequence[BurnAlert]:
    """Return which of the usual alerts on the budget's burn rate fire at the end of the figure's period."""
    if found.promise is None or found.period.end <= found.period.start:
        return ()
    return availability.burning(found.line, found.promise, at=found.period.end)


def latest() -> dict[str, Mapping[str, Any]]:
    """Return the last look at each target (with its readings), as the probers' process left it; empty if it never ran."""
    try:
        found: dict[str, Mapping[str, Any]] = json.loads((settings.SAMPLES_FOLDER / LATEST).read_text())
    except (OSError, ValueError):
        return {}
    return found


def exposition() -> str:
    """Return the probers' figures in Prometheus' text format; empty if they never ran."""
    try:
        return str((settings.SAMPLES_FOLDER / METRICS).read_text())
    except OSError:
        return ""
