"""Incidents from report to archive: clocks, suspensions, confirmation, grades, merging; nothing said can be unsaid."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.directory import OrgFactory, staff
from tests.operations.incident_world import ENGINEER, MENDED, USER, Ops

from yunshu.domains.directory.contracts import System
from yunshu.domains.files.models import Attachment
from yunshu.domains.ledger.models import Record
from yunshu.domains.notify.models import Notice
from yunshu.domains.operations.models import Incident, IncidentStep, Standstill
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services import incidents
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

HOUR = 3600


@pytest.fixture
def ops(db: None) -> Ops:
    return Ops()


def clock_of(row: Incident, name: str, ops: Ops) -> float:
    (found,) = [r for r in selectors.readings(row, ops.now) if r.clock == name]
    return found.spent_s / HOUR


def test_a_reported_fault_waits_for_an_answer_with_a_clock_and_is_on_the_ledger(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number, priority="P2")
    assert (row.stage, row.org, row.reporter) == (life.REPORTED, ops.bureau, ops.unit)
    assert row.respond_due_at == ops.now + timedelta(minutes=60)
    task = workflow.open_task_of(workflow.get_case(life.CODE, row.number))
    assert task is not None
    assert task.due_at == row.respond_due_at
    step = row.steps.get()
    assert Record.objects.get(number=step.record).payload["promises"]["respond"] == {"minutes": 60, "hours": "always"}


def test_the_12345_system_is_answered_within_the_two_hours_of_the_table(ops: Ops) -> None:
    system = ops.target("hotline", "12345 系统", scopes=["12345"])
    row = ops.report(target=system.number, priority="P4")
    assert row.level.code == "hotline-12345"
    assert row.respond_due_at == ops.now + timedelta(hours=2)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": " "}, "title_missing"),
        ({"priority": "P9"}, "priority_unknown"),
        ({"target": "none"}, "target_not_found"),
        ({"late": timedelta(hours=1)}, "happened_in_future"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused_and_leaves_nothing(
    ops: Ops, more: dict[str, object], code: str
) -> None:
    late = more.pop("late", None)
    more |= {"happened_at": ops.now + late} if isinstance(late, timedelta) else {}
    with pytest.raises((Refused, NotFound)) as refused:
        ops.report(**more)
    assert refused.value.code == code
    assert not Incident.objects.exists()


def test_nobody_reports_for_others_and_a_stranger_sees_nothing(ops: Ops) -> None:
    stranger = staff(USER, org=OrgFactory())
    with pytest.raises(NotPermitted):
        ops.report(stranger)
    row = ops.report()
    with pytest.raises(NotFound):
        ops.move(row, "respond", stranger)
    with pytest.raises(NotPermitted):
        ops.move(row, "respond", ops.user)


def test_a_second_report_of_the_same_fault_joins_the_first(ops: Ops) -> None:
    first = ops.report(target=ops.systems[0].number)
    again = ops.report(target=ops.systems[0].number, title="我也打不开")
    assert again == first
    assert list(first.steps.values_list("verb", flat=True)) == ["open", "also_reported"]


def test_the_whole_way_of_a_common_fault(ops: Ops) -> None:
    row = ops.report()
    ops.later(hours=1)
    ops.move(row, "respond")
    ops.later(hours=2)
    ops.restore(row)
    ops.later(hours=5)
    row = ops.move(row, "confirm", ops.user)
    assert (row.stage, row.closed_at) == (life.CLOSED, ops.now)
    assert row.responded_by == ops.engineer.name
    read = {r.clock: r.spent_s / HOUR for r in selectors.readings(row, ops.later(days=3), None)}
    assert read["respond"] <= 1
    assert row.steps.count() == 4
    assert Record.objects.filter(subject=row.number).count() == 4
    assert Notice.objects.filter(person_id=ops.user.person_id, kind="operations.incident").count() == 4


def test_a_program_cannot_answer(ops: Ops) -> None:
    row = ops.report()
    with pytest.raises(Refused) as refused:
        incidents.move_incident(
            actor=System(name="robot"), number=row.number, verb="respond", reason="已收到", now=ops.now
        )
    assert refused.value.code == "not_a_person"


def suspended(ops: Ops) -> Incident:
    row = ops.report(priority="P1")
    ops.move(row, "respond")
    incidents.ask_pause(actor=ops.engineer, number=row.number, ground="parts", reason="等备件到货。", now=ops.now)
    return row


def test_the_clock_runs_until_the_suspension_is_granted_and_stands_until_it_ends(ops: Ops) -> None:
    row = suspended(ops)
    ops.later(hours=1)
    row = ops.move(row, "grant_pause", ops.manager)
    assert row.restore_due_at is None
    assert row.stills.get().approved_by == ops.manager.name
    ops.later(days=9)
    assert clock_of(row, "restore", ops) == 1
    row = ops.move(row, "resume")
    assert row.restore_due_at == ops.now + timedelta(hours=3)


def test_nobody_grants_their_own_suspension_neither_here_nor_in_the_database(ops: Ops) -> None:
    both = staff((*ENGINEER, "operations.incident.approve"), org=ops.city)
    row = ops.report(priority="P1")
    ops.move(row, "respond", both)
    incidents.ask_pause(actor=both, number=row.number, ground="parts", reason="等备件。", now=ops.now)
    with pytest.raises(Refused) as refused:
        ops.move(row, "grant_pause", both)
    assert refused.value.code == "own_request"
    words = {"reason": "x", "asked_by": "a", "approved_by": "a"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Standstill.objects.create(incident=row, kind="suspended", starts_at=ops.now, **words)


def test_a_suspension_that_is_not_granted_takes_nothing_off_the_clock(ops: Ops) -> None:
    row = suspended(ops)
    ops.later(hours=2)
    row = ops.move(row, "deny_pause", ops.manager)
    assert (row.stage, clock_of(row, "restore", ops)) == (life.HANDLING, 2)
    assert not row.stills.exists()


def test_a_no_of_the_users_means_that_it_was_never_mended(ops: Ops) -> None:
    row = ops.report(priority="P1")
    ops.move(row, "respond")
    ops.restore(row)
    ops.later(hours=6)
    row = ops.move(row, "refuse", ops.user, "仍然打不开。")
    assert (row.stage, row.restored_at) == (life.HANDLING, None)
    assert clock_of(row, "restore", ops) == 6
    assert clock_of(row, "close", ops) == 0


def test_a_grave_fault_ends_with_a_post_mortem(ops: Ops) -> None:
    row = ops.report(priority="P1")
    ops.move(row, "respond")
    ops.restore(row)
    row = ops.move(row, "confirm", ops.user)
    assert row.stage == life.REVIEWING
    review = incidents.Review(course="见时间线。", root_cause=" ", measures="换电池。")
    with pytest.raises(Refused) as refused:
        incidents.review_incident(actor=ops.engineer, number=row.number, spec=review, now=ops.now)
    assert refused.value.where == "root_cause"
    review = incidents.Review(course="见时间线。", root_cause="电池老化。", measures="每年换电池。")
    row = incidents.review_incident(actor=ops.engineer, number=row.number, spec=review, now=ops.now)
    assert (row.stage, row.post_mortem.root_cause) == (life.CLOSED, "电池老化。")


def closed(ops: Ops) -> Incident:
    row = ops.report()
    ops.move(row, "respond")
    ops.later(hours=1)
    ops.restore(row)
    return ops.move(row, "confirm", ops.user)


def test_a_reopened_fault_goes_on_where_it_stood_and_keeps_its_answer(ops: Ops) -> None:
    row = closed(ops)
    answered = row.responded_at
    ran = clock_of(row, "restore", ops)
    ops.later(days=5)
    row = ops.move(row, "reopen", ops.user, "又打不开了。")
    assert (row.stage, row.responded_at) == (life.HANDLING, answered)
    assert clock_of(row, "restore", ops) == ran


def test_what_was_closed_a_month_ago_is_put_away_and_not_reopened(ops: Ops) -> None:
    row = closed(ops)
    assert incidents.archive_incidents(now=ops.later(days=29)) == 0
    ops.later(days=2)
    with pytest.raises(Refused) as refused:
        ops.move(row, "reopen", ops.user, "又打不开了。")
    assert refused.value.code == "reopen_too_late"
    assert [incidents.archive_incidents(now=ops.now) for _ in range(2)] == [1, 0]


def test_another_grade_makes_other_promises_from_the_same_start_with_every_pause(ops: Ops) -> None:
    row = suspended(ops)
    ops.move(row, "grant_pause", ops.manager)
    ops.later(hours=10)
    ops.move(row, "resume")
    ops.later(hours=2)
    row = incidents.grade_incident(
        actor=ops.manager, number=row.number, priority="P2", reason="影响一个单位。", now=ops.now
    )
    assert row.restore_due_at == row.opened_at + timedelta(hours=10 + 8)
    assert clock_of(row, "restore", ops) == 2


def test_two_reports_of_one_fault_become_the_older_with_the_earlier_answer(ops: Ops) -> None:
    older = ops.report()
    ops.later(minutes=10)
    younger = ops.report(title="页面报错")
    ops.move(younger, "respond")
    answered = ops.now
    ops.later(minutes=10)
    with pytest.raises(Refused) as refused:
        incidents.merge_incident(
            actor=ops.engineer, number=older.number, into=younger.number, reason="同一故障", now=ops.now
        )
    assert refused.value.code == "merge_younger"
    kept = incidents.merge_incident(
        actor=ops.engineer, number=younger.number, into=older.number, reason="同一故障", now=ops.now
    )
    assert (kept.stage, kept.responded_at) == (life.HANDLING, answered)
    younger.refresh_from_db()
    assert (younger.stage, younger.merged_into) == (life.MERGED, older)
    assert not selectors.readings(younger, ops.later(days=1))[2].is_running


def test_only_who_approves_calls_a_fault_a_false_alarm(ops: Ops) -> None:
    row = ops.report()
    with pytest.raises(NotPermitted):
        ops.move(row, "void")
    assert ops.move(row, "void", ops.manager, "演练。").stage == life.VOID


def test_evidence_lies_with_the_incident_and_its_digest_on_the_ledger(ops: Ops) -> None:
    row = ops.report()
    upload = SimpleUploadedFile("记录.txt", "现场记录".encode())
    incidents.add_evidence(actor=ops.engineer, number=row.number, words="现场记录", uploads=[upload], now=ops.now)
    found = Attachment.objects.get(owner_id=row.number)
    assert row.steps.get(verb="note").data["files"] == [found.blob.sha256]


def test_a_verb_out_of_turn_changes_nothing(ops: Ops) -> None:
    row = ops.report()
    with pytest.raises(Conflict):
        incidents.restore_incident(actor=ops.engineer, number=row.number, spec=MENDED, now=ops.now)
    row.refresh_from_db()
    assert (row.stage, row.cause, row.steps.count()) == (life.REPORTED, "", 1)


def test_what_happened_cannot_be_unsaid_or_backdated(ops: Ops) -> None:
    row = ops.report(priority="P1")
    ops.later(hours=1)
    ops.move(row, "respond")
    incidents.ask_pause(
        actor=ops.engineer, number=row.number, ground="parts", reason="等备件。", now=ops.later(hours=1)
    )
    ops.move(row, "grant_pause", ops.manager)
    rows, stills = Incident.objects.filter(pk=row.pk), Standstill.objects.filter(incident=row)
    for act in (
        lambda: IncidentStep.objects.filter(incident=row).update(words="别的"),
        lambda: IncidentStep.objects.filter(incident=row).delete(),
        lambda: rows.update(responded_at=row.opened_at, responded_by="别人"),
        lambda: rows.update(opened_at=row.opened_at + timedelta(minutes=30)),
        lambda: stills.update(starts_at=row.opened_at),
        lambda: stills.delete(),
        lambda: rows.update(stage="closed"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
