"""Writing the workflow: start, act, hand over, extend, recalculate, remind, supervise. One transaction each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with, working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.workflow import registry, rules, selectors
from yunshu.domains.workflow.contracts import SUPERVISE, TASK_ASSIGN, WORKLIST_VIEW, Clock, DeadlineSpec, TaskSpec, Unit
from yunshu.domains.workflow.models import Case, EscalationRule, FlowEvent, Party, Reminder, Supervision, Task
from yunshu.events.workflow import CaseMoved, DeadlineReminded, TaskClosed, TaskOpened
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.outbox import publish
from yunshu.lib.worktime import WorkingCalendar

MAX_EXTENSIONS = 1
SWEEP_LIMIT = 5000


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What enters a flow: its public number, a title, its page, and who plays which role (role → organisation id)."""

    number: str
    title: str
    url: str
    parties: Mapping[str, int]


@transaction.atomic
def start(*, actor: Viewer, flow: str, subject: Subject, now: datetime) -> Case:
    """Put a subject into the initial state of a flow. Raises Conflict (``case_exists``)."""
    definition = registry.flow(flow)
    if Case.objects.filter(flow=flow, number=subject.number).exists():
        raise Conflict("case_exists", _("该事项已在流程中。"))
    case = Case.objects.create(
        flow=flow, number=subject.number, title=subject.title, url=subject.url, state=definition.initial, opened_at=now
    )
    Party.objects.bulk_create(Party(case=case, role=role, org_id=org) for role, org in subject.parties.items())
    _append(case, actor, "start", "", definition.initial, "", now)
    _open_task(case, now)
    return case


@transaction.atomic
def act(*, actor: Viewer, flow: str, number: str, verb: str, reason: str, now: datetime) -> Case:
    """Take one step: check the right, move, append the event, close the open task, open the next.

    Raises NotFound (``case_not_found``), Conflict (``verb_not_possible``: somebody else was faster, or the state
    does not know the verb), NotPermitted (``not_permitted``) and Refused (``reason_missing``).
    """
    case = Case.objects.select_for_update().filter(flow=flow, number=number).first()
    if case is None:
        raise NotFound("case_not_found")
    step = registry.flow(flow).transition(case.state, verb)
    if step is None:
        raise Conflict("verb_not_possible", _("当前状态不能执行该操作，请刷新页面查看最新状态。"))
    if not selectors.may_take(actor, step, selectors.party_paths(case)):
        raise NotPermitted("not_permitted", _("您没有“%(verb)s”的权限。") % {"verb": step.name})
    if step.needs_reason and not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    source, case.state = case.state, step.target
    target = registry.flow(flow).state(step.target)
    case.closed_at = now if target.final else None
    case.save(update_fields=["state", "closed_at"])
    _append(case, actor, verb, source, step.target, reason.strip(), now)
    _turn_clock(case, actor, step.clock, now)
    publish(CaseMoved(flow=flow, number=number, verb=verb, source=source, target=step.target, at=now))
    return case


def _turn_clock(case: Case, actor: Viewer, effect: Clock, now: datetime) -> None:
    task = case.tasks.select_for_update().filter(done_at__isnull=True).first()
    if effect is Clock.PAUSE and task:
        task.paused_at = now
        task.save(update_fields=["paused_at"])
        return
    if effect is Clock.RESUME and task and task.paused_at:
        resume(task, now)
        return
    if task:
        _close_task(task, actor, now)
    _open_task(case, now)


def resume(task: Task, now: datetime) -> None:
    """Let a paused clock run again: what was left of the working time is left still."""
    calendar = working_calendar()
    if task.due_at and task.paused_at:
        left = calendar.working_seconds_between(task.paused_at, task.due_at)
        task.due_at = calendar.add_working_time(now, left) if left else now
        task.paused_s += int((now - task.paused_at).total_seconds())
    task.paused_at = None
    task.save(update_fields=["due_at", "paused_at", "paused_s"])


def _append(case: Case, actor: Viewer, verb: str, source: str, target: str, reason: str, now: datetime) -> FlowEvent:
    last = case.steps.order_by("-seq").first()
    event = FlowEvent(
        case=case,
        seq=(last.seq if last else 0) + 1,
        verb=verb,
        source=source,
        target=target,
        actor=actor.name,
        person_id=getattr(actor, "person_id", None),
        reason=reason,
        at=now,
    )
    event.digest = rules.event_digest(last.digest if last else rules.START, selectors.event_body(event))
    event.save(force_insert=True)
    return event


def _open_task(case: Case, now: datetime) -> None:
    spec = registry.flow(case.flow).state(case.state).task
    if spec is None:
        return
    org = Org.objects.get(pk=case.parties.get(role=spec.org_role).org_id)
    task = Task(case=case, title=spec.title, permission=spec.permission, org=org, org_path=org.path, opened_at=now)
    _set_deadline(task, spec, now)
    task.save(force_insert=True)
    publish(
        TaskOpened(
            task_id=task.pk,
            title=task.title,
            case_title=case.title,
            url=case.url,
            permission=task.permission,
            org_path=task.org_path,
            due_at=task.due_at,
        )
    )


def _set_deadline(task: Task, spec: TaskSpec, now: datetime) -> None:
    if spec.deadline is None:
        return
    calendar = working_calendar()
    task.amount, task.unit, task.amber_at = spec.deadline.amount, spec.deadline.unit, spec.deadline.amber_at
    task.due_at = rules.due_at(spec.deadline, now, timedelta(0), calendar)
    task.calendar_version = calendar.version
    task.provisional = calendar.provisional(clock.city_date(task.due_at))


def _close_task(task: Task, actor: Viewer, now: datetime) -> None:
    task.done_at, task.done_by = now, actor.name
    task.save(update_fields=["done_at", "done_by"])
    publish(TaskClosed(task_id=task.pk, done_at=now, on_time=task.due_at is None or now <= task.due_at))


@transaction.atomic
def hand_over(*, actor: Viewer, task_id: int, person_id: int | None, now: datetime) -> Task:
    """Give an open task to a person (None: back to everyone who may do it).

    One may take a free task, or give away one's own; others' tasks need ``workflow.task.assign``.
    Raises NotFound (``task_not_found``, ``person_not_found``), NotPermitted and Refused (``person_may_not``).
    """
    seen = selectors.get_task(actor, task_id)
    task = Task.objects.select_for_update().get(pk=seen.pk)
    if task.done_at:
        raise Conflict("task_done", _("该待办已由他人办结。"))
    me = getattr(actor, "person_id", None)
    if not (task.holder_id == me or (task.holder_id is None and person_id == me)):
        actor.require(TASK_ASSIGN, task.org_path)
    if person_id is not None:
        _demand_able(person_id, task, now)
    task.holder_id = person_id
    task.save(update_fields=["holder"])
    return task


def _demand_able(person_id: int, task: Task, now: datetime) -> None:
    if not Person.objects.filter(pk=person_id, is_active=True).exists():
        raise NotFound("person_not_found")
    able = {p.id for p in people_with(task.permission, task.org_path, now)}
    if person_id not in able:
        raise Refused("person_may_not", _("该人员没有办理此事项的权限，不能转交。"), where="person")


@transaction.atomic
def extend(*, actor: Viewer, task_id: int, amount: int, reason: str, now: datetime) -> Task:
    """Extend a task's deadline once, by at most its original length, with a reason.

    Raises NotFound, NotPermitted, Refused (``no_deadline``, ``extension_limit``, ``reason_missing``).
    """
    task = Task.objects.select_for_update().select_related("case").get(pk=selectors.get_task(actor, task_id).pk)
    actor.require(TASK_ASSIGN, task.org_path)
    if task.due_at is None or task.amount is None:
        raise Refused("no_deadline", _("该待办没有时限。"))
    if task.extensions >= MAX_EXTENSIONS or not 0 < amount <= task.amount:
        raise Refused("extension_limit", _("只能延期一次，且不超过原时限。"), where="amount")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写延期理由。"), where="reason")
    calendar = working_calendar()
    more = DeadlineSpec(amount=amount, unit=Unit(task.unit))
    task.due_at = rules.due_at(more, task.due_at, timedelta(0), calendar)
    task.extensions += 1
    task.provisional = calendar.provisional(clock.city_date(task.due_at))
    task.save(update_fields=["due_at", "extensions", "provisional"])
    _append(
        case=task.case,
        actor=actor,
        verb="extend",
        source=task.case.state,
        target=task.case.state,
        reason=reason.strip(),
        now=now,
    )
    return task


@transaction.atomic
def recalculate(*, actor: Viewer, now: datetime) -> int:
    """Compute open deadlines anew after a change of the calendar; return how many moved.

    Paused and extended deadlines keep what was granted: only those still as they were set are moved.
    """
    calendar = working_calendar()
    stale = (
        Task.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(done_at__isnull=True, due_at__isnull=False, paused_at__isnull=True, paused_s=0, extensions=0)
        .exclude(calendar_version=calendar.version)
    )
    return sum(_recalculated(task, calendar, actor, now) for task in stale)


def _recalculated(task: Task, calendar: WorkingCalendar, actor: Viewer, now: datetime) -> bool:
    spec = DeadlineSpec(amount=task.amount or 0, unit=Unit(task.unit))
    before, task.due_at = task.due_at, rules.due_at(spec, task.opened_at, timedelta(0), calendar)
    task.calendar_version = calendar.version
    task.provisional = calendar.provisional(clock.city_date(task.due_at))
    task.save(update_fields=["due_at", "calendar_version", "provisional"])
    if before == task.due_at:
        return False
    words = _("工作日历调整，办理期限由 %(before)s 变为 %(after)s。") % {
        "before": f"{before:%Y-%m-%d %H:%M}",
        "after": f"{task.due_at:%Y-%m-%d %H:%M}",
    }
    _append(task.case, actor, "recalculate", task.case.state, task.case.state, words, now)
    return True


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Fire every reminder that is due and was not fired; return how many. Safe to run twice, or a week late."""
    fired = 0
    active = list(EscalationRule.objects.filter(is_active=True))
    tasks = Task.objects.filter(done_at__isnull=True, due_at__isnull=False, paused_at__isnull=True).select_related(
        "case"
    )
    for task in tasks.order_by("due_at")[:SWEEP_LIMIT]:
        fired += sum(_fire(task, rule, now) for rule in active if rule.flow in ("", task.case.flow))
    return fired


def _fire(task: Task, rule: EscalationRule, now: datetime) -> bool:
    if task.due_at is None or now < task.opened_at + (task.due_at - task.opened_at) * (rule.percent / 100):
        return False
    _row, made = Reminder.objects.get_or_create(task=task, rule=rule, due_at=task.due_at, defaults={"at": now})
    if made:
        publish(
            DeadlineReminded(
                task_id=task.pk,
                title=task.title,
                case_title=task.case.title,
                url=task.case.url,
                words=rule.words,
                whom=rule.whom,
                permission=task.permission if rule.whom == EscalationRule.Whom.HOLDER else WORKLIST_VIEW.code,
                org_path=task.org_path,
                due_at=task.due_at,
            )
        )
    return made


@transaction.atomic
def supervise(*, actor: Viewer, task_id: int, requirement: str, due_at: datetime, now: datetime) -> Supervision:
    """Send a supervision letter (督办) on a task's case.

    Raises NotFound, NotPermitted and Refused (``requirement_missing``, ``due_in_the_past``).
    """
    task = selectors.get_task(actor, task_id)
    actor.require(SUPERVISE, task.org_path)
    if not requirement.strip():
        raise Refused("requirement_missing", _("请填写督办要求。"), where="requirement")
    if due_at <= now:
        raise Refused("due_in_the_past", _("反馈期限须晚于现在。"), where="due_at")
    return Supervision.objects.create(
        number=public_number("DB", clock.city_date(now)),
        case=task.case,
        org=task.org,
        requirement=requirement.strip(),
        due_at=due_at,
        opened_at=now,
        opened_by=actor.name,
    )


@transaction.atomic
def answer_supervision(*, actor: Viewer, number: str, feedback: str, now: datetime) -> Supervision:
    """Answer a supervision and close it. Raises NotFound, NotPermitted, Conflict (``already_closed``), Refused."""
    row = Supervision.objects.select_for_update().select_related("org").filter(number=number).first()
    if row is None or not selectors.visible_supervisions(actor).filter(pk=row.pk).exists():
        raise NotFound("supervision_not_found")
    actor.require(WORKLIST_VIEW, row.org.path)
    if row.closed_at:
        raise Conflict("already_closed", _("该督办已办结。"))
    if not feedback.strip():
        raise Refused("feedback_missing", _("请填写反馈内容。"), where="feedback")
    row.feedback, row.closed_at = feedback.strip(), now
    row.save(update_fields=["feedback", "closed_at"])
    return row
