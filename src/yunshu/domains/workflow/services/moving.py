"""A case moves: start, act, and what a step does to the task and its clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.workflow import registry, rules, selectors
from yunshu.domains.workflow.contracts import Clock, DeadlineSpec, Unit
from yunshu.domains.workflow.models import Case, FlowEvent, Party, Task
from yunshu.events.workflow import CaseMoved, TaskClosed, TaskOpened
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox import publish


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
    append_event(case, actor, "start", "", definition.initial, "", now)
    _open_task(case, now)
    return case


@transaction.atomic
def act(
    *,
    actor: Viewer,
    flow: str,
    number: str,
    verb: str,
    reason: str,
    now: datetime,
    parties: Mapping[str, int] | None = None,
) -> Case:
    """Take one step: check the right, move, append the event, close the open task, open the next.

    ``parties`` are roles that this step gives to organisations: whoever takes over from here.
    Raises NotFound (``case_not_found``), Conflict (``verb_not_possible``: somebody else was faster, or the state
    does not know the verb), NotPermitted (``not_permitted``) and Refused (``reason_missing``).
    """
    case = Case.objects.select_for_update().filter(flow=flow, number=number).first()
    if case is None:
        raise NotFound("case_not_found")
    step = registry.flow(flow).transition(case.state, verb)
    if step is None:
        stands = _(registry.flow(flow).state(case.state).name)
        raise Conflict(
            "verb_not_possible",
            _("现在是“%(state)s”，不能再办这一步，可能已由他人办理；请重新打开查看。") % {"state": stands},
        )
    if not selectors.may_take(actor, step, selectors.party_paths(case)):
        raise NotPermitted("not_permitted", _("您没有“%(verb)s”的权限。") % {"verb": _(step.name)})
    if step.needs_reason and not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    for role, org in (parties or {}).items():
        Party.objects.update_or_create(case=case, role=role, defaults={"org_id": org})
    source, case.state = case.state, step.target
    target = registry.flow(flow).state(step.target)
    case.closed_at = now if target.final else None
    case.save(update_fields=["state", "closed_at"])
    append_event(case, actor, verb, source, step.target, reason.strip(), now)
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
    """Let a paused clock run again: what was left is left still; what was overdue when it paused stays overdue."""
    calendar = working_calendar()
    if task.due_at and task.paused_at:
        if task.unit == Unit.NATURAL_DAYS:
            task.due_at += now - task.paused_at
        elif task.paused_at < task.due_at:
            left = calendar.working_seconds_between(task.paused_at, task.due_at)
            task.due_at = calendar.add_working_time(now, left)
        task.paused_s += int((now - task.paused_at).total_seconds())
    task.paused_at = None
    task.save(update_fields=["due_at", "paused_at", "paused_s"])


def append_event(
    case: Case, actor: Viewer, verb: str, source: str, target: str, reason: str, now: datetime
) -> FlowEvent:
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
    _set_deadline(task, registry.deadline_of(case.flow, case.state), now)
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


def _set_deadline(task: Task, deadline: DeadlineSpec | None, now: datetime) -> None:
    if deadline is None:
        return
    calendar = working_calendar()
    task.amount, task.unit, task.amber_at = deadline.amount, deadline.unit, deadline.amber_at
    task.due_at = rules.due_at(deadline, now, timedelta(0), calendar)
    task.calendar_version = calendar.version
    task.provisional = calendar.provisional(clock.city_date(task.due_at))


def _close_task(task: Task, actor: Viewer, now: datetime) -> None:
    task.done_at, task.done_by = now, actor.name
    task.save(update_fields=["done_at", "done_by"])
    publish(TaskClosed(task_id=task.pk, done_at=now, on_time=task.due_at is None or now <= task.due_at))
