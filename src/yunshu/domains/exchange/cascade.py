"""Reading what passes between this level and the one above: who sees which debts, tasks, cases and messages."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import Headings, MessageState
from yunshu.domains.exchange.contracts import (
    DELIVERY_VIEW,
    REQUEST_ANSWER,
    REQUEST_CHECK,
    REQUEST_DECIDE,
    REQUEST_EDIT,
)
from yunshu.domains.exchange.models import CascadeMessage, DataDebt, UpperCase, UpperLink, UpperTask
from yunshu.domains.exchange.selectors import within
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.permissions import Permission


def bureau() -> Org:
    """Return the city's data bureau, which speaks with the level above. Raises Refused (``bureau_missing``)."""
    org = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first()
    if org is None:
        raise Refused("bureau_missing", _("没有设置市级数据主管部门。"))
    return org


def speaks_above(viewer: Viewer, permission: Permission) -> bool:
    """Say whether the viewer has the permission where the city speaks with the level above: at its data bureau."""
    org = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first()
    return isinstance(viewer, System) or (org is not None and viewer.may(permission, org.path))


def visible_debts(viewer: Viewer) -> QuerySet[DataDebt]:
    """Return what one's own organisations are owed or must supply; the bureau's people see those of whom they check."""
    mine = within(viewer, REQUEST_EDIT, "creditor__path") | within(viewer, REQUEST_ANSWER, "supplier__path")
    rows = DataDebt.objects.filter(mine | within(viewer, REQUEST_CHECK, "creditor__path"))
    return rows.select_related("creditor", "supplier", "resource", "agreement")


def visible_tasks(viewer: Viewer) -> QuerySet[UpperTask]:
    """Return the tasks of one's own organisations; who decides disputes at the bureau sees, and assigns, all."""
    rows = UpperTask.objects.select_related("org")
    if speaks_above(viewer, REQUEST_DECIDE):
        return rows
    return rows.filter(within(viewer, REQUEST_ANSWER, "org__path"))


def visible_cases(viewer: Viewer) -> QuerySet[UpperCase]:
    """Return what one's own organisations asked of the level above."""
    mine = within(viewer, REQUEST_EDIT, "org__path") | within(viewer, REQUEST_CHECK, "org__path")
    return UpperCase.objects.filter(mine).select_related("org")


def visible_messages(viewer: Viewer) -> QuerySet[CascadeMessage]:
    """Return every message; only for who may see deliveries at the bureau."""
    rows = CascadeMessage.objects.select_related("link")
    return rows if speaks_above(viewer, DELIVERY_VIEW) else rows.none()


def get_debt(viewer: Viewer, number: str) -> DataDebt:
    """Return one; raise NotFound (``debt_not_found``)."""
    row = visible_debts(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("debt_not_found")
    return row


def get_task(viewer: Viewer, number: str) -> UpperTask:
    """Return one; raise NotFound (``task_not_found``)."""
    row = visible_tasks(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("task_not_found")
    return row


def get_case(viewer: Viewer, number: str) -> UpperCase:
    """Return one; raise NotFound (``case_not_found``)."""
    row = visible_cases(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("case_not_found")
    return row


def get_message(viewer: Viewer, key: int) -> CascadeMessage:
    """Return one; raise NotFound (``message_not_found``)."""
    row = visible_messages(viewer).filter(pk=key).first()
    if row is None:
        raise NotFound("message_not_found")
    return row


def queue_of(line: UpperLink) -> dict[str, int]:
    """Return how many messages wait to go up, and how many were refused either way."""
    up, refused = Q(way=Headings.UP, state=MessageState.WAITING), Q(state=MessageState.REFUSED)
    found = line.messages.aggregate(waiting=Count("pk", filter=up), refused=Count("pk", filter=refused))
    return {name: int(count) for name, count in found.items()}
