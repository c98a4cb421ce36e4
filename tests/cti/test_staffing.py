"""Erlang C against published examples, exact fractions and a simulation."""

import heapq
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.cti.staffing import Load, Target, outlook, staffing, waiting_share
from yunshu.lib.kernel.errors import Refused


def exact(erlangs: Fraction, agents: int) -> Fraction:
    """Return Erlang's C by its definition, with factorials and fractions."""
    last = erlangs**agents / math.factorial(agents) * agents / (agents - erlangs)
    return last / (sum(erlangs**k / math.factorial(k) for k in range(agents)) + last)


def simulated(load: Load, agents: int, within_s: float, calls: int) -> tuple[float, float]:
    """Return the service level and mean wait of so many random calls, first come, first served."""
    chance, now, late, waited = random.Random(7), 0.0, 0, 0.0
    free = [0.0] * agents
    for _ in range(calls):
        now += chance.expovariate(load.calls / load.interval_s)
        wait = max(0.0, heapq.heappop(free) - now)
        heapq.heappush(free, now + wait + chance.expovariate(1 / load.handling_s))
        late, waited = late + (wait > within_s), waited + wait
    return 1 - late / calls, waited / calls


def test_the_published_example_of_360_calls_a_half_hour() -> None:
    """Mitan's worked example, as recalled: 360 calls of 4 min in 30 min, 55 agents: 23.9 % wait, 8.2 s on average."""
    seen = outlook(Load(360, 240, 1800), 55, 15)
    assert Load(360, 240, 1800).erlangs == 48
    assert (round(seen.waiting_share, 3), round(seen.mean_wait_s, 1)) == (0.239, 8.2)
    assert seen.occupancy == pytest.approx(0.873, abs=0.0005)


def test_the_published_example_of_ten_erlangs() -> None:
    """Call Centre Helper's worked example, as recalled: 100 calls of 3 min in 30 min, 80/20, 30 % shrinkage: 14 agents, 88.8 %, 7.8 s, 20 rostered."""
    seen = staffing(Load(100, 180, 1800), Target(0.8, 20), shrinkage=0.3)
    assert (seen.agents, seen.rostered) == (14, 20)
    assert (round(seen.service_level, 3), round(seen.mean_wait_s, 1)) == (0.888, 7.8)


@given(erlangs=st.fractions(Fraction(1, 10), 60), spare=st.integers(1, 20))
def test_it_equals_the_definition_in_exact_fractions(erlangs: Fraction, spare: int) -> None:
    agents = math.floor(erlangs) + spare
    assert waiting_share(float(erlangs), agents) == pytest.approx(float(exact(erlangs, agents)), rel=1e-9)


@pytest.mark.parametrize(("calls", "agents"), [(100, 12), (40, 6), (360, 42)])
def test_a_simulated_half_year_agrees(calls: int, agents: int) -> None:
    load = Load(calls, 180, 1800)
    level, wait = simulated(load, agents, 15, 200_000)
    seen = outlook(load, agents, 15)
    assert seen.service_level == pytest.approx(level, abs=0.015)
    assert seen.mean_wait_s == pytest.approx(wait, rel=0.12)


@given(calls=st.floats(0.1, 3000), handling_s=st.floats(10, 900), share=st.floats(0.5, 0.99), within_s=st.floats(0, 60))
def test_one_agent_fewer_would_miss_the_target(calls: float, handling_s: float, share: float, within_s: float) -> None:
    load = Load(calls, handling_s)
    seen = staffing(load, Target(share, within_s), most_occupancy=1.0)
    assert seen.service_level >= share
    fewer = outlook(load, seen.agents - 1, within_s)
    assert seen.agents == 1 or fewer.service_level < share


def test_nobody_is_needed_for_no_calls_and_too_few_never_catch_up() -> None:
    assert staffing(Load(0, 180)).agents == 0
    assert outlook(Load(100, 180), 10, 15).mean_wait_s == math.inf
    assert waiting_share(1e4, 10_001) < 1


@pytest.mark.parametrize(
    ("load", "target", "shrinkage"),
    [
        (Load(-1, 1), Target(), 0.1),
        (Load(1, 0), Target(), 0.1),
        (Load(1, 1), Target(1.0), 0.1),
        (Load(1, 1), Target(), 1.0),
    ],
)
def test_senseless_figures_are_refused(load: Load, target: Target, shrinkage: float) -> None:
    with pytest.raises(Refused, match="排班测算参数"):
        staffing(load, target, shrinkage=shrinkage)
