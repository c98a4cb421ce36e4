"""From the notice to the end: replies, retests, extensions, appeals, chasing; each by whom it belongs to."""

from datetime import timedelta

import pytest
from tests.factories.directory import staff
from tests.inspection.finding_world import SUPERVISOR, Desk

from yunshu.domains.inspection import retesting
from yunshu.domains.inspection.models import DueRule, Notice
from yunshu.domains.inspection.selectors.findings import due_at, own_findings
from yunshu.domains.inspection.services import appeals, notices, rectifying, retests, reviewing
from yunshu.domains.notify.models import Notice as Told
from yunshu.domains.workflow import api as workflow
from yunshu.domains.workflow.models import Supervision
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_a_notice_goes_to_each_unit_with_the_limit_of_each_severity(desk: Desk) -> None:
    rows = [desk.confirmed("a"), desk.confirmed("b", severity="veto")]
    elsewhere = desk.confirmed("c", site=desk.site_of_other.id_code)
    made = desk.notify(*rows, elsewhere)
    assert {n.org: n.items.count() for n in made} == {desk.unit: 2, desk.other: 1}
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.due_at) == ("notified", due_at(row.severity, desk.now))
    assert rows[1].due_at < rows[0].due_at
    notice = Notice.objects.get(org=desk.unit)
    assert notice.due_at == rows[0].due_at
    (task,) = workflow.my_tasks(desk.clerk)
    assert (task.case.number, task.due_at) == (notice.number, rows[1].due_at)
    assert Told.objects.filter(person_id=desk.clerk.person_id, kind="inspection.rectification").count() == 1
    assert list(own_findings(desk.clerk)) == [rows[1], rows[0]]


def test_the_citys_own_limit_counts_where_it_has_one(desk: Desk) -> None:
    DueRule.objects.create(code="general", name="一般", amount=48, unit="natural_days", source="本市")
    assert desk.notified().due_at == desk.now + timedelta(days=48)


def test_only_what_is_confirmed_can_be_put_to_a_unit_and_only_by_the_supervisor(desk: Desk) -> None:
    row = desk.finding()
    with pytest.raises(Conflict):
        desk.notify(row)
    desk.accept(row)
    with pytest.raises(NotPermitted):
        notices.issue(actor=desk.reviewer, numbers=[row.number], words="", now=desk.now)
    with pytest.raises(Refused):
        notices.issue(actor=desk.supervisor, numbers=[], words="", now=desk.now)


def test_a_loop_closes_when_the_retest_finds_nothing_and_the_supervisor_closes(desk: Desk) -> None:
    row = desk.notified()
    retest = desk.submit(row)
    notice = Notice.objects.get()
    assert (row.state, notice.stage) == ("submitted", "checking")
    retests.finish(number=retest.number, result="gone", now=desk.later(minutes=5))
    row.refresh_from_db()
    assert (row.state, row.gone_at) == ("verified", desk.now)
    rectifying.decide(actor=desk.supervisor, number=row.number, verb="close", words="", now=desk.now)
    row.refresh_from_db()
    notice.refresh_from_db()
    assert (row.state, notice.stage, notice.closed_at) == ("closed", "done", desk.now)


def test_what_a_retest_still_finds_goes_back_to_the_unit_with_its_evidence(desk: Desk) -> None:
    row = desk.notified()
    retest = desk.submit(row)
    for _ in range(2):
        retests.finish(number=retest.number, result="found", now=desk.now, proofs=[desk.shown("仍在")])
    row.refresh_from_db()
    assert (row.state, row.evidence.count(), Notice.objects.get().stage) == ("notified", 1, "mending")
    assert [s.verb for s in row.steps.all()][-1] == "still_there"
    assert row.steps.filter(verb="still_there").count() == 1
    assert desk.submit(row).number != retest.number


def test_an_inconclusive_retest_is_left_to_the_supervisor(desk: Desk) -> None:
    row = desk.notified()
    retests.finish(number=desk.submit(row).number, result="inconclusive", now=desk.now)
    row.refresh_from_db()
    assert row.state == "submitted"
    assert Told.objects.filter(person_id=desk.supervisor.person_id, title__contains="人工核实").exists()
    with pytest.raises(Refused):
        rectifying.decide(actor=desk.supervisor, number=row.number, verb="verify", words="", now=desk.now)
    rectifying.decide(actor=desk.supervisor, number=row.number, verb="verify", words="已打开核对", now=desk.now)
    rectifying.decide(actor=desk.supervisor, number=row.number, verb="refuse", words="又打不开", now=desk.now)
    row.refresh_from_db()
    assert row.state == "notified"


def test_whoever_runs_checks_is_asked_once_for_each_retest(desk: Desk) -> None:
    asked: list[str] = []
    retesting.register(asked.append)
    try:
        retest = desk.submit(desk.notified())
    finally:
        retesting.unregister(asked.append)
    assert asked == [retest.number]
    assert [r.number for r in retests.pending()] == [retest.number]
    retests.finish(number=retest.number, result="gone", now=desk.now)
    assert retests.pending() == []


def test_another_unit_neither_answers_nor_asks_for_anything(desk: Desk) -> None:
    row = desk.notified()
    until = desk.now + timedelta(days=60)
    for act in (
        lambda who: rectifying.submit(actor=who, number=row.number, words="好了", now=desk.now),
        lambda who: rectifying.ask_extension(actor=who, number=row.number, until=until, reason="忙", now=desk.now),
        lambda who: appeals.appeal(actor=who, number=row.number, reason="不对", now=desk.now),
    ):
        with pytest.raises(NotFound):
            act(desk.stranger)
        with pytest.raises(NotPermitted):
            act(desk.supervisor)


def test_a_closed_fault_found_again_is_reviewed_anew_and_put_to_the_unit_anew(desk: Desk) -> None:
    row = desk.notified("a")
    retests.finish(number=desk.submit(row).number, result="gone", now=desk.later(hours=1))
    rectifying.decide(actor=desk.supervisor, number=row.number, verb="close", words="", now=desk.now)
    desk.later(days=3)
    assert desk.keep(desk.fault("a")).reopened == 1
    row.refresh_from_db()
    assert (row.state, row.reviewer, row.due_at, row.reopened) == ("new", None, None, 1)
    desk.notify(desk.accept(row))
    assert sorted(Notice.objects.values_list("stage", flat=True)) == ["done", "mending"]


def test_more_time_is_asked_by_the_unit_and_granted_by_the_supervisor(desk: Desk) -> None:
    row = desk.notified()
    until = row.due_at + timedelta(days=7)
    asked = rectifying.ask_extension(actor=desk.clerk, number=row.number, until=until, reason="改版", now=desk.now)
    with pytest.raises(Conflict):
        rectifying.ask_extension(actor=desk.clerk, number=row.number, until=until, reason="再要", now=desk.now)
    with pytest.raises(NotPermitted):
        rectifying.decide_extension(actor=desk.clerk, number=asked.number, is_granted=True, words="", now=desk.now)
    rectifying.decide_extension(actor=desk.supervisor, number=asked.number, is_granted=True, words="", now=desk.now)
    row.refresh_from_db()
    assert row.due_at == until
    assert workflow.my_tasks(desk.clerk).get().due_at == until
    with pytest.raises(Conflict):
        rectifying.decide_extension(actor=desk.supervisor, number=asked.number, is_granted=True, words="", now=desk.now)


def test_a_refused_extension_says_why_and_changes_no_limit(desk: Desk) -> None:
    row = desk.notified()
    until = row.due_at + timedelta(days=7)
    asked = rectifying.ask_extension(actor=desk.clerk, number=row.number, until=until, reason="改版", now=desk.now)
    with pytest.raises(Refused):
        rectifying.decide_extension(
            actor=desk.supervisor, number=asked.number, is_granted=False, words=" ", now=desk.now
        )
    rectifying.decide_extension(
        actor=desk.supervisor, number=asked.number, is_granted=False, words="不影响整改", now=desk.now
    )
    before = row.due_at
    row.refresh_from_db()
    assert row.due_at == before


def test_an_appeal_is_decided_by_somebody_who_did_not_confirm(desk: Desk) -> None:
    row = desk.accept(desk.finding(), desk.supervisor)
    desk.notify(row)
    asked = appeals.appeal(actor=desk.clerk, number=row.number, reason="链接可以打开", now=desk.now)
    with pytest.raises(Conflict):
        appeals.appeal(actor=desk.clerk, number=row.number, reason="再说一次", now=desk.now)
    with pytest.raises(Refused) as said:
        appeals.decide(actor=desk.supervisor, number=asked.number, is_upheld=True, decision="属实", now=desk.now)
    assert said.value.code == "another_person"
    other = staff(SUPERVISOR, org=desk.city)
    appeals.decide(actor=other, number=asked.number, is_upheld=True, decision="属实", now=desk.now)
    row.refresh_from_db()
    assert (row.state, Notice.objects.get().stage) == ("false", "done")
    with pytest.raises(Conflict):
        appeals.decide(actor=other, number=asked.number, is_upheld=False, decision="再想", now=desk.now)


def test_a_rejected_appeal_leaves_the_fault_with_the_unit(desk: Desk) -> None:
    row = desk.notified()
    asked = appeals.appeal(actor=desk.clerk, number=row.number, reason="链接可以打开", now=desk.now)
    appeals.decide(actor=desk.supervisor, number=asked.number, is_upheld=False, decision="仍打不开", now=desk.now)
    row.refresh_from_db()
    assert row.state == "notified"
    assert Told.objects.filter(person_id=desk.clerk.person_id, title__contains="申诉不成立").exists()


def test_what_is_late_is_chased_once_unless_it_is_appealed(desk: Desk) -> None:
    row, appealed = desk.notified("a"), desk.notified("b")
    appeals.appeal(actor=desk.clerk, number=appealed.number, reason="不对", now=desk.now)
    assert notices.chase(now=desk.now) == 0
    desk.now = row.due_at + timedelta(seconds=1)
    assert notices.chase(now=desk.now) == 1
    assert notices.chase(now=desk.now) == 0
    letter = Supervision.objects.get()
    assert letter.due_at > desk.now
    assert Notice.objects.exclude(supervision="").get().items.get().finding == row


def test_a_waiver_while_mending_ends_the_notice(desk: Desk) -> None:
    row = desk.notified()
    reviewing.waive(
        actor=desk.supervisor,
        number=row.number,
        until=(desk.now + timedelta(days=40)).date(),
        reason="整站改版",
        now=desk.now,
    )
    assert Notice.objects.get().stage == "done"
