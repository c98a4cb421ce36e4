"""Random walks over flows: every registered one, and generated ones; and flows that cannot be walked are refused."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workflow.flows import CHECK, DO, FLOW, step

from yunshu.domains.workflow import registry
from yunshu.domains.workflow.contracts import Clock, Flow, State, check_flow

STEPS = 100_000


def ends(flow: Flow) -> dict[str, int]:
    """Return the least number of steps from each state to an end."""
    distance = {state.code: 0 for state in flow.states if state.final}
    while True:
        nearer = {
            source: 1 + distance[t.target]
            for t in flow.transitions
            for source in t.sources
            if t.target in distance and source not in distance
        }
        if not nearer:
            return distance
        distance |= nearer


def walk(flow: Flow, steps: int, seed: int) -> set[str]:
    """Take ``steps`` random steps, starting over at each end; return the states that were visited."""
    chance, at, paused, seen = random.Random(seed), flow.initial, False, {flow.initial}
    distance = ends(flow)
    for _ in range(steps):
        ways = flow.ways_out(at)
        if not ways:
            assert flow.state(at).final
            at, paused = flow.initial, False
            continue
        way = chance.choice(ways)
        assert flow.transition(at, way.verb) is way
        paused = way.clock is Clock.PAUSE or (paused and way.clock is not Clock.RESUME and way.target == at)
        at = way.target
        seen.add(at)
        assert at in distance
        state = flow.state(at)
        assert state.task or state.final or state.rests or paused
    return seen


@pytest.mark.parametrize("flow", registry.flows(), ids=lambda flow: flow.code)
def test_a_hundred_thousand_random_steps_never_get_lost(flow: Flow) -> None:
    assert walk(flow, STEPS, seed=7) == {state.code for state in flow.states}


@st.composite
def tables(draw: st.DrawFn) -> Flow:
    codes = [f"s{n}" for n in range(draw(st.integers(2, 7)))]
    final = codes[-1]
    states = tuple(State(code=c, name=c, final=c == final) for c in codes)
    pairs = draw(st.sets(st.tuples(st.sampled_from(codes), st.sampled_from(codes)), min_size=1, max_size=15))
    ways = tuple(step(f"{a}-{b}", a, b) for a, b in sorted(pairs))
    return Flow(code="drawn", name="生成", subject="物", initial="s0", states=states, transitions=ways)


@settings(max_examples=300)
@given(flow=tables(), seed=st.integers(0, 10))
def test_a_flow_that_passes_the_check_can_always_be_walked_to_an_end(flow: Flow, seed: int) -> None:
    faults = check_flow(flow)
    reachable_everywhere = set(ends(flow)) == {state.code for state in flow.states}
    if not faults:
        assert reachable_everywhere
        at, chance = flow.initial, random.Random(seed)
        for _ in range(50):
            ways = flow.ways_out(at)
            if not ways:
                break
            at = chance.choice(ways).target
        assert at in ends(flow)
    elif not reachable_everywhere:
        assert any("no way to an end" in fault for fault in faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transitions": FLOW.transitions[:-1]}, "no way to an end"),
        ({"states": (*FLOW.states, State(code="lost", name="孤岛"))}, "never reached"),
        ({"transitions": (*FLOW.transitions, step("submit", "doing", "publishing"))}, "ambiguous"),
        ({"transitions": (*FLOW.transitions, step("reopen", "done", "doing"))}, "final state"),
        ({"transitions": (*FLOW.transitions, step("jump", "doing", "nowhere"))}, "unknown state"),
        (
            {"transitions": (*(t for t in FLOW.transitions if t.verb != "resume"), step("back", "waiting", "doing"))},
            "never resume",
        ),
    ],
)
def test_a_flow_that_cannot_be_walked_is_refused_when_the_program_starts(change: dict[str, object], words: str) -> None:
    bad = replace(FLOW, code="test.bad", **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=words):
        registry.register(bad)


def test_every_verb_of_every_flow_has_a_permission_somebody_declared() -> None:
    from yunshu.lib.kernel.permissions import permissions

    assert {str(DO), str(CHECK)} <= set(permissions())
    for flow in registry.flows():
        assert {t.permission for t in flow.transitions} <= set(permissions())
