"""Budgets, burn rates, composites and root causes."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.availability import (
    BURN_ALERTS,
    Graph,
    Need,
    Span,
    State,
    StateLine,
    Stretch,
    burn_rate,
    burning,
    error_budget,
    k_of_n,
    parallel,
    series,
    together,
)

DAY = 86_400
PERIOD = Span(0, 30 * DAY)
THREE_NINES = Fraction(999, 1000)


def line(*outages: tuple[int, int], state: State = State.DOWN, end: int = 30 * DAY) -> StateLine:
    edges, out, at = sorted(outages), [], 0
    for a, b in edges:
        out += [Stretch(at, a, State.UP), Stretch(a, b, state)]
        at = b
    parts = [*out, Stretch(at, end, State.UP)]
    return StateLine(0, end, tuple(s for s in parts if s.start < s.end))


def test_a_budget_of_three_nines_is_2592_seconds_in_thirty_days() -> None:
    budget = error_budget(line((0, 592)), THREE_NINES)
    assert budget.allowed_s == 2592
    assert budget.left_low_s == budget.left_high_s == 2000


def test_what_is_unknown_is_spent_only_perhaps() -> None:
    budget = error_budget(line((0, 592), state=State.UNKNOWN), THREE_NINES)
    assert (budget.left_low_s, budget.left_high_s) == (2000, 2592)


def test_one_hour_wholly_down_burns_a_thousand_times_too_fast() -> None:
    assert burn_rate(line((DAY, DAY + 3600)), THREE_NINES, window_s=3600, at=DAY + 3600).low == 1000


def test_an_alert_fires_while_both_windows_burn_and_ends_with_the_short_one() -> None:
    seen = line((DAY, DAY + 600))
    fast = BURN_ALERTS[0]
    assert fast in burning(seen, THREE_NINES, at=DAY + 600)
    assert fast not in burning(seen, THREE_NINES, at=DAY + 600 + 300)


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(3, 2)])
def test_a_target_outside_nought_and_one_is_refused(target: Fraction) -> None:
    with pytest.raises(ValueError, match="target"):
        error_budget(line(), target)


@given(states=st.lists(st.sampled_from(list(State)), min_size=1, max_size=5), data=st.data())
def test_unknown_is_what_up_and_down_would_disagree_on(states: list[State], data: st.DataObject) -> None:
    """Without maintenance and closures, the whole is UNKNOWN exactly if the unknown parts decide."""
    states = [s for s in states if s not in (State.MAINT, State.NOT_IN_SERVICE)] or [State.UP]
    least = data.draw(st.integers(1, len(states)))
    unknown = [i for i, s in enumerate(states) if s is State.UNKNOWN]
    outcomes = set()
    for guess in product([State.UP, State.DOWN], repeat=len(unknown)):
        world = list(states)
        for index, state in zip(unknown, guess, strict=True):
            world[index] = state
        outcomes.add(together(world, least) is State.DOWN)
    whole = together(states, least)
    assert (whole is State.UNKNOWN) == (len(outcomes) == 2)
    assert (whole is State.DOWN) == (outcomes == {True})


def test_a_pair_of_lines_is_degraded_with_one_and_down_with_none() -> None:
    graph = Graph({"egress": parallel("line1", "line2")})
    lines = {"line1": line((100, 300)), "line2": line((200, 400))}
    egress = graph.compose(lines, PERIOD)["egress"]
    assert [egress.at(t) for t in (50, 150, 250, 350, 450)] == [
        State.UP,
        State.DEGRADED,
        State.DOWN,
        State.DEGRADED,
        State.UP,
    ]


def test_a_system_is_down_for_its_users_when_what_it_stands_on_is() -> None:
    graph = Graph({"oa": series("cloud", "egress"), "cloud": series("room"), "egress": parallel("line1", "line2")})
    lines = {n: line() for n in ("oa", "cloud", "line1", "line2")} | {"room": line((100, 200))}
    composed = graph.compose(lines, PERIOD)
    assert composed["oa"].seconds(State.DOWN) == 100
    assert lines["oa"].seconds(State.DOWN) == 0


def test_maintenance_of_a_needed_part_excuses_but_an_outage_beside_it_does_not() -> None:
    assert together([State.MAINT, State.UP], 2) is State.MAINT
    assert together([State.MAINT, State.DOWN], 2) is State.DOWN
    assert together([State.MAINT, State.UP], 1) is State.DEGRADED
    assert together([State.NOT_IN_SERVICE, State.NOT_IN_SERVICE], 2) is State.NOT_IN_SERVICE
    assert together([State.NOT_IN_SERVICE, State.UP], 2) is State.UP


def test_a_circle_of_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        Graph({"a": series("b"), "b": series("a")})


def test_a_need_of_more_than_there_is_is_refused() -> None:
    with pytest.raises(ValueError, match="between one and all"):
        Need(("a",), 2)


ROOM = {"power": 0} | {f"host{n}": 0 for n in range(300)}
ROOM_GRAPH = Graph(
    {f"host{n}": series("power") for n in range(300)} | {"site": k_of_n(200, *[f"host{n}" for n in range(300)])}
)


def test_one_rooms_power_loss_is_one_fault() -> None:
    [fault] = ROOM_GRAPH.faults([*ROOM, "site"])
    assert (fault.cause, len(fault.explains), fault.inferred) == ("power", 301, False)


def test_the_power_without_a_sensor_is_inferred_only_if_all_that_hangs_on_it_is_down() -> None:
    hosts = [f"host{n}" for n in range(300)]
    [fault] = ROOM_GRAPH.faults(hosts, observed=hosts)
    assert (fault.cause, fault.inferred, len(fault.explains)) == ("power", True, 300)
    assert len(ROOM_GRAPH.faults(hosts[:299], observed=hosts)) == 299


def test_a_node_that_two_causes_explain_stands_under_each() -> None:
    graph = Graph({"oa": series("a", "b")})
    assert [(f.cause, f.explains) for f in graph.faults(["oa", "a", "b"])] == [("a", ("oa",)), ("b", ("oa",))]


def test_one_line_of_two_does_not_explain_the_system() -> None:
    graph = Graph({"oa": parallel("line1", "line2")})
    assert [f.cause for f in graph.faults(["oa", "line1"])] == ["line1", "oa"]
