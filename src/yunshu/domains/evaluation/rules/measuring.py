"""A measured value held against its promise: gap, attainment, light, trend, forecast.

Where nothing measures, every answer is None or GREY: no figure is invented. Where evidence has gaps, the value
lies between two bounds and a promise is kept only if the less favourable one keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache

from yunshu.domains.evaluation.contracts import Comparator
from yunshu.domains.evaluation.rules.fill_in_hits import number
from yunshu.domains.evaluation.rules.sources import Source, document, source_of

RATIO = Decimal("0.0001")
_MORE = (Comparator.GE, Comparator.GT)


class Light(StrEnum):
    """绿 kept, 黄 near or still possible, 红 not kept, 灰 nothing measures."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class Nature(StrEnum):
    """How a value grows: CUMULATIVE adds up over the year (次数), LEVEL is as it stands (率)."""

    CUMULATIVE = "cumulative"
    LEVEL = "level"


class Trend(StrEnum):
    """Where the value moves, seen from the promise."""

    BETTER = "better"
    STEADY = "steady"
    WORSE = "worse"


@dataclass(frozen=True, kw_only=True)
class LightRules:
    """The numbers behind the lights (``data/measuring-*.toml``)."""

    amber_attainment: Decimal
    equal_tolerance: Decimal
    forecast_min_days: int
    steady_within: Decimal
    source: Source


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Comparator, target and unit of an indicator."""

    comparator: Comparator
    target: Decimal
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The value as it stood on a day; ``low`` and ``high`` bound it where the evidence has gaps.

    For a CUMULATIVE value it is the running total of the year.
    """

    on: date
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The value at the year's end if things go on; ``value`` None where nothing can be said. ``basis`` says why."""

    value: Decimal | None
    basis: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a scoreboard shows of one promise; ``sentence`` says the light in words."""

    light: Light
    value: Decimal | None
    gap: Decimal | None
    attainment: Decimal | None
    trend: Trend | None
    forecast: Forecast
    sentence: str


@cache
def light_rules(code: str = "default") -> LightRules:
    """Return the light rules named ``code``; LookupError if there are none."""
    data = document("measuring", code)
    return LightRules(
        amber_attainment=Decimal(data["amber_attainment"]),
        equal_tolerance=Decimal(data["equal_tolerance"]),
        forecast_min_days=data["forecast_min_days"],
        steady_within=Decimal(data["steady_within"]),
        source=source_of(data),
    )


def keeps(promise: Promise, value: Decimal, tolerance: Decimal = Decimal(0)) -> bool:
    """Say whether ``value`` keeps the promise. ``tolerance`` is relative to the target and serves ``=`` only."""
    target = promise.target
    return {
        Comparator.GE: value >= target,
        Comparator.GT: value > target,
        Comparator.LE: value <= target,
        Comparator.LT: value < target,
        Comparator.EQ: abs(value - target) <= tolerance * abs(target),
    }[promise.comparator]


def gap(promise: Promise, value: Decimal) -> Decimal:
    """Return what is left over (positive) or missing (negative), in the indicator's unit; ``=`` is never above 0."""
    if promise.comparator is Comparator.EQ:
        return -abs(value - promise.target)
    return value - promise.target if promise.comparator in _MORE else promise.target - value


def attainment(promise: Promise, value: Decimal) -> Decimal | None:
    """Return how far the promise is attained (1 = just), to 0.0001 downwards; None where the target is zero or less.

    At least: value / target. At most: target / value where it is missed, 2 - value / target where it is kept (both 1
    at the target). Equal: the smaller of both over the larger.
    """
    target = promise.target
    if target <= 0:
        return None
    if promise.comparator in _MORE:
        return max(value / target, Decimal(0)).quantize(RATIO, ROUND_DOWN)
    if promise.comparator is Comparator.EQ:
        low, high = sorted((value, target))
        return max(low / high, Decimal(0)).quantize(RATIO, ROUND_DOWN)
    ratio = target / value if value > target else 2 - value / target
    return ratio.quantize(RATIO, ROUND_DOWN)


def least_favourable(promise: Promise, sample: Sample) -> Decimal:
    """Return the bound that serves the promise least; the value itself where there are no bounds."""
    bounds = [b for b in (sample.low, sample.value, sample.high) if b is not None]
    return min(bounds, key=lambda b: (gap(promise, b), b))


def trend(promise: Promise, samples: Sequence[Sample], rules: LightRules) -> Trend | None:
    """Return where the last sample moved from the one before; None with fewer than two."""
    if len(samples) < 2:
        return None
    before, last = sorted(samples, key=lambda s: s.on)[-2:]
    moved = gap(promise, last.value) - gap(promise, before.value)
    if abs(moved) <= rules.steady_within * max(abs(promise.target), abs(before.value)):
        return Trend.STEADY
    return Trend.BETTER if moved > 0 else Trend.WORSE


def forecast(samples: Sequence[Sample], nature: Nature, year: int, rules: LightRules) -> Forecast:
    """Return the value expected at the end of ``year``: linear for a running total, the last value for a level.

    A running total is divided by the days gone since 1 January and multiplied by the days of the year, to 0.0001
    half up; under ``forecast_min_days`` nothing is said.
    """
    if not samples:
        return Forecast(value=None, basis="尚无测量，不作预测。")
    last = max(samples, key=lambda s: s.on)
    start, end = date(year, 1, 1), date(year, 12, 31)
    if last.on >= end:
        return Forecast(value=last.value, basis="年度已结束，以最后一次测量为准。")
    if nature is Nature.LEVEL:
        return Forecast(value=last.value, basis=f"水平类指标，沿用{last.on.isoformat()}的数值。")
    gone, whole = (last.on - start).days + 1, (end - start).days + 1
    if gone < rules.forecast_min_days:
        return Forecast(value=None, basis=f"年初至今仅{max(gone, 0)}天，少于{rules.forecast_min_days}天，不作预测。")
    value = (last.value / gone * whole).quantize(RATIO, ROUND_HALF_UP)
    return Forecast(value=value, basis=f"累计数按{gone}天的平均进度推算到全年{whole}天。")


def judge(
    promise: Promise, samples: Sequence[Sample], nature: Nature, year: int, rules: LightRules | None = None
) -> Verdict:
    """Return what the scoreboard shows of a promise after ``samples`` (any order) in ``year``."""
    chosen = rules or light_rules()
    ahead = forecast(samples, nature, year, chosen)
    if not samples:
        return Verdict(
            light=Light.GREY,
            value=None,
            gap=None,
            attainment=None,
            trend=None,
            forecast=ahead,
            sentence="尚无数据测量这项指标。",
        )
    last = max(samples, key=lambda s: s.on)
    light, sentence = light_of(promise, last, ahead, chosen, year_over=last.on >= date(year, 12, 31))
    return Verdict(
        light=light,
        value=last.value,
        gap=gap(promise, last.value),
        attainment=attainment(promise, last.value),
        trend=trend(promise, samples, chosen),
        forecast=ahead,
        sentence=sentence,
    )


def light_of(
    promise: Promise,
    sample: Sample,
    ahead: Forecast,
    rules: LightRules,
    *,
    year_over: bool,
) -> tuple[Light, str]:
    """Return the light of a measured promise and the sentence that says why."""
    said = f"目标{promise.comparator.value}{number(promise.target)}{promise.unit}，实测{number(sample.value)}{promise.unit}"
    if keeps(promise, least_favourable(promise, sample), rules.equal_tolerance):
        return Light.GREEN, f"{said}，已达成。"
    missing = f"{number(abs(gap(promise, sample.value)))}{promise.unit}"
    if keeps(promise, sample.value, rules.equal_tolerance):
        worst = number(least_favourable(promise, sample))
        return Light.AMBER, f"{said}，但佐证有缺口，最不利为{worst}{promise.unit}，尚不能认定达成。"
    if not year_over and ahead.value is not None and keeps(promise, ahead.value, rules.equal_tolerance):
        return Light.AMBER, f"{said}，还差{missing}；{ahead.basis}预计{number(ahead.value)}{promise.unit}，可达成。"
    share = attainment(promise, sample.value)
    near = share is not None and share >= rules.amber_attainment
    return (Light.AMBER if near else Light.RED), f"{said}，差{missing}，未达成。"
