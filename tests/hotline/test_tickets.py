"""A ticket from the call to the archive: who may do what, clocks, objections, rework, parts, merging; two at once."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.directory import OrgFactory, staff
from tests.hotline.hotline_world import AGENT, HANDLER, SOLVED, SORTER, UNSOLVED, Hotline

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.models import CalendarDay, CalendarYear
from yunshu.domains.hotline.models import Rating, Standstill, Ticket, TicketStep, TimeLimit
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.services import answering, asking, dispatching, registering, watching
from yunshu.domains.ledger.models import Record
from yunshu.domains.workflow import api as workflow
from yunshu.domains.workflow.models import Supervision
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox.models import OutboxEntry

DAY_S = 6.5 * 3600


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline()


def test_a_call_becomes_a_ticket_with_a_clock_a_task_and_a_record(hotline: Hotline) -> None:
    row = hotline.registered()
    assert (row.state, row.desk, row.unit) == (life.REGISTERED, hotline.bureau, None)
    assert row.due_at == hotline.now.replace(hour=17, minute=30) + timedelta(days=14)
    task = workflow.open_task_of(workflow.get_case(life.CODE, row.number))
    assert task is not None
    assert (task.org, task.due_at) == (hotline.bureau, row.state_due_at)
    assert [s.verb for s in row.steps.all()] == ["register", "accept"]
    assert Record.objects.filter(subject=row.number).count() == 2
    assert "13812345678" not in str([r.payload for r in Record.objects.filter(subject=row.number)])


@pytest.mark.parametrize(("kind", "days"), [("consult", 2), ("suggest", 14), ("complain", 21), ("report", 21)])
def test_the_provinces_limits_hold_by_kind(hotline: Hotline, kind: str, days: int) -> None:
    due = hotline.registered(kind=kind).due_at
    assert due is not None
    assert (due - hotline.now).days == days


def test_a_limit_changed_by_an_official_holds_from_its_day(hotline: Hotline) -> None:
    TimeLimit.objects.create(
        code="new", clock="handle", kind="help", amount=3, unit="working_days", valid_from=date(2026, 6, 2), source="x"
    )
    before = hotline.registered()
    hotline.later(days=1)
    after = hotline.registered()
    assert (before.clocks.get().limit, after.clocks.get().limit) == ("handle-help", "new")


def test_the_whole_way_closes_with_an_answer_and_each_step_on_the_ledger(hotline: Hotline) -> None:
    row = hotline.closed()
    assert (row.state, row.answer) == (life.CLOSED, "已更换灯具，6月3日恢复照明。")
    verbs = list(row.steps.values_list("verb", flat=True))
    assert verbs == ["register", "accept", "dispatch", "sign", "reply", "pass", "attempt", "confirm"]
    assert Record.objects.filter(number__in=row.steps.values("record")).count() == len(verbs)
    assert workflow.open_task_of(workflow.get_case(life.CODE, row.number)) is None
    closed = OutboxEntry.objects.get(subject="hotline.ticket.closed.v1")
    assert closed.payload["on_time"] is True
    assert "13812345678" not in str(closed.payload)


def test_a_stranger_sees_nothing_and_the_wrong_role_may_nothing(hotline: Hotline) -> None:
    row = hotline.registered()
    stranger = staff((*AGENT, *SORTER, *HANDLER), org=OrgFactory())
    with pytest.raises(NotFound):
        hotline.dispatch(row, actor=stranger)
    with pytest.raises(NotFound):
        hotline.move(row, "sign", hotline.handler)
    with pytest.raises(NotPermitted):
        hotline.dispatch(row, actor=hotline.agent)
    row = hotline.dispatch(row)
    with pytest.raises(NotFound):
        hotline.move(row, "sign", hotline.other)
    with pytest.raises(NotPermitted):
        hotline.move(row, "recall", hotline.handler)
    with pytest.raises(NotPermitted):
        hotline.registered(hotline.handler)


def test_an_objection_goes_to_the_court_and_to_another_unit(hotline: Hotline) -> None:
    row = hotline.dispatch(hotline.registered())
    due = row.due_at
    spec = dispatching.ObjectionSpec(
        reason="not-ours", words="路灯属供电局。", basis="三定规定第二条", proposed=hotline.power.code
    )
    row = dispatching.object_to(actor=hotline.handler, number=row.number, spec=spec, now=hotline.later(hours=2))
    assert row.state == life.OBJECTED
    with pytest.raises(Refused, match="另一个单位"):
        hotline.dispatch(row)
    row = hotline.dispatch(row, hotline.power)
    asked = row.objections.get()
    assert (row.state, row.unit, asked.state, asked.answered_by) == (
        life.DISPATCHED,
        hotline.power,
        "granted",
        hotline.sorter.name,
    )
    assert row.due_at == due
    with pytest.raises(NotFound):
        selectors.get_ticket(hotline.handler, row.number)


@pytest.mark.parametrize(("hours", "late"), [(8, False), (48, True)])
def test_an_objection_comes_within_a_working_day(hotline: Hotline, hours: int, late: bool) -> None:
    row = hotline.dispatch(hotline.registered())
    spec = dispatching.ObjectionSpec(reason="not-ours", words="不属本单位。", basis="三定")
    hotline.later(hours=hours)

    def ask() -> Ticket:
        return dispatching.object_to(actor=hotline.handler, number=row.number, spec=spec, now=hotline.now)

    if not late:
        assert ask().state == life.OBJECTED
        return
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == "objection_late"


def test_a_denied_objection_stays_with_its_unit(hotline: Hotline) -> None:
    row = hotline.dispatch(hotline.registered())
    spec = dispatching.ObjectionSpec(reason="not-ours", words="不属本单位。", basis="三定")
    dispatching.object_to(actor=hotline.handler, number=row.number, spec=spec, now=hotline.now)
    row = hotline.move(row, "uphold", hotline.sorter, "属市政设施。")
    assert (row.state, row.objections.get().state, row.signed_at) == (life.HANDLING, "denied", hotline.now)


def test_the_router_refuses_to_push_a_departments_duty_down(hotline: Hotline) -> None:
    hotline.duty()
    row = hotline.registered(category="0301")
    with pytest.raises(Refused) as refused:
        hotline.dispatch(row, hotline.town)
    assert refused.value.code == "pushed_down"
    assert "城市照明管理规定" in refused.value.message
    assert hotline.dispatch(row, rule="lamps").assignments.get().rule.code == "lamps"


@pytest.mark.parametrize("where", ["district", "town"])
def test_whom_a_complaint_is_about_does_not_handle_it(hotline: Hotline, where: str) -> None:
    staff(HANDLER, org=hotline.district)
    row = hotline.registered(kind="complain", accused=hotline.district.code)
    with pytest.raises(Refused) as refused:
        hotline.dispatch(row, getattr(hotline, where))
    assert refused.value.code == "complained_about"
    assert hotline.dispatch(row).unit == hotline.urban


def test_a_unit_without_anybody_is_not_given_a_ticket(hotline: Hotline) -> None:
    with pytest.raises(Refused) as refused:
        hotline.dispatch(hotline.registered(), hotline.district)
    assert refused.value.code == "nobody_there"


def test_an_extension_is_granted_once_and_no_longer_than_the_limit(hotline: Hotline) -> None:
    row = hotline.handled()
    ask = {"actor": hotline.handler, "number": row.number, "reason": "需采购灯具。"}
    with pytest.raises(Refused, match="不得超过"):
        asking.ask_extension(**ask, amount=11, now=hotline.now)
    asking.ask_extension(**ask, amount=5, now=hotline.now)
    before = Ticket.objects.get(pk=row.pk).due_at
    row = hotline.move(row, "grant_extension", hotline.sorter, "")
    assert before is not None
    assert row.due_at == before + timedelta(days=7)
    with pytest.raises(Refused) as refused:
        asking.ask_extension(**ask, amount=5, now=hotline.now)
    assert refused.value.code == "extended_already"


def test_a_suspension_stops_the_clock_from_its_grant_to_its_end(hotline: Hotline) -> None:
    row = hotline.handled()
    hotline.later(days=1)
    until = date(2026, 6, 8)
    asking.ask_pause(
        actor=hotline.handler, number=row.number, ground="appraisal", until=until, reason="检测。", now=hotline.now
    )
    hotline.later(days=1)
    row = hotline.move(row, "grant_pause", hotline.sorter, "")
    assert row.due_at is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Standstill.objects.update(starts_at=hotline.now - timedelta(days=9))
    assert asking.wake(now=hotline.later(days=6)) == 1
    (_clock, reading), *_ = selectors.readings(row, working_calendar(), hotline.now)
    assert reading.spent_s == 2 * DAY_S
    row.refresh_from_db()
    assert row.state == life.HANDLING
    assert row.due_at is not None


def test_the_review_is_not_the_units_time_and_a_failed_one_goes_back(hotline: Hotline) -> None:
    row = hotline.handled()
    before = row.due_at
    row = hotline.reply(row)
    hotline.later(days=1)
    with pytest.raises(NotPermitted):
        hotline.review(row, actor=hotline.agent)
    row = hotline.review(row, passes=False)
    assert (row.state, row.replies.get().passed) == (life.HANDLING, False)
    assert before is not None
    assert row.due_at == before + timedelta(days=1)
    hotline.reply(row, words="已于6月3日完成。")
    assert [r.version for r in row.replies.all()] == [1, 2]


def test_nobody_reviews_their_own_reply(hotline: Hotline) -> None:
    both = staff((*HANDLER, "hotline.ticket.review"), org=hotline.city)
    row = hotline.handled(both)
    hotline.reply(row, both)
    with pytest.raises(Refused) as refused:
        hotline.review(row, actor=both)
    assert refused.value.code == "own_reply"


def test_an_unhappy_caller_has_it_done_again_until_a_meeting(hotline: Hotline) -> None:
    row = hotline.handled()
    for n in (1, 2):
        hotline.reply(row)
        hotline.review(row)
        with pytest.raises(Refused, match="登记回访"):
            hotline.close(row)
        hotline.call(row, UNSOLVED)
        with pytest.raises(Refused, match="没有解决"):
            hotline.close(row)
        row = hotline.move(row, "rework", hotline.agent)
        assert (row.reworks, row.clocks.last().limit) == (n, "rework")
    hotline.reply(row)
    hotline.review(row)
    hotline.call(row, UNSOLVED)
    with pytest.raises(Refused) as refused:
        hotline.move(row, "rework", hotline.agent)
    assert refused.value.code == "reworks_used_up"
    row = dispatching.call_meeting(
        actor=hotline.agent,
        number=row.number,
        verb="meet_again",
        units=[hotline.power.code],
        reason="两次未解决。",
        now=hotline.now,
    )
    assert row.state == life.MEETING
    dispatching.settle_meeting(actor=hotline.manager, number=row.number, minutes="供电局主办。", now=hotline.now)
    assert hotline.dispatch(row, hotline.power).unit == hotline.power


def test_a_no_that_is_unreasonable_is_set_aside_by_the_manager_only(hotline: Hotline) -> None:
    row = hotline.handled()
    hotline.reply(row)
    hotline.review(row)
    aside = answering.CallSpec(
        reached="yes", solved=False, result_score=1, process_score=1, adjudication="unlawful", words="于法无据。"
    )
    with pytest.raises(NotPermitted):
        hotline.call(row, aside)
    both = staff(("hotline.ticket.manage", "hotline.ticket.call_back"), org=hotline.bureau)
    hotline.call(row, aside, both)
    assert hotline.close(row).state == life.CLOSED


def test_a_joint_ticket_is_not_passed_before_the_assisting_unit_is_done(hotline: Hotline) -> None:
    row = hotline.dispatch(hotline.registered(), assists=[hotline.power.code])
    (part,) = row.children.all()
    assert (part.unit, part.state, part.relation) == (hotline.power, life.DISPATCHED, "assist")
    hotline.move(row, "sign")
    hotline.reply(row)
    with pytest.raises(Refused, match="子单"):
        hotline.review(row)
    hotline.move(part, "sign", hotline.other)
    hotline.reply(part, hotline.other, "线路已查。")
    hotline.review(part)
    part.refresh_from_db()
    assert (part.state, part.answer) == (life.CLOSED, "线路已查。")
    assert hotline.review(row).state == life.CALLBACK
    assert "part_done" in row.steps.values_list("verb", flat=True)


def test_a_split_ticket_is_answered_as_one_when_all_parts_are(hotline: Hotline) -> None:
    row = hotline.registered()
    parts = [
        dispatching.PartSpec(unit=hotline.urban.code, title="路灯"),
        dispatching.PartSpec(unit=hotline.power.code, title="线路"),
    ]
    row = dispatching.split(actor=hotline.sorter, number=row.number, parts=parts, reason="两件事。", now=hotline.now)
    gather = {"actor": hotline.sorter, "number": row.number, "verb": "gather", "words": "均已办。"}
    with pytest.raises(Refused):
        answering.gather(**gather, now=hotline.now)
    for part, who in zip(row.children.order_by("pk"), (hotline.handler, hotline.other), strict=True):
        hotline.move(part, "sign", who)
        hotline.reply(part, who)
        hotline.review(part)
    assert answering.gather(**gather, now=hotline.now).state == life.CALLBACK


def test_each_caller_of_a_merged_ticket_gets_the_answer(hotline: Hotline) -> None:
    first, second = hotline.registered(), hotline.registered(title="路灯又不亮", phone="13900000000")
    merge = {"actor": hotline.sorter, "reason": "同一路段。", "now": hotline.now}
    child = dispatching.merge(number=second.number, into=first.number, **merge)
    assert (child.state, child.due_at) == (life.MERGED, None)
    with pytest.raises(Refused) as refused:
        dispatching.merge(number=first.number, into=first.number, **merge)
    assert refused.value.code == "merge_itself"
    hotline.move(hotline.dispatch(first), "sign")
    hotline.reply(first)
    hotline.review(first)
    hotline.call(first)
    hotline.close(first)
    child.refresh_from_db()
    assert (child.state, child.answer) == (life.CLOSED, "已更换灯具，6月3日恢复照明。")
    assert OutboxEntry.objects.filter(subject="hotline.ticket.closed.v1").count() == 2


def test_a_merged_ticket_comes_out_again(hotline: Hotline) -> None:
    first, second = hotline.registered(), hotline.registered()
    merge = {"actor": hotline.sorter, "reason": "误并。", "now": hotline.now}
    dispatching.merge(number=second.number, into=first.number, **merge)
    row = dispatching.unmerge(number=second.number, **merge)
    assert (row.state, row.parent, row.due_at) == (life.REGISTERED, None, first.due_at)


def test_what_is_not_accepted_is_told_the_lawful_way(hotline: Hotline) -> None:
    row = hotline.registered()
    with pytest.raises(Refused, match="情形"):
        registering.reject(actor=hotline.agent, number=row.number, ground="x", reason="", now=hotline.now)
    row = registering.reject(
        actor=hotline.agent, number=row.number, ground="litigation", reason="已起诉。", now=hotline.now
    )
    assert row.state == life.REJECTED
    assert "人民法院" in row.answer


def test_an_inquiry_is_answered_at_once_and_reopened(hotline: Hotline) -> None:
    row = hotline.registered(kind="consult")
    row = registering.answer(actor=hotline.agent, number=row.number, words="每日9时至17时办理。", now=hotline.now)
    assert (row.state, row.unit) == (life.CLOSED, None)
    hotline.later(days=31)
    with pytest.raises(Refused) as refused:
        hotline.move(row, "reopen", hotline.manager)
    assert refused.value.code == "reopen_late"
    assert watching.archive_old(now=hotline.now) == 1


def test_withdrawing_takes_the_parts_along(hotline: Hotline) -> None:
    row = hotline.dispatch(hotline.registered(), assists=[hotline.power.code])
    registering.withdraw(actor=hotline.agent, number=row.number, reason="自行解决。", now=hotline.now)
    assert {t.state for t in Ticket.objects.all()} == {life.WITHDRAWN}


def test_what_goes_up_to_the_province_stands_still_and_comes_back(hotline: Hotline) -> None:
    row = hotline.move(hotline.registered(), "upgrade", hotline.manager)
    assert (row.state, row.due_at) == (life.UPGRADED, None)
    assert OutboxEntry.objects.filter(subject="hotline.ticket.upgraded.v1").exists()
    hotline.later(days=7)
    row = hotline.move(row, "province_return", hotline.manager)
    assert (row.state, row.due_at is None) == (life.REGISTERED, False)
    row = hotline.move(row, "upgrade", hotline.manager)
    row = answering.gather(
        actor=hotline.manager, number=row.number, verb="province_answer", words="省厅答复。", now=hotline.now
    )
    assert (row.state, row.answer) == (life.CALLBACK, "省厅答复。")


def test_a_ticket_is_supervised_in_the_workflow(hotline: Hotline) -> None:
    row = hotline.handled()
    due = hotline.now + timedelta(days=2)
    watching.supervise(actor=hotline.manager, number=row.number, requirement="限期办结", due_at=due, now=hotline.now)
    letter = Supervision.objects.get()
    assert (letter.org, letter.due_at) == (hotline.urban, due)
    with pytest.raises(NotPermitted):
        watching.supervise(actor=hotline.sorter, number=row.number, requirement="x", due_at=due, now=hotline.now)


def test_graver_urgency_shortens_the_same_clock(hotline: Hotline) -> None:
    row = hotline.handled()
    hotline.later(days=1)
    row = asking.regrade(
        actor=hotline.sorter, number=row.number, urgency="critical", reason="漏电伤人风险。", now=hotline.now
    )
    assert row.due_at == hotline.now.replace(hour=17, minute=30)


def test_a_new_holiday_moves_open_deadlines_with_a_line_in_the_timeline(hotline: Hotline) -> None:
    row = hotline.registered()
    before = row.due_at
    CalendarDay.objects.create(on=date(2026, 6, 3), kind="closure", name="台风", source="通知")
    CalendarYear.objects.create(year=2026, version=7, source="通知")
    assert asking.recalculate(now=hotline.now) == 1
    row.refresh_from_db()
    assert before is not None
    assert row.due_at == before + timedelta(days=1)
    assert row.steps.last().verb == "recalculate"
    assert asking.recalculate(now=hotline.now) == 0


def test_a_rating_is_given_once_after_the_end(hotline: Hotline) -> None:
    row = hotline.handled()
    stars = {"result_score": 5, "process_score": 4, "solved": True, "words": "谢谢"}
    with pytest.raises(Conflict):
        answering.rate(by=hotline.agent, row=row, **stars, now=hotline.now)
    hotline.reply(row)
    hotline.review(row)
    hotline.call(row, SOLVED)
    hotline.close(row)
    answering.rate(by=hotline.agent, row=row, **stars, now=hotline.now)
    with pytest.raises(Conflict) as refused:
        answering.rate(by=hotline.agent, row=row, **stars, now=hotline.now)
    assert refused.value.code == "rated_already"
    assert Rating.objects.count() == 1


def test_what_was_received_and_every_step_stand_for_good(hotline: Hotline) -> None:
    row = hotline.registered()
    for change in (
        lambda: Ticket.objects.filter(pk=row.pk).update(received_at=hotline.now - timedelta(days=1)),
        lambda: Ticket.objects.filter(pk=row.pk).update(content="x"),
        lambda: Ticket.objects.filter(pk=row.pk).delete(),
        lambda: TicketStep.objects.update(words="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=row.pk).update(state=life.CLOSED, closed_at=hotline.now)
