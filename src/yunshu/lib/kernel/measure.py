"""Measurements: what a domain offers to the performance table.

A ``Metric`` is declared in a domain's ``metrics.py`` and registered in its ``AppConfig.ready``; evaluation
binds an indicator to it by ``code`` and never knows the domain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is measured: an organisation, a period (both days included) and further conditions."""

    org_code: str
    starts_on: date
    ends_on: date
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record behind a figure: its public number, a title, where to open it, and what it contributes."""

    number: str
    title: str
    url: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A figure with its parts. ``value`` is None where nothing measures yet: never an invented zero.

    ``low`` and ``high`` bound the value where the evidence has gaps; ``made_by`` names the code
    (metric code and version), ``made_from`` a digest of the data, so that it can be computed again.
    """

    value: Decimal | None
    unit: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    records: tuple[Record, ...] = ()
    made_by: str = ""
    made_from: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordSheet:
    """A record to be read by whoever may read what it is measured for: facts in order, personal data masked.

    ``proof`` is how the ledger's kinds of record about it begin.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    proof: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A measurement that a domain knows how to make; ``open_record`` shows one of its records by number, if it can."""

    code: str
    name: str
    unit: str
    description: str
    measure: Callable[[Scope], Measurement]
    version: str = "1"
    open_record: Callable[[str], RecordSheet | None] | None = None


_METRICS: dict[str, Metric] = {}


def register_metric(metric: Metric) -> None:
    """Offer ``metric``; a second one of the same code is a programming error."""
    if metric.code in _METRICS:
        raise ValueError(f"metric {metric.code} is registered twice")
    _METRICS[metric.code] = metric


def metrics() -> dict[str, Metric]:
    """Return every metric offered, by code."""
    return dict(_METRICS)
