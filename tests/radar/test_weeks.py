"""Weeks ahead: the band holds about what it promises, seasons are found, short histories say nothing."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.radar import outlook
from yunshu.lib.radar.weeks import FEWEST, SEASONAL, quantile, scatter

MONDAY = date(2023, 1, 2)


def poisson(mean, chance):
    """Count arrivals in a unit of time."""
    count, at = 0, chance.expovariate(mean)
    while at < 1:
        count, at = count + 1, at + chance.expovariate(mean)
    return count


def held(mean_of, weeks, seeds):
    """Return the share of next weeks that lay in the band."""
    inside = 0
    for seed in seeds:
        chance = random.Random(seed)
        counts = [poisson(mean_of(at), chance) for at in range(weeks + 1)]
        [week] = outlook(counts[:-1], MONDAY, 1)
        inside += week.low <= counts[-1] <= week.high
    return inside / len(seeds)


@pytest.mark.parametrize("mean", [2, 12, 60])
def test_the_band_holds_about_nine_of_ten_weeks(mean):
    assert 0.85 <= held(lambda _: mean, 60, range(200)) <= 1


def test_a_season_of_two_years_is_expected_in_the_third():
    def mean_of(week):
        return 60 if 24 <= week % 52 < 34 else 12

    counts = [poisson(mean_of(at), random.Random(at)) for at in range(SEASONAL + 22)]
    ahead = outlook(counts, MONDAY, 6)

    assert ahead[0].seasonal
    assert ahead[5].mean > 2 * ahead[0].mean


def test_a_short_history_says_nothing():
    assert outlook([5] * (FEWEST - 1), MONDAY, 4) == []
    assert outlook([5] * FEWEST, MONDAY, 4)[0].week == date(2023, 3, 27)


def test_wild_weeks_get_a_wider_band_than_quiet_ones():
    quiet, wild = [10] * 40, [0, 20] * 20

    assert scatter(quiet) == 1
    assert outlook(wild, MONDAY, 1)[0].high > outlook(quiet, MONDAY, 1)[0].high


@given(st.floats(0.01, 2_000), st.floats(1, 20), st.floats(0.01, 0.98))
def test_quantiles_grow_with_their_share(mean, spread, share):
    assert 0 <= quantile(mean, spread, share) <= quantile(mean, spread, share + 0.01)
