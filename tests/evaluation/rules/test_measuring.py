"""Gap, attainment, light, trend and forecast."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.evaluation.contracts import Comparator
from yunshu.domains.evaluation.rules.measuring import (
    Light,
    Nature,
    Promise,
    Sample,
    Trend,
    attainment,
    forecast,
    gap,
    judge,
    keeps,
    least_favourable,
    light_rules,
    trend,
)

END = date(2022, 12, 31)
VALUES = st.decimals(-1000, 1000, places=2)
TARGETS = st.decimals("0.01", 1000, places=2)
COMPARATORS = st.sampled_from(list(Comparator))


def promise(sign: str, target: str, unit: str = "%") -> Promise:
    return Promise(comparator=Comparator(sign), target=Decimal(target), unit=unit)


def at(value: str, on: date = END, low: str | None = None, high: str | None = None) -> Sample:
    bounds = [None if b is None else Decimal(b) for b in (low, high)]
    return Sample(on=on, value=Decimal(value), low=bounds[0], high=bounds[1])


@pytest.mark.parametrize(
    ("sign", "target", "value", "kept", "missing"),
    [
        ("≥", "99", "99", True, "0"),
        (">", "99", "99", False, "0"),
        ("≥", "99", "98.9", False, "-0.1"),
        ("≤", "2", "2", True, "0"),
        ("<", "2", "2", False, "0"),
        ("≤", "2", "2.5", False, "-0.5"),
        ("=", "85", "85", True, "0"),
        ("=", "85", "86", False, "-1"),
    ],
)
def test_a_promise_is_kept_at_its_edge_as_its_sign_says(sign, target, value, kept, missing) -> None:
    asked = promise(sign, target)
    assert keeps(asked, Decimal(value)) is kept
    assert gap(asked, Decimal(value)) == Decimal(missing)


@pytest.mark.parametrize(
    ("sample", "light"),
    [
        (at("99.5"), Light.GREEN),
        (at("99.5", low="99.0", high="99.9"), Light.GREEN),
        (at("99.5", low="98.9", high="99.9"), Light.AMBER),
        (at("98.9"), Light.AMBER),
        (at("70"), Light.RED),
    ],
)
def test_a_light_is_green_only_if_the_less_favourable_bound_keeps_the_promise(sample, light) -> None:
    assert judge(promise("≥", "99"), [sample], Nature.LEVEL, 2022).light is light


def test_nothing_measured_is_grey_and_has_no_figure() -> None:
    verdict = judge(promise("≥", "99"), [], Nature.LEVEL, 2022)
    assert verdict.light is Light.GREY
    assert (verdict.value, verdict.gap, verdict.attainment, verdict.trend, verdict.forecast.value) == (None,) * 5
    assert verdict.sentence == "尚无数据测量这项指标。"


def test_a_count_on_its_way_is_amber_and_says_what_it_rests_on() -> None:
    verdict = judge(promise("≥", "2", "次"), [at("1", date(2022, 6, 30))], Nature.CUMULATIVE, 2022)
    assert verdict.light is Light.AMBER
    assert verdict.forecast.value == Decimal("2.0166")
    assert "181天" in verdict.forecast.basis


def test_a_missed_count_is_red_once_the_year_is_over() -> None:
    verdict = judge(promise("≥", "2", "次"), [at("1")], Nature.CUMULATIVE, 2022)
    assert verdict.light is Light.RED
    assert "差1次" in verdict.sentence


@pytest.mark.parametrize(("day", "said"), [(29, False), (30, True)])
def test_a_running_total_is_not_forecast_from_a_few_days(day: int, said: bool) -> None:
    on = date(2022, 1, 1) + timedelta(days=day - 1)
    assert (forecast([at("1", on)], Nature.CUMULATIVE, 2022, light_rules()).value is not None) is said


@pytest.mark.parametrize(("last", "way"), [("1.5", Trend.BETTER), ("2.5", Trend.WORSE), ("2.005", Trend.STEADY)])
def test_a_trend_is_seen_from_the_promise(last: str, way: Trend) -> None:
    samples = [at("2", date(2022, 5, 1)), at(last, date(2022, 6, 1))]
    assert trend(promise("≤", "2", "小时"), samples, light_rules()) is way


@given(sign=COMPARATORS, target=TARGETS, one=VALUES, other=VALUES)
def test_the_value_with_the_larger_gap_attains_no_less(sign, target, one, other) -> None:
    asked = Promise(comparator=sign, target=target)
    worse, better = sorted((one, other), key=lambda v: (gap(asked, v), v))
    low, high = attainment(asked, worse), attainment(asked, better)
    assert low is not None
    assert high is not None
    assert low <= high or sign is Comparator.EQ
    assert not keeps(asked, worse) or keeps(asked, better)


@given(sign=COMPARATORS, target=TARGETS, value=VALUES, spread=st.decimals(0, 10, places=2))
def test_green_means_that_every_value_between_the_bounds_keeps_the_promise(sign, target, value, spread) -> None:
    asked = Promise(comparator=sign, target=target)
    sample = Sample(on=END, value=value, low=value - spread, high=value + spread)
    verdict = judge(asked, [sample], Nature.LEVEL, 2022)
    kept = all(keeps(asked, v) for v in (value - spread, value, value + spread))
    assert (verdict.light is Light.GREEN) == kept
    assert gap(asked, least_favourable(asked, sample)) <= gap(asked, value)


@given(total=st.integers(0, 500), day=st.integers(30, 364))
def test_a_forecast_is_never_below_the_running_total(total: int, day: int) -> None:
    sample = at(str(total), date(2022, 1, 1) + timedelta(days=day - 1))
    ahead = forecast([sample], Nature.CUMULATIVE, 2022, light_rules()).value
    assert ahead is not None
    assert ahead >= total
