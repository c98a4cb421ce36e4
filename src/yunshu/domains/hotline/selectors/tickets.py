"""Reading tickets: who sees which, how their clocks stand, what their guards look at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Adjudication, Answer, Reached, Relation
from yunshu.domains.hotline.contracts import DESK_RIGHTS, UNIT_RIGHTS
from yunshu.domains.hotline.models import Ticket, TicketClock
from yunshu.domains.hotline.rules import clocks, limits
from yunshu.domains.hotline.rules import life as life
from yunshu.domains.hotline.rules.clocks import Course, Limit, Reading, Unit
from yunshu.domains.hotline.rules.guards import Facts
from yunshu.domains.hotline.selectors.lists import limit_for
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.worktime import Pause, WorkingCalendar

TICKET_FILES = "hotline.ticket"
CONTENT_FROM = 3
"""Stars of five from which a caller counts as content; ours."""
ENOUGH_ATTEMPTS = 2
"""Calls without an answer after which a ticket may be closed; ours."""


def within(viewer: Viewer, permissions: tuple[Permission, ...], path: str) -> Q:
    """Return the condition that the organisation at ``path`` is one where the viewer holds one of ``permissions``."""
    reach = Q(pk__in=())
    for where, subtree in {place for p in permissions for place in viewer.reach(p)}:
        reach |= Q((f"{path}__startswith", where)) if subtree else Q((path, where))
    return reach


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose tickets somebody sees, as keys: a condition over keys is answered from indexes, one over paths is not."""

    desks: tuple[int, ...]
    units: tuple[int, ...]

    def sight(self, ticket: str = "") -> Q:
        """Return the condition on tickets, or on what hangs on a ticket at ``ticket`` (``ticket__``)."""
        of_unit = Q((f"{ticket}unit_id__in", self.units))
        accused = Q((f"{ticket}accused_id__in", self.units)) & Q((f"{ticket}is_confidential", True))
        return Q((f"{ticket}desk_id__in", self.desks)) | (of_unit & ~accused)


def reach_of(viewer: Viewer) -> Reach:
    """Return the organisations at whose desk, and in which, the viewer works. One query."""
    desk, unit = within(viewer, DESK_RIGHTS, "path"), within(viewer, UNIT_RIGHTS, "path")
    rows = Org.objects.annotate(at_desk=Q(desk), in_unit=Q(unit)).filter(desk | unit)
    found = list(rows.order_by("pk").values_list("pk", "at_desk", "in_unit"))
    return Reach(desks=tuple(pk for pk, at, _in in found if at), units=tuple(pk for pk, _at, here in found if here))


def visible_tickets(viewer: Viewer) -> QuerySet[Ticket]:
    """Return the tickets of the viewer's desks and of the viewer's units; never one that complains of them."""
    rows = Ticket.objects.filter(reach_of(viewer).sight()).defer("search")
    return rows.select_related("unit", "desk", "category", "holder", "accused")


def get_ticket(viewer: Viewer, number: str) -> Ticket:
    """Return one ticket; raise NotFound (``ticket_not_found``)."""
    row = visible_tickets(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("ticket_not_found")
    return row


def is_of_desk(viewer: Viewer, row: Ticket) -> bool:
    """Say whether the viewer works at the ticket's desk."""
    return any(viewer.may(permission, row.desk.path) for permission in DESK_RIGHTS)


def course_of(clock: TicketClock) -> Course:
    """Return what a clock is computed from."""
    return Course(
        start=clock.starts_at,
        limit=Limit(amount=clock.amount, unit=Unit(clock.unit), more=clock.more),
        pauses=tuple(Pause(still.starts_at, still.ends_at) for still in clock.stills.all()),
        end=clock.ends_at,
    )


def running_clock(row: Ticket) -> TicketClock | None:
    """Return the clock that has not ended."""
    return row.clocks.filter(ends_at__isnull=True).first()


def readings(row: Ticket, calendar: WorkingCalendar, now: datetime) -> list[tuple[TicketClock, Reading]]:
    """Return how each run of the handling clock stands, the newest first."""
    rows = row.clocks.prefetch_related("stills__reason").order_by("-starts_at", "-pk")
    return [(clock, clocks.read(course_of(clock), calendar, now)) for clock in rows]


def state_due(row: Ticket, calendar: WorkingCalendar) -> datetime | None:
    """Return until when the present state's task is due; None where none is."""
    if row.state in limits.BY_HANDLING:
        return row.due_at
    clock = limits.STAGE_CLOCK.get(row.state)
    limit = limit_for(row, clock, row.state_since) if clock else None
    return clocks.nominal_due(row.state_since, limit[1], calendar) if limit else None


def facts_of(row: Ticket, calendar: WorkingCalendar, now: datetime) -> Facts:
    """Return what the guards look at."""
    parts = list(row.children.exclude(relation=Relation.MERGED).values_list("state", flat=True))
    called, content = _called_back(row)
    clock = running_clock(row)
    return Facts(
        is_part=row.relation in (Relation.ASSIST, Relation.SPLIT),
        has_unit=row.unit_id is not None,
        parts=len(parts),
        open_parts=sum(state not in life.OVER for state in parts),
        extensions=int(bool(clock and clock.more)),
        reworks=row.reworks,
        is_late=row.due_at is not None and row.due_at < now,
        objection_late=_objection_late(row, calendar, now),
        called_back=called,
        is_content=content,
        days_closed=(now - row.closed_at) // timedelta(days=1) if row.closed_at else 0,
    )


def _objection_late(row: Ticket, calendar: WorkingCalendar, now: datetime) -> bool:
    if row.dispatched_at is None:
        return False
    limit = limit_for(row, limits.OBJECT, row.dispatched_at)
    return limit is not None and clocks.nominal_due(row.dispatched_at, limit[1], calendar) < now


def _called_back(row: Ticket) -> tuple[bool, bool]:
    """Return whether the caller was asked since the last rework, and whether they are content (or adjudged)."""
    calls = list(row.callbacks.filter(rework=row.reworks))
    spoken = [call for call in calls if call.reached == Reached.YES]
    if spoken:
        last = spoken[-1]
        judged = last.adjudication != Adjudication.NONE or row.judgements.filter(state=Answer.GRANTED).exists()
        return True, judged or bool(last.solved and (last.result_score or 0) >= CONTENT_FROM)
    settled = any(call.reached in (Reached.REFUSED, Reached.NO_CONTACT) for call in calls)
    return settled or len(calls) >= ENOUGH_ATTEMPTS, True


def may_see(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer sees a ticket, and with it its attachments."""
    return visible_tickets(viewer).filter(number=number).exists()


def may_add(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may attach to a ticket: its desk or its unit, while it is open."""
    return visible_tickets(viewer).filter(number=number).exclude(state__in=life.FINAL).exists()


def org_path_of(number: str) -> str:
    """Return whose archivist answers for a ticket's attachments: its desk's."""
    return Ticket.objects.select_related("desk").get(number=number).desk.path
