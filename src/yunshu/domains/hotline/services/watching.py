"""What is looked after: supervision of a ticket, and the archive of what is long closed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import TICKET_MANAGE
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.rules.guards import REOPEN_WITHIN_DAYS
from yunshu.domains.hotline.services import steps
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Conflict

SWEEP = 500


@transaction.atomic
def supervise(*, actor: Viewer, number: str, requirement: str, due_at: datetime, now: datetime) -> Ticket:
    """Send a supervision letter (督办) to whoever holds the ticket; it is answered in the workflow.

    Raises NotFound, NotPermitted, Conflict (``nothing_waits``) and Refused as the workflow does.
    """
    row = steps.locked(actor, number)
    actor.require(TICKET_MANAGE, row.desk.path)
    task = workflow.open_task_of(workflow.get_case(life.CODE, number))
    if task is None:
        raise Conflict("nothing_waits", _("工单没有待办事项，不能督办。"))
    letter = workflow.supervise(actor=actor, task_id=task.pk, requirement=requirement, due_at=due_at, now=now)
    steps.append(row, "supervise", actor, now, requirement, {"letter": letter.number, "due_at": due_at})
    return row


def archive_old(*, now: datetime) -> int:
    """Put away what was closed so long ago that it cannot be reopened; return how many. Safe to run twice."""
    before = now - timedelta(days=REOPEN_WITHIN_DAYS)
    done = 0
    for pk in list(
        Ticket.objects.filter(state=life.CLOSED, closed_at__lt=before)
        .order_by("pk")
        .values_list("pk", flat=True)[:SWEEP]
    ):
        with transaction.atomic():
            row = steps.locked_row(pk)
            if row.state == life.CLOSED:
                steps.take(row, "archive", steps.WATCHER, now)
                done += 1
    return done
