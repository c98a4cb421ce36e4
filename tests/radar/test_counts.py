"""Counts: bursts are rarer than chance, slow rises add up, forecasts hold as often as they claim."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import poisson

from yunshu.lib.radar import bursts, drifts, forecast, trend

MONDAY = date(2025, 1, 6)


def chance(seed):
    return np.random.default_rng(seed)


def test_a_burst_is_found_on_its_day_with_what_was_usual():
    [burst] = bursts([1, 0, 2, 1, 1, 0, 1] * 6 + [9])

    assert (burst.at, burst.count) == (42, 9)
    assert burst.expected == pytest.approx(6 / 7)
    assert burst.chance < 1e-4


def test_the_chance_is_that_of_poisson_where_the_days_before_are():
    counts = [4, 3, 5, 2, 6, 4, 4] * 4 + [14]
    [burst] = bursts(counts)

    assert burst.chance == pytest.approx(float(poisson.sf(13, 4)))


def test_a_quiet_stream_seldom_cries_wolf():
    alarms = sum(len(bursts([int(v) for v in chance(seed).poisson(3, 365)])) for seed in range(20))

    assert alarms < 20 * 365 * 0.004


def test_a_scattered_stream_needs_more_than_a_quiet_one():
    wild = [0, 0, 12, 0, 1, 0, 11] * 5

    assert bursts([*wild, 13]) == []
    assert bursts([3, 4, 3, 3, 4, 3, 4] * 5 + [13])


@pytest.mark.parametrize("counts", [[], [5] * 10, [0] * 60])
def test_too_few_days_or_nothing_at_all_say_nothing(counts):
    assert (bursts(counts), drifts(counts), forecast(counts[:50], MONDAY, 7)) == ([], [], [])


def test_a_slow_rise_is_seen_by_adding_up_though_no_day_is_a_burst():
    counts = [2, 1, 3, 2, 2, 1, 3] * 6 + [4, 5, 4, 5, 4, 5, 4]

    assert [burst for burst in bursts(counts) if burst.at >= 42] == []
    assert drifts(counts)[0].at >= 42


def test_a_steady_stream_does_not_drift():
    assert drifts([2, 1, 3, 2, 2, 1, 3] * 20) == []


def week_after_week(seed, days):
    usual = np.array([12, 10, 9, 9, 10, 4, 3])
    return [int(value) for value in chance(seed).poisson(usual[np.arange(days) % 7])]


def test_the_interval_holds_about_as_often_as_it_claims():
    held = []
    for seed in range(30):
        counts = week_after_week(seed, 207)
        ahead = forecast(counts[:200], MONDAY, 7)
        held += [day.low <= real <= day.high for day, real in zip(ahead, counts[200:], strict=True)]

    assert 0.75 <= np.mean(held) <= 0.98


def test_a_forecast_knows_the_days_of_the_week_and_its_dates():
    ahead = forecast(week_after_week(1, 210), MONDAY, 7)

    assert ahead[0].day == MONDAY + timedelta(days=210)
    assert min(ahead[:5], key=lambda day: day.mean).mean > ahead[6].mean
    assert all(0 <= day.low <= day.mean <= day.high for day in ahead)


def test_two_years_teach_the_time_of_the_year():
    days = np.arange(2 * 365 + 180)
    counts = [int(v) for v in chance(3).poisson(10 + 6 * np.sin(2 * np.pi * days / 365))]
    ahead = forecast(counts[: 2 * 365 + 100], MONDAY, 60)

    assert ahead[-1].mean < ahead[0].mean - 1


def test_a_trend_is_certain_only_beyond_chance():
    rising, steady = trend([2] * 28 + [4] * 28), trend([2] * 28 + [2] * 27 + [3])

    assert rising is not None
    assert rising.certain
    assert rising.ratio == pytest.approx(2)
    assert steady is not None
    assert not steady.certain
    assert trend([1] * 20) is None
