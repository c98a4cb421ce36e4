"""The state line against the brute-force oracle, and the cases in which other products err."""

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.availability import oracle
from tests.availability.histories import history

from yunshu.lib.availability import (
    Boundary,
    Evidence,
    Maintenance,
    Policy,
    Run,
    Sample,
    Span,
    State,
    StateLine,
    Verdict,
    gather,
    measure,
    percent,
    state_line,
)

MINUTE = Policy(interval_s=60)


def every_minute(start: int, end: int, *, ok: bool = True, vantage: str = "a") -> list[Sample]:
    return [Sample(at, vantage, ok) for at in range(start, end, 60)]


def by_second(line: StateLine) -> list[State]:
    return [s.state for s in line.stretches for _ in range(s.start, s.end)]


def check(seed: int, length_s: int) -> None:
    case = history(Random(seed), length_s)
    line = state_line(case["samples"], **{k: v for k, v in case.items() if k != "samples"})
    assert by_second(line) == oracle.seconds(**case)
    assert all(a.end == b.start and a.state is not b.state for a, b in pairwise(line.stretches))


@given(seed=st.integers(0, 2**64))
@settings(max_examples=60)
def test_every_second_of_a_random_history_is_as_the_oracle_says(seed: int) -> None:
    check(seed, 1500)


@pytest.mark.slow
def test_every_second_of_five_hundred_random_histories_is_as_the_oracle_says() -> None:
    for seed in range(500):
        check(seed, 2000)


@given(seed=st.integers(0, 2**64))
@settings(max_examples=60)
def test_runs_say_the_same_as_their_samples_in_any_order(seed: int) -> None:
    case = history(Random(seed), 3000)
    samples = list(case.pop("samples"))
    folded = gather(samples, case["policy"])
    assert gather(samples[::-1] + samples, case["policy"]) == folded
    pieces = Evidence(tuple(Run(r.vantage, r.first, r.last, r.state, r.count) for r in folded.runs), folded.doubts)
    assert state_line(pieces, **case) == state_line(samples, **case)


def test_an_outage_while_the_monitor_was_off_is_unknown_and_the_promise_unproven() -> None:
    samples = every_minute(0, 36_000) + every_minute(54_000, 90_000)
    figures = measure(state_line(samples, policy=MINUTE, period=Span(0, 90_000)))
    assert figures.unknown_s == 54_000 - 36_000
    assert (figures.low, figures.high) == (Fraction(72_000, 90_000), Fraction(1))
    assert figures.verdict(Fraction(999, 1000)) is Verdict.UNPROVEN


def test_a_gap_of_two_and_a_half_intervals_is_known_and_one_second_more_is_not() -> None:
    known = state_line([Sample(0, "a", True), Sample(150, "a", True)], policy=MINUTE, period=Span(0, 151))
    unknown = state_line([Sample(0, "a", True), Sample(151, "a", True)], policy=MINUTE, period=Span(0, 152))
    assert known.seconds(State.UNKNOWN) == 0
    assert unknown.seconds(State.UNKNOWN) == 91


@pytest.mark.parametrize(("boundary", "down"), [(Boundary.MIDPOINT, (90, 150)), (Boundary.FIRST_BAD, (120, 180))])
def test_an_outage_begins_where_the_policy_says(boundary: Boundary, down: tuple[int, int]) -> None:
    samples = [Sample(at, "a", at != 120) for at in range(0, 301, 60)]
    line = state_line(samples, policy=Policy(interval_s=60, boundary=boundary), period=Span(0, 300))
    assert [(s.start, s.end) for s in line.stretches if s.state is State.DOWN] == [down]


@pytest.mark.parametrize(("approved", "state"), [(599, State.MAINT), (600, State.DOWN), (None, State.DOWN)])
def test_maintenance_excuses_only_if_approved_before_it_starts(approved: int | None, state: State) -> None:
    samples = every_minute(0, 600) + every_minute(600, 1200, ok=False) + every_minute(1200, 1800)
    line = state_line(samples, policy=MINUTE, period=Span(0, 1800), maintenance=[Maintenance(600, 1200, approved)])
    assert line.at(700) is state


def test_an_overrun_counts_as_down_though_probes_saw_it_up() -> None:
    window = Maintenance(600, 1200, 0, finished_at=1500)
    line = state_line(every_minute(0, 1800), policy=MINUTE, period=Span(0, 1800), maintenance=[window])
    figures = measure(line)
    assert (figures.maint_s, figures.down_s, figures.due_s) == (600, 300, 1200)


def test_a_prober_that_does_not_trust_itself_proves_nothing() -> None:
    samples = [Sample(at, "a", False, trusted=False) for at in range(0, 600, 60)]
    assert measure(state_line(samples, policy=MINUTE, period=Span(0, 600))).unknown_s == 600


def test_two_of_three_vantages_must_see_it_down() -> None:
    policy = Policy(interval_s=60, confirm=2)
    bad, good = every_minute(0, 600, ok=False), every_minute(0, 600, vantage="b")

    def seen(*third: Sample) -> State:
        return state_line([*bad, *good, *third], policy=policy, period=Span(0, 600), vantages="abc").at(300)

    assert seen(*every_minute(0, 600, vantage="c")) is State.DEGRADED
    assert seen(*every_minute(0, 600, ok=False, vantage="c")) is State.DOWN
    assert seen() is State.UNKNOWN


def test_the_second_time_a_clock_tells_an_hour_it_proves_nothing() -> None:
    before = [Sample(at, "a", True, mono_s=float(at)) for at in range(0, 7200, 60)]
    after = [Sample(at - 3600, "a", True, mono_s=float(at)) for at in range(7200, 14_400, 60)]
    line = state_line(before + after, policy=MINUTE, period=Span(0, 10_800))
    assert [(s.start, s.end) for s in line.stretches if s.state is State.UNKNOWN] == [(3600, 7140)]


def test_a_share_is_never_rounded_up_to_a_promise() -> None:
    assert percent(Fraction(99_899_999, 100_000_000), 3) == "99.899"
    assert percent(Fraction(1)) == "100.0000"


def test_nothing_due_is_no_promise_kept() -> None:
    line = state_line([], policy=MINUTE, period=Span(0, 600), out_of_service=[Span(0, 600)])
    assert measure(line).verdict(Fraction(1, 2)) is Verdict.NOTHING_DUE
