"""Who holds a task, and how long they have: hand over, take together, extend."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with, working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.workflow import rules, selectors
from yunshu.domains.workflow.contracts import TASK_ASSIGN, DeadlineSpec, Unit
from yunshu.domains.workflow.models import Task
from yunshu.domains.workflow.services.moving import append_event
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

MAX_EXTENSIONS = 1


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
    append_event(task.case, actor, "extend", task.case.state, task.case.state, reason.strip(), now)
    return task


def take_all(*, actor: Viewer, task_ids: Iterable[int], now: datetime) -> int:
    """Take every free task among ``task_ids``; return how many. One that somebody else took first is left alone."""
    taken = 0
    for task_id in task_ids:
        try:
            task = hand_over(actor=actor, task_id=task_id, person_id=getattr(actor, "person_id", None), now=now)
        except (NotFound, Conflict, Refused):
            continue
        taken += task.holder_id is not None
    return taken


def release_all(*, actor: Viewer, task_ids: Iterable[int], now: datetime) -> int:
    """Give back every task the actor holds among ``task_ids``; return how many."""
    given = 0
    for task_id in task_ids:
        try:
            hand_over(actor=actor, task_id=task_id, person_id=None, now=now)
        except (NotFound, Conflict, Refused):
            continue
        given += 1
    return given


@transaction.atomic
def own_deadline(*, flow: str, number: str, due_at: datetime | None) -> Task | None:
    """Give a case's open task the deadline that its domain computed by clocks of its own (None: none runs); return the task.

    The engine reminds of it and shows its light, but neither extends it nor computes it anew with the calendar.
    """
    task = Task.objects.select_for_update().filter(case__flow=flow, case__number=number, done_at__isnull=True).first()
    if task is not None:
        task.due_at, task.amount, task.unit, task.provisional = due_at, None, "", False
        task.save(update_fields=["due_at", "amount", "unit", "provisional"])
    return task
