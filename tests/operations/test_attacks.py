"""Who must not, cannot: strangers, users, menders who would better their own clocks, forged requests, hostile words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from tests.factories.directory import OrgFactory, signed_in_client, staff
from tests.operations.incident_world import ENGINEER, MANAGER, MENDED, USER, Ops

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations import contracts
from yunshu.domains.operations.incident_metrics import RESPONSE_12345
from yunshu.domains.operations.models import Incident, IncidentReport
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.services import changes, duty, incidents, penalties
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused
from yunshu.lib.kernel.measure import Scope


@pytest.fixture
def ops(db: None) -> Ops:
    return Ops()


def words(actor: Staff, row: Incident, ops: Ops) -> dict[str, Any]:
    return {"actor": actor, "number": row.number, "now": ops.now}


ACTS: dict[str, Callable[[Staff, Incident, Ops], object]] = {
    "respond": lambda who, row, ops: incidents.move_incident(verb="respond", reason="x", **words(who, row, ops)),
    "void": lambda who, row, ops: incidents.move_incident(verb="void", reason="x", **words(who, row, ops)),
    "grade": lambda who, row, ops: incidents.grade_incident(priority="P4", reason="x", **words(who, row, ops)),
    "raise": lambda who, row, ops: incidents.grade_incident(priority="P1", reason="x", **words(who, row, ops)),
    "assign": lambda who, row, ops: incidents.assign_incident(person_id=who.person_id, **words(who, row, ops)),
    "merge": lambda who, row, ops: incidents.merge_incident(
        into=ops.report(title="另一件").number, reason="x", **words(who, row, ops)
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_from_another_city_an_incident_is_absent_whatever_one_holds_there(ops: Ops, act: str) -> None:
    row = ops.report()
    stranger = staff((*ENGINEER, *MANAGER, *USER), org=OrgFactory())
    with pytest.raises(NotFound):
        ACTS[act](stranger, row, ops)
    row.refresh_from_db()
    assert (row.stage, row.priority, row.steps.count()) == (life.REPORTED, "P3", 1)


@pytest.mark.parametrize("act", ACTS)
def test_who_reports_does_not_mend(ops: Ops, act: str) -> None:
    row = ops.report()
    with pytest.raises(NotPermitted):
        ACTS[act](ops.user, row, ops)


@pytest.mark.parametrize("act", ["void", "grade"])
def test_who_mends_can_make_nothing_lighter_alone(ops: Ops, act: str) -> None:
    row = ops.report()
    with pytest.raises(NotPermitted):
        ACTS[act](ops.engineer, row, ops)
    assert ACTS[act](ops.manager, row, ops)


def test_a_mender_may_call_it_graver(ops: Ops) -> None:
    ACTS["raise"](ops.engineer, row := ops.report(), ops)
    row.refresh_from_db()
    assert row.priority == "P1"


def other_unit(ops: Ops) -> Staff:
    return staff(USER, org=OrgFactory(parent=ops.city, kind=Org.Kind.DEPARTMENT))


def test_a_second_unit_sees_the_fault_it_reported_and_confirms_nothing(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number)
    second, third = other_unit(ops), other_unit(ops)
    spec = incidents.ReportSpec(title="我们也打不开", target=ops.systems[0].number, contact="0663-1234567")
    joined = incidents.report_incident(actor=second, org_code=second.org_code, spec=spec, now=ops.now)
    assert joined == row
    address = reverse("operations:incident", args=[row.number])
    seen = {w: browser(w).get(address) for w in (ops.engineer, second, third)}
    assert [seen[w].status_code for w in (ops.engineer, second, third)] == [200, 200, 404]
    assert "0663-1234567" in seen[ops.engineer].content.decode()
    assert "0663-1234567" not in seen[second].content.decode()
    ops.move(row, "respond")
    ops.restore(row)
    with pytest.raises(NotPermitted):
        ops.move(row, "confirm", second)
    ops.move(row, "confirm", ops.user)


def browser(who: Staff) -> Client:
    return signed_in_client(Person.objects.get(pk=who.person_id))


def test_merging_hides_nothing_from_the_indicator(ops: Ops) -> None:
    ops.report(title="打印慢", priority="P4")
    kept = Incident.objects.get()
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    ops.later(hours=1)
    row = ops.report(target=system.number, priority="P2", ticket="12345-7")
    incidents.merge_incident(into=kept.number, reason="同一故障", **words(ops.engineer, row, ops))
    kept.refresh_from_db()
    assert (kept.priority, kept.level.code, kept.scopes) == ("P2", "hotline-12345", ["12345"])
    assert set(kept.reports.values_list("ticket", flat=True)) == {"", "12345-7"}
    day = clock.city_date(kept.opened_at)
    measured = RESPONSE_12345.measure(Scope(org_code=ops.bureau.code, starts_on=day, ends_on=day))
    assert [r.number for r in measured.records] == [kept.number]


def test_false_alarms_are_left_out_of_the_indicator_but_not_in_silence(ops: Ops) -> None:
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    ops.move(ops.report(target=system.number), "void", ops.manager, "演练。")
    day = clock.city_date(ops.now)
    measured = RESPONSE_12345.measure(Scope(org_code=ops.bureau.code, starts_on=day, ends_on=day))
    assert (measured.value, measured.denominator) == (None, 0)
    assert "1 件经审批认定为误报" in measured.note


def test_a_fault_cannot_be_merged_into_one_out_of_sight_or_of_others(ops: Ops) -> None:
    foreign = ops.target("foreign", "别处的系统", org=OrgFactory())
    other = ops.report(target=foreign.number)
    row = ops.report()
    mender = staff((contracts.TARGET_VIEW, contracts.INCIDENT_HANDLE), org=ops.city)
    for actor, error in ((mender, NotFound), (ops.engineer, NotPermitted)):
        with pytest.raises(error):
            incidents.merge_incident(into=other.number, reason="x", **words(actor, row, ops))
    row.refresh_from_db()
    assert row.stage == life.REPORTED


def test_what_was_reported_stays_said_and_a_telephone_number_can_be_erased(ops: Ops) -> None:
    ops.report(contact="0663-1234567", ticket="T1")
    rows = IncidentReport.objects.all()
    for act in (lambda: rows.update(words="别的"), lambda: rows.update(ticket="T2"), lambda: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert rows.update(contact="") == 1


def test_nobody_reports_for_a_unit_that_is_not_theirs(ops: Ops) -> None:
    second = other_unit(ops)
    spec = incidents.ReportSpec(title="x")
    with pytest.raises(NotPermitted):
        incidents.report_incident(actor=second, org_code=ops.unit.code, spec=spec, now=ops.now)
    answer = browser(second).post(
        reverse("operations:new_incident"), {"title": "x", "org": ops.unit.code, "priority": "P3"}
    )
    assert (answer.status_code, Incident.objects.count()) == (422, 0)


@pytest.mark.parametrize("name", ["act_incident", "act_change", "drop_turn", "decide_penalty", "answer_swap"])
def test_a_step_is_never_taken_by_a_link_or_without_the_token(ops: Ops, name: str) -> None:
    address = reverse(f"operations:{name}", args=[1 if name in {"drop_turn", "answer_swap"} else "X"])
    person = Person.objects.get(pk=ops.manager.person_id)
    assert signed_in_client(person).get(address).status_code == 405
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert forged.post(address, {"verb": "approve"}).status_code == 403
    assert Client().post(address).headers["Location"].startswith("/accounts/login/")


def test_hostile_words_are_shown_as_words(ops: Ops) -> None:
    row = ops.report(title="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    ops.move(row, "respond", reason="<b>已到场</b>")
    for name, args in (("incident", [row.number]), ("board", []), ("incidents", [])):
        page = browser(ops.engineer).get(reverse(f"operations:{name}", args=args)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>已到场" not in page


def test_a_formula_in_a_title_is_no_formula_in_the_export(ops: Ops) -> None:
    ops.report(title="=HYPERLINK(1)")
    answer = browser(ops.engineer).get(reverse("operations:incidents"), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    assert "HYPERLINK" in text
    assert ",=HYPERLINK" not in text


def test_windows_duty_and_deductions_of_others_are_absent(ops: Ops) -> None:
    change, turn, penalty = ops.change(), ops.turn(), ops.penalty()
    stranger = staff((*ENGINEER, *MANAGER), org=OrgFactory())
    acts = (
        lambda: changes.move_change(actor=stranger, number=change.number, verb="approve", reason="", now=ops.now),
        lambda: duty.drop_turn(actor=stranger, turn_id=turn.pk, now=ops.now),
        lambda: penalties.decide_penalty(
            actor=stranger, number=penalty.number, confirms=False, reason="x", now=ops.now
        ),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotPermitted):
        penalties.decide_penalty(actor=ops.engineer, number=penalty.number, confirms=False, reason="x", now=ops.now)


def test_the_probes_word_stands_against_a_mender_who_says_it_works(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number)
    ops.tell(ops.systems[0], "down")
    assert ops.form() == 0
    ops.move(row, "respond")
    with pytest.raises(Refused) as refused:
        incidents.restore_incident(spec=MENDED, **words(ops.engineer, row, ops))
    assert refused.value.code == "still_down"
