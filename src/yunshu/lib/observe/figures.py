"""Figures that are read when somebody looks, the parts of the house they belong to, and the rules by which they are judged.

One declaration, several faces: ``/metrics`` (``exposition``), the operator's page (``standing``), the alert rules for Prometheus
(``alerts``), the reference in the documentation. A domain declares its own in ``observed.py`` and registers them when it starts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import DatabaseError
from django.utils.functional import Promise
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.kernel.labels import label

log = structlog.get_logger()
MOST_SERIES = 2000
"""Of one figure at most so many lines: labels name what is registered (nodes, members, targets), and a mistake must not flood anybody."""
UNREADABLE = (DatabaseError, OSError, YunshuError, TimeoutError)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One name of ``/metrics``. ``unit`` says how a value reads to people: s, B, %, or a word such as 条."""

    name: str
    text: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    is_moment: bool = False
    """The value is a moment (seconds since 1970): people and rules look at its age."""
    words: Mapping[str, "str | Promise"] = field(default_factory=dict)
    """How values of its labels read to people (``running``: 交付中); what is missing is shown as it is."""


@dataclass(frozen=True)
class Reading:
    """A value of a figure, for one object of each label."""

    figure: Figure
    value: float
    of: tuple[str, ...] = ()

    def is_of(self, wanted: Mapping[str, str] | None) -> bool:
        """Say whether its labels have these values (those of them that it has at all)."""
        found = dict(zip(self.figure.labels, self.of, strict=True))
        return all(found.get(name, value) == value for name, value in (wanted or {}).items())

    def named(self, known: Mapping[str, str] | None = None) -> str:
        """Return the values of its labels in the reader's words, without those that are ``known`` anyway."""
        pairs = zip(self.figure.labels, self.of, strict=True)
        said = (value for name, value in pairs if (known or {}).get(name) != value)
        return " · ".join(str(self.figure.words.get(value, value)) for value in said)

    def shown(self, now: datetime) -> float:
        """Return what people and rules look at: the age of a moment, else the value."""
        return max(0.0, now.timestamp() - self.value) if self.figure.is_moment else self.value


class Severity(StrEnum):
    """How bad it is when a rule holds."""

    SLOW = "slow"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a figure is not as it should be: above (or below) a threshold for some time; what that means and what to do."""

    code: str
    figure: Figure
    severity: Severity
    means: str
    todo: str
    above: float | None = None
    below: float | None = None
    for_s: int = 120
    of: Mapping[str, str] | None = None
    """Only of these label values."""

    def holds(self, reading: Reading, now: datetime) -> bool:
        """Say whether a reading of this rule's figure is over the threshold."""
        if reading.figure.name != self.figure.name or not self.concerns(reading):
            return False
        value = reading.shown(now)
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)

    def concerns(self, reading: Reading) -> bool:
        """Say whether a reading is of the objects that the rule is about."""
        return reading.is_of(self.of)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the house as the operator sees it: what shows its lag, what judges it, where its chapter is, what to type."""

    code: str
    name: str
    shown: tuple[Figure, ...]
    """Figures that the page shows of it, the most telling first."""
    only: Mapping[str, str] | None = None
    """Of the figures shown only these label values."""
    rules: tuple[Rule, ...] = ()
    command: str = ""
    order: int = 100
    process: str = ""
    """The process that does the work, as its heartbeat names it."""
    in_use: Callable[[], bool] = lambda: True
    chapter: str = ""
    """Anchor in docs/operate/observe.md."""


Source = Callable[[datetime], Iterable[Reading]]


@dataclass(frozen=True)
class Registered:
    """What one module declares."""

    name: str
    figures: tuple[Figure, ...]
    read: Source


SOURCE_UP = Figure(name="yunshu_source_up", text=label("这一组指标读得到（1）或读不到（0）"), labels=("source",))
_SOURCES: dict[str, Registered] = {}
_PARTS: dict[str, Part] = {}


def register(name: str, figures: Sequence[Figure], read: Source, parts: Sequence[Part] = ()) -> None:
    """Add figures, the function that reads them, and the parts that show them; the same name twice is once."""
    _SOURCES[name] = Registered(name, tuple(figures), read)
    for part in parts:
        _PARTS[part.code] = part


def sources() -> list[Registered]:
    """Return all sources, by name."""
    return [_SOURCES[name] for name in sorted(_SOURCES)]


def parts() -> list[Part]:
    """Return all parts in their order."""
    return sorted(_PARTS.values(), key=lambda part: (part.order, part.code))


def rules() -> list[tuple[Part, Rule]]:
    """Return all rules with their parts."""
    return [(part, rule) for part in parts() for rule in part.rules]


def read_all(now: datetime) -> list[Reading]:
    """Read every source; one that cannot be read says so and does not keep the others from it."""
    found: list[Reading] = []
    for source in sources():
        try:
            readings = list(source.read(now))
            found += [*readings, Reading(SOURCE_UP, 1, (source.name,))]
        except UNREADABLE as error:
            log.warning("observe.source_unreadable", source=source.name, error=str(error) or type(error).__name__)
            found.append(Reading(SOURCE_UP, 0, (source.name,)))
    return found


class _Families(Collector):
    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def exposition(readings: Iterable[Reading]) -> str:
    """Return readings in Prometheus' text format 0.0.4, written by prometheus_client."""
    families: dict[str, GaugeMetricFamily] = {}
    for reading in readings:
        figure = reading.figure
        family = families.setdefault(figure.name, GaugeMetricFamily(figure.name, figure.text, labels=figure.labels))
        if len(family.samples) < MOST_SERIES:
            family.add_metric(reading.of, reading.value)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families.values()))
    return generate_latest(registry).decode()
