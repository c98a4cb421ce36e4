"""Scoring rule sets: levels and weights, partial credit, over-achievement, bands, grades (``data/scoring-*.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from yunshu.domains.evaluation.contracts import Comparator, Indicator
from yunshu.domains.evaluation.rules.sources import Source, codes, document, source_of


class LevelKind(StrEnum):
    """What a level scores: budget EXECUTION, the form's INDICATORS, or rows that are JUDGED."""

    EXECUTION = "execution"
    INDICATORS = "indicators"
    JUDGED = "judged"


class Missing(StrEnum):
    """What happens to the points of a level without any line: RESCALE gives them to the others, LOST loses them."""

    RESCALE = "rescale"
    LOST = "lost"


class Method(StrEnum):
    """How a missed promise earns part of its points."""

    RATIO = "ratio"  # at least: value / target; equal: the smaller over the larger
    INVERSE = "inverse"  # at most: target / value
    LINEAR = "linear"  # at most: 1 - (value - target) / target
    TOLERANCE = "tolerance"  # all or nothing


@dataclass(frozen=True, kw_only=True)
class Level:
    """A first-level indicator with its points. ``words`` claim indicators by their levels; ``rows`` are judged."""

    code: str
    name: str
    weight: Decimal
    kind: LevelKind
    words: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Partial:
    """Partial credit by comparator. ``strict_miss`` caps a ``>`` or ``<`` that just touches its target."""

    at_least: Method
    at_most: Method
    equal: Method
    equal_tolerance: Decimal
    strict_miss: Decimal
    source: Source


@dataclass(frozen=True, kw_only=True)
class OverRow:
    """A deviation above ``above`` caps the credit at ``cap``."""

    above: Decimal
    cap: Decimal


@dataclass(frozen=True, kw_only=True)
class Over:
    """Over-achievement. ``excusable``: a reason and the finding that the target was not too low lift the cap."""

    comparators: frozenset[Comparator]
    rows: tuple[OverRow, ...]
    excusable: bool
    source: Source


@dataclass(frozen=True, kw_only=True)
class Band:
    """A qualitative grade of attainment: low included; high included only where it is 1."""

    code: str
    name: str
    low: Decimal
    high: Decimal

    def holds(self, ratio: Decimal) -> bool:
        """Say whether ``ratio`` lies in the band."""
        return self.low <= ratio and (ratio < self.high or ratio == self.high == 1)


@dataclass(frozen=True, kw_only=True)
class Grade:
    """优良中差 — from ``least`` points on."""

    name: str
    least: Decimal


@dataclass(frozen=True, kw_only=True)
class ScoringSet:
    """One way to score a table; weights of the levels add up to exactly 100."""

    code: str
    name: str
    source: Source
    missing: Missing
    max_reason_deviation: Decimal
    levels: tuple[Level, ...]
    partial: Partial
    over: Over
    bands: tuple[Band, ...]
    grades: tuple[Grade, ...]

    def band(self, code: str) -> Band | None:
        """Return a band by code, None for an unknown one."""
        return next((b for b in self.bands if b.code == code), None)

    def grade(self, total: Decimal) -> str:
        """Return the grade of ``total`` points."""
        return next(g.name for g in self.grades if total >= g.least)

    def level_of(self, indicator: Indicator) -> Level | None:
        """Return the level that claims an indicator: by its second level, its name (满意度), its first level; or None."""
        mine = [v for v in self.levels if v.kind is LevelKind.INDICATORS]
        satisfied = "满意度" if "满意度" in indicator.name else ""
        for said in (satisfied, indicator.level2, indicator.level1):
            for level in mine:
                if any(word in said for word in level.words):
                    return level
        return None


def scoring_codes() -> tuple[str, ...]:
    """Return the codes of all scoring rule sets."""
    return codes("scoring")


@cache
def scoring_set(code: str = "mof-2020") -> ScoringSet:
    """Return a scoring rule set; LookupError for an unknown code or for weights that are not 100 together."""
    data = document("scoring", code)
    levels = tuple(_level(v) for v in data["levels"])
    if sum(v.weight for v in levels) != 100:
        raise LookupError(f"scoring-{code}: weights are not 100")
    return ScoringSet(
        code=data["code"],
        name=data["name"],
        source=source_of(data),
        missing=Missing(data["missing"]),
        max_reason_deviation=Decimal(data["max_reason_deviation"]),
        levels=levels,
        partial=_partial(data["partial"]),
        over=_over(data["over"]),
        bands=tuple(
            Band(code=b["code"], name=b["name"], low=Decimal(b["low"]), high=Decimal(b["high"])) for b in data["bands"]
        ),
        grades=tuple(
            sorted(
                (Grade(name=g["name"], least=Decimal(g["least"])) for g in data["grades"]),
                key=lambda g: g.least,
                reverse=True,
            )
        ),
    )


def _level(table: Mapping[str, Any]) -> Level:
    return Level(
        code=table["code"],
        name=table["name"],
        weight=Decimal(table["weight"]),
        kind=LevelKind(table["kind"]),
        words=tuple(table.get("words", ())),
        rows=tuple(table.get("rows", ())),
    )


def _partial(table: Mapping[str, Any]) -> Partial:
    return Partial(
        at_least=Method(table["at_least"]),
        at_most=Method(table["at_most"]),
        equal=Method(table["equal"]),
        equal_tolerance=Decimal(table["equal_tolerance"]),
        strict_miss=Decimal(table["strict_miss"]),
        source=source_of(dict(table)),
    )


def _over(table: Mapping[str, Any]) -> Over:
    rows = (OverRow(above=Decimal(r["above"]), cap=Decimal(r["cap"])) for r in table["rows"])
    return Over(
        comparators=frozenset(Comparator(c) for c in table["comparators"]),
        rows=tuple(sorted(rows, key=lambda r: r.above)),
        excusable=table["excusable"],
        source=source_of(dict(table)),
    )
