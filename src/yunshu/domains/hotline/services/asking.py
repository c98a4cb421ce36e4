"""More time: an extension once, a suspension for a listed reason; the plain verbs that need no more than a reason; a new calendar."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.choices import Answer, Urgency
from yunshu.domains.hotline.models import Extension, SuspendReason, Suspension, Ticket
from yunshu.domains.hotline.rules import life, limits
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.selectors.lists import limit_for
from yunshu.domains.hotline.services import steps
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused

PLAIN = frozenset(
    {
        "accept",
        "recall",
        "sign",
        "take_back",
        "uphold",
        "drop_objection",
        "deny_extension",
        "drop_extension",
        "deny_pause",
        "drop_pause",
        "resume",
        "end_pause",
        "province_return",
        "upgrade",
        "rework",
        "rework_desk",
        "reopen",
        "archive",
        "grant_extension",
        "grant_pause",
    }
)
"""Verbs that need no more than a reason."""
SWEEP = 500


@transaction.atomic
def move_ticket(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Ticket:
    """Take a plain step. Raises NotFound, NotPermitted, Conflict and Refused (``verb_missing``, and as the guards say)."""
    if verb not in PLAIN:
        raise Refused("verb_missing", _("请选择操作。"))
    row = steps.locked(actor, number)
    standing = None
    if verb == "grant_extension":
        _lengthen(row)
    if verb == "grant_pause":
        standing = _ground(row)
    if verb == "sign":
        row.holder = Person.objects.filter(pk=getattr(actor, "person_id", 0)).first()
    steps.take(row, verb, actor, now, reason, standing=standing)
    return row


def _lengthen(row: Ticket) -> None:
    wanted, running = row.extensions.filter(state=Answer.OPEN).last(), selectors.running_clock(row)
    if wanted is None or running is None:
        raise Conflict("verb_not_possible", _("没有待批的延期申请，请刷新页面。"))
    running.more = wanted.amount
    running.save(update_fields=["more"])


def _ground(row: Ticket) -> SuspendReason:
    wanted = row.suspensions.filter(state=Answer.OPEN).select_related("reason").last()
    if wanted is None:
        raise Conflict("verb_not_possible", _("没有待批的挂起申请，请刷新页面。"))
    return wanted.reason


@transaction.atomic
def ask_extension(*, actor: Viewer, number: str, amount: int, reason: str, now: datetime) -> Ticket:
    """Ask for more time, at most as much as the limit was.

    Raises NotFound, NotPermitted, Conflict and Refused (``extension_too_long``, ``extended_already``, ``extension_late``).
    """
    row = steps.locked(actor, number)
    running = selectors.running_clock(row)
    steps.take(row, "ask_extension", actor, now, reason, data={"amount": amount})
    if running is None or row.unit is None or not 1 <= amount <= running.amount:
        most = running.amount if running else 0
        raise Refused("extension_too_long", _("延期不得超过原时限（%(n)s）。") % {"n": most}, where="amount")
    Extension.objects.create(
        ticket=row,
        amount=amount,
        words=reason.strip(),
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        unit=row.unit,
        asked_at=now,
    )
    return row


@transaction.atomic
def ask_pause(*, actor: Viewer, number: str, ground: str, until: date, reason: str, now: datetime) -> Ticket:
    """Ask that the clock stand still, for a listed reason and until a day.

    Raises NotFound, NotPermitted, Conflict and Refused (``ground_unknown``, ``until_past``).
    """
    row = steps.locked(actor, number)
    found = SuspendReason.objects.filter(code=ground, is_active=True).first()
    if found is None:
        raise Refused("ground_unknown", _("请选择挂起事由。"), where="ground")
    if until <= clock.city_date(now):
        raise Refused("until_past", _("预计恢复日期须晚于今天。"), where="until")
    steps.take(row, "ask_pause", actor, now, reason, data={"ground": ground, "until": until})
    if row.unit is None:
        raise Conflict("verb_not_possible", _("工单没有承办单位。"))
    Suspension.objects.create(
        ticket=row,
        reason=found,
        until=until,
        words=reason.strip(),
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        unit=row.unit,
        asked_at=now,
    )
    return row


@transaction.atomic
def assign(*, actor: Viewer, number: str, person_id: int, now: datetime) -> Ticket:
    """Give a ticket to a person of its unit. Raises NotFound, NotPermitted, Conflict and Refused (``person_may_not``)."""
    row = steps.locked(actor, number)
    task = workflow.open_task_of(workflow.get_case(life.CODE, number))
    if row.unit is None or row.state not in (life.HANDLING, life.SUSPENDED) or task is None:
        raise Conflict("verb_not_possible", _("当前状态不能转交。"))
    actor.require(life.BY_VERB["sign"].permission, row.unit.path)
    workflow.hand_over(actor=steps.WATCHER, task_id=task.pk, person_id=person_id, now=now)
    row.holder = Person.objects.get(pk=person_id)
    steps.append(row, "assign", actor, now, row.holder.name)
    steps.settle(row, now, working_calendar())
    return row


@transaction.atomic
def regrade(*, actor: Viewer, number: str, urgency: str, reason: str, now: datetime) -> Ticket:
    """Give another urgency: another limit on the same clock, from the same start, with every pause there was.

    Raises NotFound, NotPermitted, Conflict (``ticket_over``) and Refused (``urgency_unknown``, ``reason_missing``).
    """
    row = steps.locked(actor, number)
    actor.require(life.BY_VERB["dispatch"].permission, row.desk.path)
    if urgency not in Urgency.values or urgency == row.urgency:
        raise Refused("urgency_unknown", _("请选择另一个紧急程度。"), where="urgency")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    if row.state in life.OVER:
        raise Conflict("ticket_over", _("工单已办结。"))
    before, row.urgency = row.urgency, urgency
    running = selectors.running_clock(row)
    if running is not None:
        found = limit_for(row, limits.REWORK if row.reworks else limits.HANDLE, running.starts_at)
        code, limit = found or ("", limits.FALLBACK)
        running.limit, running.amount, running.unit = code, limit.amount, limit.unit
        running.more = min(running.more, running.amount)
        running.save(update_fields=["limit", "amount", "unit", "more"])
    steps.append(row, "regrade", actor, now, reason, {"from": before, "to": urgency})
    steps.settle(row, now, working_calendar())
    return row


def recalculate(*, now: datetime) -> int:
    """Compute deadlines anew after a change of the calendar; return how many moved. Safe to run twice."""
    version = working_calendar().version
    stale = Ticket.objects.filter(closed_at__isnull=True).exclude(calendar_version=version).order_by("pk")
    return sum(_recalculated(pk, now) for pk in list(stale.values_list("pk", flat=True)[:SWEEP]))


@transaction.atomic
def _recalculated(pk: int, now: datetime) -> bool:
    row = steps.locked_row(pk)
    before = row.due_at
    steps.settle(row, now, working_calendar())
    if row.due_at == before:
        return False
    data = {"from": before, "to": row.due_at, "calendar": row.calendar_version}
    steps.append(row, "recalculate", steps.WATCHER, now, data=data)
    return True


def wake(*, now: datetime) -> int:
    """End suspensions whose day has come; return how many. Safe to run twice."""
    today, woken = clock.city_date(now), 0
    granted = Suspension.objects.filter(state=Answer.GRANTED, until__lte=today, ticket__state=life.SUSPENDED)
    stood = granted.filter(answered_at__gte=F("ticket__state_since")).values_list("ticket_id", flat=True)
    for pk in list(stood.distinct()[:SWEEP]):
        with transaction.atomic():
            row = steps.locked_row(pk)
            if row.state == life.SUSPENDED:
                steps.take(row, "end_pause", steps.WATCHER, now, _("挂起期限已到。"))
                woken += 1
    return woken
