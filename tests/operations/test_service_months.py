"""What late answers and outages cost a vendor, the figure for the performance table, the hotline's door."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.operations.incident_world import Ops

from yunshu.domains.directory.contracts import System
from yunshu.domains.operations import api
from yunshu.domains.operations.incident_metrics import RESPONSE, RESPONSE_12345
from yunshu.domains.operations.models import Incident, IncidentTarget, Penalty, ServiceClause
from yunshu.domains.operations.selectors import service_months as selectors
from yunshu.domains.operations.services import changes, penalties
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused
from yunshu.lib.kernel.measure import Scope

HOTLINE = System(name="热线")


@pytest.fixture
def ops(db: None) -> Ops:
    """The middle of a month that is over."""
    world = Ops()
    first = clock.city_date(world.now).replace(day=1) - timedelta(days=1)
    start, _end = selectors.bounds(first)
    world.now = start + timedelta(days=10)
    return world


def clause(ops: Ops, **more: Any) -> ServiceClause:
    return ops.clause(**more)


def answered(ops: Ops, after_h: float, **more: Any) -> Incident:
    row = ops.report(**more)
    ops.later(hours=after_h)
    return ops.move(row, "respond")


def proposed(ops: Ops) -> list[Penalty]:
    month = clock.city_date(ops.now)
    return penalties.propose_penalties(actor=ops.manager, month=month, now=clock.now())


def vendored(ops: Ops, **more: Any) -> Any:
    return ops.target("oa", "办公系统", contract="HT-1", scopes=["oa"], **more)


def test_each_late_answer_costs_what_the_clause_says_with_its_incidents(ops: Ops) -> None:
    clause(ops)
    target = vendored(ops)
    late = answered(ops, 2, target=target.number, priority="P2")
    other = ops.target("web", "网站")
    answered(ops, 9, target=other.number, priority="P2")
    (row,) = proposed(ops)
    assert (row.quantity, row.amount_yuan, row.state) == (1, Decimal(500), "proposed")
    assert [b["number"] for b in row.basis] == [late.number]
    assert row.terms["words"] == "响应超过约定时间的，每次扣 500 元。"
    assert [p.pk for p in proposed(ops)] == [row.pk]


def test_downtime_is_counted_in_the_month_without_approved_windows_and_twice_under_two_incidents_once(ops: Ops) -> None:
    clause(ops, metric="downtime_hours", allowance=Decimal(1), rate=Decimal(100))
    target = vendored(ops)
    rows = [ops.report(), ops.report(title="别的")]
    for row in rows:
        span = {"since": ops.now, "until": ops.now + timedelta(hours=6)}
        IncidentTarget.objects.create(incident=row, target=target, **span)
    (row,) = proposed(ops)
    assert (row.quantity, row.amount_yuan) == (6, Decimal(500))


def test_work_beyond_its_window_is_downtime_too(ops: Ops) -> None:
    clause(ops, metric="downtime_hours", rate=Decimal(100))
    target, asked = vendored(ops), clock.now()
    change = ops.change(
        targets=[target.number], starts_at=asked + timedelta(hours=1), ends_at=asked + timedelta(hours=3)
    )
    changes.move_change(actor=ops.manager, number=change.number, verb="approve", reason="", now=asked)
    for verb, hours in (("begin", 1), ("finish", 5)):
        at = asked + timedelta(hours=hours)
        changes.move_change(actor=ops.engineer, number=change.number, verb=verb, reason="完成。", now=at)
    found, basis = selectors.quantity(ServiceClause.objects.get(), clock.city_date(asked), asked + timedelta(days=40))
    assert found == sum(b.hours for b in basis)
    assert found > 0


def test_nothing_is_proposed_where_nothing_is_owed_nor_outside_the_clauses_time(ops: Ops) -> None:
    clause(ops, valid_to=clock.city_date(ops.now) - timedelta(days=1))
    answered(ops, 9, target=vendored(ops).number, priority="P2")
    assert proposed(ops) == []


def test_a_deduction_is_decided_once_and_by_a_person_with_a_reason(ops: Ops) -> None:
    clause(ops)
    answered(ops, 2, target=vendored(ops).number, priority="P2")
    (row,) = proposed(ops)
    words = {"actor": ops.manager, "number": row.number, "now": clock.now()}
    with pytest.raises(Refused) as refused:
        penalties.decide_penalty(confirms=False, reason=" ", **words)
    assert refused.value.code == "reason_missing"
    penalties.decide_penalty(confirms=True, reason="", **words)
    with pytest.raises(Conflict):
        penalties.decide_penalty(confirms=False, reason="改主意", **words)
    with pytest.raises(DatabaseError), transaction.atomic():
        Penalty.objects.filter(pk=row.pk).update(amount_yuan=0)
    assert proposed(ops) == []


def test_a_month_that_is_not_over_is_not_reckoned(ops: Ops) -> None:
    with pytest.raises(Refused) as refused:
        penalties.propose_penalties(actor=ops.manager, month=clock.city_date(clock.now()), now=clock.now())
    assert refused.value.code == "month_not_over"


def test_the_months_report_counts_what_was_in_time(ops: Ops) -> None:
    answered(ops, 0.5, priority="P2")
    answered(ops, 3, priority="P2")
    found = selectors.month_of(ops.manager, clock.city_date(ops.now), clock.now())
    (line,) = found.lines
    assert (line.priority, line.count, line.answered, line.longest_response) == ("P2", 2, 1, Decimal("3.00"))


def scope(ops: Ops) -> Scope:
    day = clock.city_date(ops.now)
    return Scope(org_code=ops.bureau.code, starts_on=day - timedelta(days=1), ends_on=day + timedelta(days=1))


def test_the_indicator_is_the_longest_answer_and_turns_before_anybody_answers(ops: Ops) -> None:
    assert RESPONSE_12345.measure(scope(ops)).value is None
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    answered(ops, 1.5, target=system.number)
    answered(ops, 30)
    measured = RESPONSE_12345.measure(scope(ops))
    assert (measured.value, measured.numerator, measured.denominator) == (Decimal("1.50"), 1, 1)
    waiting = ops.report(target=ops.target("hotline-2", "12345 话务", scopes=["12345"]).number)
    later = RESPONSE_12345.measure(scope(ops))
    assert later.value is not None
    assert later.value > 2
    assert [r.number for r in later.records][-1] == waiting.number
    assert later.made_from != measured.made_from
    assert RESPONSE.measure(scope(ops)).denominator == 3


def test_a_second_past_the_promise_is_past_it(ops: Ops) -> None:
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    answered(ops, 2 + 1 / 3600, target=system.number)
    assert RESPONSE_12345.measure(scope(ops)).value == Decimal("2.01")


def test_a_ticket_that_joins_another_report_is_found_by_its_number_and_told_once(ops: Ops) -> None:
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    row = ops.report(target=system.number)
    words = {"ticket": "12345-2", "org_code": ops.unit.code, "title": "打不通", "target": system.number}
    cards = [api.report_from_hotline(actor=HOTLINE, now=ops.now, **words) for _ in range(2)]
    assert {c.number for c in cards} == {row.number, api.incident_of_ticket("12345-2").number}  # type: ignore[union-attr]
    assert list(row.steps.values_list("verb", flat=True)) == ["open", "also_reported"]


def test_a_ticket_of_the_hotline_is_one_incident_however_often_it_is_passed_on(ops: Ops) -> None:
    words = {"ticket": "12345-1", "org_code": ops.unit.code, "title": "系统打不开", "scopes": ("12345",)}
    cards = [api.report_from_hotline(actor=HOTLINE, now=ops.now, **words) for _ in range(2)]
    assert cards[0] == cards[1] == api.incident_of_ticket("12345-1")
    row = Incident.objects.get()
    assert (row.origin, row.level.code) == ("hotline", "hotline-12345")
    assert api.incident_of_ticket("") is None
