"""Deadlines watched: recalculated with the calendar, reminded of, escalated, supervised."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.workflow import rules, selectors
from yunshu.domains.workflow.contracts import SUPERVISE, WORKLIST_VIEW, DeadlineSpec, Unit
from yunshu.domains.workflow.models import EscalationRule, Reminder, Supervision, Task
from yunshu.domains.workflow.services.moving import append_event
from yunshu.events.workflow import DeadlineReminded, SupervisionAnswered, SupervisionOpened
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.outbox import publish
from yunshu.lib.worktime import WorkingCalendar

SWEEP_LIMIT = 2000
"""Reminders fired in one sweep; the next sweep, a minute later, goes on."""


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
        .exclude(unit="")  # a deadline by a domain's own clocks
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
    append_event(task.case, actor, "recalculate", task.case.state, task.case.state, words, now)
    return True


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Fire every reminder that is due and was not fired; return how many. Safe to run twice, or a week late."""
    fired = 0
    for rule in EscalationRule.objects.filter(is_active=True):
        for task in _due(rule, now)[: SWEEP_LIMIT - fired]:
            fired += _fire(task, rule, now)
    return fired


def _due(rule: EscalationRule, now: datetime) -> QuerySet[Task]:
    """Return the open tasks for which ``rule`` is due now and has not fired for their present deadline."""
    share = (F("due_at") - F("opened_at")) * Value(rule.percent / 100)
    told = Reminder.objects.filter(task=OuterRef("pk"), rule=rule, due_at=OuterRef("due_at"))
    tasks = Task.objects.filter(done_at__isnull=True, due_at__isnull=False, paused_at__isnull=True)
    if rule.flow:
        tasks = tasks.filter(case__flow=rule.flow)
    at = ExpressionWrapper(F("opened_at") + share, output_field=DateTimeField())
    return tasks.annotate(at=at).filter(~Exists(told), at__lte=now).select_related("case").order_by("due_at", "pk")


def _fire(task: Task, rule: EscalationRule, now: datetime) -> bool:
    if task.due_at is None:
        return False
    _row, made = Reminder.objects.get_or_create(task=task, rule=rule, due_at=task.due_at, defaults={"at": now})
    if made:
        holder = rule.whom == EscalationRule.Whom.HOLDER
        publish(
            DeadlineReminded(
                task_id=task.pk,
                title=task.title,
                case_title=task.case.title,
                url=task.case.url,
                words=rule.words,
                whom=rule.whom,
                permission=task.permission if holder else WORKLIST_VIEW.code,
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
    task = selectors.task_to_supervise(actor, task_id)
    actor.require(SUPERVISE, task.org_path)
    if not requirement.strip():
        raise Refused("requirement_missing", _("请填写督办要求。"), where="requirement")
    if due_at <= now:
        raise Refused("due_in_the_past", _("反馈期限须晚于现在。"), where="due_at")
    row = Supervision.objects.create(
        number=public_number("DB", clock.city_date(now)),
        case=task.case,
        org=task.org,
        requirement=requirement.strip(),
        due_at=due_at,
        opened_at=now,
        opened_by=actor.name,
    )
    publish(
        SupervisionOpened(
            number=row.number,
            case_title=row.case.title,
            requirement=row.requirement,
            org_path=row.org.path,
            permission=WORKLIST_VIEW.code,
            due_at=row.due_at,
        )
    )
    return row


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
    publish(
        SupervisionAnswered(
            number=row.number,
            case_title=row.case.title,
            feedback=row.feedback,
            org_path=row.org.path,
            permission=SUPERVISE.code,
            on_time=now <= row.due_at,
        )
    )
    return row
