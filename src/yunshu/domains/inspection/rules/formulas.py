"""What an indicator counts, as data: a small closed set of formulas that an official can read and correct.

Six kinds: ``veto`` (any of several conditions is met), ``per_finding`` (points each), ``flat`` (points once), ``steps``
(points by number), ``manual`` (what a person found under this indicator), ``award`` (a bonus that a person granted, less
what was found). None can raise a score by one finding more: points are never negative, steps only climb.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

VETO = "veto"
HINT = "hint"
INDICATOR_KEY = "indicator"
"""The key of ``Fault.detail`` by which a person says under which indicator something was found."""
POINTS_KEY = "points"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A confirmed finding, as scoring wants it. ``detail`` holds what the check measured, by keys of its own."""

    number: str
    kind: str
    severity: str = "general"
    detail: Mapping[str, Any] = field(default_factory=dict)


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Which(_Shape):
    """Which findings count: of ``checks`` (empty: the indicator's), of ``severities`` (empty: all but hints), with these
    values in their detail, and measuring at least ``measure_min``. What lacks the measure counts only where two people
    confirmed it as a veto."""

    checks: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    measure: str = ""
    measure_min: Annotated[Decimal, Field(ge=0)] = Decimal(0)

    def takes(self, fault: Fault, checks: tuple[str, ...]) -> bool:
        """Say whether ``fault`` counts."""
        if fault.kind not in (self.checks or checks):
            return False
        if fault.severity not in self.severities if self.severities else fault.severity == HINT:
            return False
        if any(str(fault.detail.get(key, "")) not in values for key, values in self.where.items()):
            return False
        if not self.measure:
            return True
        measured = decimal_of(fault.detail.get(self.measure))
        return fault.severity == VETO if measured is None else measured >= self.measure_min


class Condition(Which):
    """So many of them: ``at_least``, or as many as the smallest number that the findings give under ``all_of``."""

    at_least: int = Field(default=1, ge=1)
    all_of: str = ""

    def needed(self, faults: Iterable[Fault]) -> int:
        """Return how many of ``faults`` (those that count) meet the condition; ``all_of`` never asks for less than one."""
        if not self.all_of:
            return self.at_least
        given = [n for f in faults if (n := decimal_of(f.detail.get(self.all_of))) is not None and n >= 1]
        return min([self.at_least, *(int(n) for n in given)])


class Veto(_Shape):
    """The object fails if any condition is met."""

    kind: Literal["veto"]
    any_of: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Rate(_Shape):
    """Other points for findings of these checks and with these values in their detail."""

    checks: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    points: Annotated[Decimal, Field(ge=0)]

    def takes(self, fault: Fault) -> bool:
        """Say whether these points are for ``fault``."""
        is_kind = not self.checks or fault.kind in self.checks
        return is_kind and all(str(fault.detail.get(key, "")) in values for key, values in self.where.items())


class PerFinding(_Shape):
    """Points for each finding, no more than ``cap``."""

    kind: Literal["per_finding"]
    points: Annotated[Decimal, Field(ge=0)]
    rates: tuple[Rate, ...] = ()
    cap: Annotated[Decimal, Field(gt=0)] | None = None
    which: Which = Field(default_factory=Which)

    def rate(self, fault: Fault) -> Decimal:
        """Return the points of one finding."""
        return next((rate.points for rate in self.rates if rate.takes(fault)), self.points)


class Flat(_Shape):
    """Points once, however many are found."""

    kind: Literal["flat"]
    points: Annotated[Decimal, Field(gt=0)]
    which: Condition = Field(default_factory=Condition)


class Step(_Shape):
    """From so many on, so many points."""

    at_least: int = Field(ge=1)
    points: Annotated[Decimal, Field(gt=0)]


class Steps(_Shape):
    """Points by number."""

    kind: Literal["steps"]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    which: Which = Field(default_factory=Which)

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        pairs = list(zip(self.steps, self.steps[1:], strict=False))
        if any(a.at_least >= b.at_least or a.points > b.points for a, b in pairs):
            raise ValueError("steps must climb")
        return self


class Manual(_Shape):
    """What a person found and put under this indicator (``detail.indicator``), with points of its own or these."""

    kind: Literal["manual"]
    points: Annotated[Decimal, Field(gt=0)]

    def rate(self, fault: Fault) -> Decimal:
        """Return the points of one finding."""
        own = decimal_of(fault.detail.get(POINTS_KEY))
        return self.points if own is None or own < 0 else own


class Award(_Shape):
    """A bonus that a person granted; each finding takes ``loss`` from it."""

    kind: Literal["award"]
    loss: Annotated[Decimal, Field(ge=0)] = Decimal(0)


Formula = Annotated[Veto | PerFinding | Flat | Steps | Manual | Award, Field(discriminator="kind")]
AnyFormula = Veto | PerFinding | Flat | Steps | Manual | Award
_ADAPTER: TypeAdapter[AnyFormula] = TypeAdapter(Formula)

KINDS = {
    "veto": "单项否决",
    "per_finding": "逐项扣分",
    "flat": "一次性扣分",
    "steps": "分档扣分",
    "manual": "人工认定扣分",
    "award": "人工认定加分",
}
_WORDS = {
    "union_tag_invalid": "公式类型只能是 veto、per_finding、flat、steps、manual、award",
    "union_tag_not_found": "缺少公式类型 kind",
    "missing": "缺少",
    "extra_forbidden": "没有这个参数",
    "greater_than": "应大于 0",
    "greater_than_equal": "太小",
    "decimal_parsing": "应为数字",
    "decimal_type": "应为数字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "too_short": "不能为空",
    "value_error": "各档的数量和分值应逐档增加",
}


class FormulaError(ValueError):
    """Not a formula. ``faults`` says where and why, in words."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


def formula_of(data: object) -> AnyFormula:
    """Return the formula that ``data`` (decoded JSON) says; raise FormulaError."""
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise FormulaError(tuple(_said(e) for e in error.errors())) from error


def _said(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"] if part not in KINDS)
    words = _WORDS.get(str(error["type"]), "写法不对")
    return f"{place}：{words}" if place else words


def as_data(formula: AnyFormula) -> dict[str, Any]:
    """Return a formula as JSON data, without what goes without saying; points are text."""
    return {"kind": formula.kind, **formula.model_dump(mode="json", exclude_defaults=True)}


def decimal_of(value: object) -> Decimal | None:
    """Return a finite figure, None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def keys_of(formula: AnyFormula) -> set[str]:
    """Return the keys of a finding's detail that the formula looks at."""
    if isinstance(formula, Award):
        return set()
    if isinstance(formula, Manual):
        return {INDICATOR_KEY, POINTS_KEY}
    whiches: tuple[Which, ...] = formula.any_of if isinstance(formula, Veto) else (formula.which,)
    keys = {key for which in whiches for key in (*which.where, which.measure)}
    keys |= {each.all_of for each in whiches if isinstance(each, Condition)}
    if isinstance(formula, PerFinding):
        keys |= {key for rate in formula.rates for key in rate.where}
    return keys - {""}


def plain(figure: Decimal) -> str:
    """Return a figure without noughts that say nothing: ``5``, ``0.05``."""
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
