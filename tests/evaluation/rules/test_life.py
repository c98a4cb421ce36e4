"""The life of a table: walkable, returnable, each step guarded by the right permission."""

import pytest

from yunshu.domains.evaluation.rules.life import LIFE
from yunshu.domains.workflow.contracts import check_flow

WAY = [
    ("submit", "department_review"),
    ("pass_department", "bureau_review"),
    ("pass_bureau", "finance_comment"),
    ("approve", "approved"),
    ("monitor", "monitoring"),
    ("adjust", "adjusting"),
    ("submit_adjusted", "bureau_review"),
    ("pass_bureau", "finance_comment"),
    ("approve", "approved"),
    ("monitor", "monitoring"),
    ("evaluate", "self_evaluation"),
    ("submit_score", "self_review"),
    ("archive", "archived"),
]


def test_the_flow_can_be_walked_and_ends() -> None:
    assert check_flow(LIFE) == []


def test_the_life_goes_from_draft_to_archive_by_way_of_the_mid_year_adjustment() -> None:
    state = LIFE.initial
    for verb, target in WAY:
        step = LIFE.transition(state, verb)
        assert step is not None
        assert step.target == target
        state = target
    assert LIFE.state(state).final


@pytest.mark.parametrize("step", [t for t in LIFE.transitions if t.is_return], ids=lambda t: t.verb)
def test_whoever_sends_a_table_back_says_why(step) -> None:
    assert step.needs_reason


@pytest.mark.parametrize("state", ["department_review", "bureau_review", "finance_comment", "self_review"])
def test_every_review_can_return_the_table(state: str) -> None:
    assert any(t.is_return for t in LIFE.ways_out(state))


@pytest.mark.parametrize("state", [s for s in LIFE.states if not s.final], ids=lambda s: s.code)
def test_whoever_must_act_is_the_one_who_may(state) -> None:
    assert state.task is not None
    ways = {(t.permission, t.org_role) for t in LIFE.ways_out(state.code)}
    assert (state.task.permission, state.task.org_role) in ways
