"""The veto 站点无法访问: what fails, what is left out, what is too little to say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.rules.availability import (
    DAY,
    TERMS,
    Look,
    Verdict,
    Window,
    days_of,
    fails,
    rounds,
    week,
)

pytestmark = pytest.mark.slow

END = datetime(2026, 7, 15, tzinfo=UTC)
START = END - 7 * DAY
FIVE = timedelta(minutes=5)


def visits(failing: set[int] = frozenset(), *, every: timedelta = FIVE, count: int = 2016) -> list[Look]:  # type: ignore[assignment]
    return [Look(START + n * every, n not in failing, 300) for n in range(count)]


@pytest.mark.parametrize(
    ("look", "failed"),
    [
        (Look(END, True, 15_000), False),
        (Look(END, True, 15_001), True),
        (Look(END, False, 20), True),
        (Look(END, False, None), True),
        (Look(END, True, None), False),
    ],
)
def test_a_visit_fails_when_it_is_not_open_after_fifteen_seconds(look: Look, failed: bool) -> None:
    assert fails(look) is failed


@pytest.mark.parametrize(("count", "verdict"), [(100, Verdict.OPEN), (101, Verdict.UNREACHABLE)])
def test_five_in_a_hundred_is_the_limit_and_counts(count: int, verdict: Verdict) -> None:
    found = week(visits(set(range(count))), (), END)
    assert (found.all.visits, found.all.fails, found.verdict) == (2016, count, verdict)
    exactly = week(visits(set(range(7)), every=timedelta(hours=1, minutes=12), count=140), (), END)
    assert (exactly.all.share, exactly.is_veto) == (0.05, True)


def test_a_site_that_is_down_nearly_always_is_being_rebuilt_or_closed() -> None:
    assert week(visits(set(range(1612))), (), END).verdict is Verdict.UNREACHABLE
    assert week(visits(set(range(1613))), (), END).verdict is Verdict.OFFLINE


def test_too_few_visits_on_one_day_prove_nothing() -> None:
    gap = [look for look in visits(set(range(500))) if not START + DAY <= look.at < START + DAY + timedelta(hours=1.3)]
    found = week(gap, (), END)
    assert (found.days_short, found.verdict) == (1, Verdict.UNPROVEN)
    assert week([], (), END).verdict is Verdict.UNPROVEN


def test_maintenance_registered_beforehand_excuses_and_afterwards_does_not() -> None:
    failing = set(range(300))
    window = Window(START, START + 300 * FIVE, START - timedelta(seconds=1))
    found = week(visits(failing), [window], END)
    assert (found.excused, found.all.fails, found.verdict) == (300, 0, Verdict.OPEN)
    late = replace(window, known_at=window.start + timedelta(seconds=1))
    assert week(visits(failing), [late], END).is_veto


def test_a_day_wholly_in_maintenance_lacks_no_visits() -> None:
    window = Window(START, START + DAY, START)
    assert week([look for look in visits() if look.at >= START + DAY], [window], END).verdict is Verdict.OPEN


def test_what_one_vantage_could_open_was_open() -> None:
    here = visits(set(range(2016)))
    there = [Look(look.at + timedelta(seconds=7), True, 100) for look in here]
    found = week([*here, *there], (), END)
    assert (found.all.visits, found.all.fails, found.split) == (2016, 0, 2016)
    both = week([*here, *(replace(look, ok=False) for look in there)], (), END)
    assert both.verdict is Verdict.OFFLINE


def test_days_of_the_week_add_up_to_it() -> None:
    looks = visits({1, 2, 3, 1000, 2015})
    days = days_of(looks, (), END)
    assert [day.start for day in days] == [START + n * DAY for n in range(7)]
    assert [day.all.fails for day in days] == [3, 0, 0, 1, 0, 0, 1]


@given(failing=st.sets(st.integers(0, 2015), max_size=2016))
def test_the_share_is_what_was_counted_and_the_strict_sample_is_part_of_it(failing: set[int]) -> None:
    found = week(visits(failing), (), END)
    assert found.all.fails == len(failing)
    assert found.strict.visits == TERMS.visits_a_day * TERMS.days
    assert found.strict.fails <= found.all.fails
    assert found.is_veto == (len(failing) / 2016 >= TERMS.veto_share)


@given(
    failing=st.sets(st.integers(0, 2015), max_size=400),
    start=st.integers(0, 2000),
    length=st.integers(1, 300),
)
def test_maintenance_never_makes_more_failures_and_takes_out_what_it_covers(
    failing: set[int], start: int, length: int
) -> None:
    window = Window(START + start * FIVE, START + (start + length) * FIVE, START)
    plain, kept = week(visits(failing), (), END), week(visits(failing), [window], END)
    covered = set(range(start, start + length))
    assert kept.all.fails == len(failing - covered)
    assert kept.excused + kept.all.visits == plain.all.visits


@given(st.lists(st.integers(0, 7 * 86_400 - 1), min_size=1, max_size=60), st.randoms())
def test_order_does_not_matter_and_a_round_is_one_visit(seconds: list[int], random: object) -> None:
    looks = [Look(START + timedelta(seconds=s), s % 3 == 0, s) for s in seconds]
    mixed = sorted(looks, key=lambda look: hash((look.at, str(random))))
    assert rounds(looks) == rounds(mixed)
    assert len(rounds(looks)) == len({s // TERMS.round_s for s in seconds})
