"""The table of a finding's life as a whole: what is true of every step."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.choices import FindingState, Severity
from yunshu.domains.inspection.rules import fingerprints, life, notice_life
from yunshu.domains.workflow.contracts import check_flow

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
STATES = st.sampled_from(life.STATES)


def test_the_table_speaks_of_the_states_that_exist_and_every_state_is_reached() -> None:
    assert set(life.STATES) == set(FindingState.values)
    assert {step.target for step in life.STEPS} == set(life.STATES)
    assert {source for step in life.STEPS for source in step.sources} <= set(life.STATES)
    assert len(life.OF_VERB) == len(life.STEPS)


@pytest.mark.parametrize("severity", Severity.values)
def test_every_severity_has_a_limit_with_its_source(severity: str) -> None:
    (due,) = [due for due in life.DUES if due.code == severity]
    assert due.amount > 0
    assert due.source


def test_no_veto_is_confirmed_in_one_step() -> None:
    assert life.confirming("new", "veto") == "first"
    assert life.OF_VERB["first"].target == "second"
    assert life.confirming("second", "veto") == "second"
    assert {life.confirming("new", s) for s in Severity.values if s != "veto"} == {"accept"}


@given(state=STATES, severity=st.sampled_from(Severity.values))
def test_what_confirms_is_possible_where_it_is_offered(state: str, severity: str) -> None:
    verb = life.confirming(state, severity)
    assert bool(verb) == (state in life.QUEUED)
    assert not verb or life.step_of(verb, state) is not None


@given(state=STATES, ago=st.integers(-5, 5), until=st.integers(-5, 5))
def test_a_recurrence_is_a_step_of_the_table_and_never_older_than_the_end(state: str, ago: int, until: int) -> None:
    gone_at, waived = NOON - timedelta(days=ago), date(2026, 6, 1) + timedelta(days=until)
    verb = life.recurring(state, NOON, gone_at, waived, date(2026, 6, 1))
    assert not verb or (life.step_of(verb, state) is not None and gone_at < NOON)
    assert verb != "reopen" or state == "closed" or waived < date(2026, 6, 1)


def test_the_flow_of_a_notice_can_be_walked() -> None:
    assert check_flow(notice_life.NOTICE_LIFE) == []


@given(stage=st.sampled_from(("mending", "checking", "done")), states=st.lists(STATES, min_size=1))
def test_the_step_of_a_notice_is_possible_and_then_none_is_due(stage: str, states: list[str]) -> None:
    verb = notice_life.verb_for(stage, states)
    step = notice_life.NOTICE_LIFE.transition(stage, verb)
    assert bool(verb) == (step is not None)
    assert step is None or notice_life.verb_for(step.target, states) == ""


@given(st.text(max_size=8), st.text(max_size=8))
def test_two_keys_make_two_fingerprints(one: str, other: str) -> None:
    marks = {fingerprints.fingerprint("tls", "4452000001", key) for key in (one, other)}
    assert len(marks) == len({one, other})
