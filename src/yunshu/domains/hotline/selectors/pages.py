"""What the pages of tickets choose from and show beside the ticket itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with, places_with
from yunshu.domains.directory.contracts import Anonymous, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.contracts import DESK_RIGHTS, TICKET_DISPATCH, TICKET_HANDLE, TICKET_MANAGE, TICKET_REGISTER
from yunshu.domains.hotline.models import Category, ObjectionReason, RejectGround, SuspendReason, Ticket, TicketStep
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.rules.routing import Suggestion
from yunshu.domains.hotline.selectors.lists import suggestions
from yunshu.domains.hotline.selectors.tickets import is_of_desk, visible_tickets, within
from yunshu.lib.kernel import clock

Choices = list[tuple[str, str]]
DUES = (("late", _l("已超期")), ("soon", _l("24 小时内到期")))
MOST, MOST_WAITING = 500, 20
SIMILAR_WITHIN = timedelta(days=7)
DESK_STATES = (
    life.RECEIVED,
    life.REGISTERED,
    life.OBJECTED,
    life.EXTENDING,
    life.PAUSING,
    life.MEETING,
    life.SPLIT,
    life.REPLIED,
    life.CALLBACK,
)
UNIT_STATES = (life.DISPATCHED, life.HANDLING, life.SUSPENDED)


def orgs(*, but: Sequence[str] = (Org.Kind.CITY, Org.Kind.VENDOR)) -> Choices:
    """Return the organisations that can be named."""
    return [(row.code, row.name) for row in Org.objects.filter(is_active=True).exclude(kind__in=but).order_by("path")]


def units_to_dispatch(now: datetime) -> list[tuple[str, str | Choices]]:
    """Return the organisations in two groups: where somebody may handle tickets now, and where nobody is."""
    places = places_with(TICKET_HANDLE.code, now)
    rows = Org.objects.filter(is_active=True).exclude(kind__in=(Org.Kind.CITY, Org.Kind.VENDOR)).order_by("path")
    groups: dict[bool, Choices] = {True: [], False: []}
    for row in rows:
        staffed = any(row.path == path or (below and row.path.startswith(path)) for path, below in places)
        groups[staffed].append((row.code, row.name))
    named = ((_("有承办人员"), groups[True]), (_("还没有承办人员，不能派"), groups[False]))
    return [pair for pair in named if pair[1]]


def desks(viewer: Viewer) -> Choices:
    """Return the desks at which the viewer may register: bureaus in reach."""
    reach = within(viewer, (TICKET_REGISTER,), "path")
    rows = Org.objects.filter(reach, is_active=True, kind=Org.Kind.BUREAU).order_by("path")
    return [(row.code, row.name) for row in rows]


def categories() -> Choices:
    """Return the classes of matters in use, with a blank one."""
    return [("", _("暂不分类")), *Category.objects.filter(is_active=True).values_list("code", "path")]


def divisions() -> Choices:
    """Return the divisions of the city, with a blank one."""
    rows = Org.objects.filter(kind=Org.Kind.DISTRICT, is_active=True).exclude(division_code="").order_by("code")
    return [("", _("不确定")), *((row.division_code, row.name) for row in rows)]


def division_name(code: str) -> str:
    """Return the name of a division of the city; a code that is none of them as it is."""
    return dict(divisions()).get(code, code) if code else ""


def due_conditions(now: datetime) -> tuple[Q, Q]:
    """Return the conditions that an answer is overdue, and that it is due within a day; what was answered is neither."""
    waits = Q(state__in=life.BEFORE_REPLY)
    return waits & Q(due_at__lt=now), waits & Q(due_at__gte=now, due_at__lt=now + timedelta(days=1))


def due_where(_viewer: Viewer, chosen: str) -> Q:
    """Return the condition on the handling deadline: beyond it, or within a day of it."""
    now = clock.now()
    late, soon = due_conditions(now)
    return late if chosen == "late" else soon


def who(step: TicketStep) -> str:
    """Return who took a step, as a page shows it: somebody who did not sign in is a citizen."""
    name = _("市民") if step.actor == Anonymous.name else step.actor
    return f"{step.org} {name}".strip()


def reject_grounds() -> Choices:
    """Return the grounds in use, each with its lawful way."""
    rows = RejectGround.objects.filter(is_active=True)
    return [("", _("请选择")), *((row.code, f"{row.name} · {row.channel}") for row in rows)]


def objection_reasons() -> Choices:
    """Return the reasons in use."""
    return [("", _("请选择")), *ObjectionReason.objects.filter(is_active=True).values_list("code", "name")]


def suspend_reasons() -> Choices:
    """Return the reasons in use."""
    return [("", _("请选择")), *SuspendReason.objects.filter(is_active=True).values_list("code", "name")]


def able_people(row: Ticket, now: datetime) -> Choices:
    """Return everybody who may handle a ticket in its unit."""
    if row.unit is None:
        return []
    return [
        (str(card.id), f"{card.name} · {card.org.name}") for card in people_with(TICKET_HANDLE.code, row.unit.path, now)
    ]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A suggested unit as the dispatch page shows it."""

    suggestion: Suggestion
    org_code: str
    reasons: tuple[str, ...]


def advice(row: Ticket, now: datetime) -> list[Advice]:
    """Return what the duty directory suggests for a ticket, with reasons in words."""
    found = suggestions(row, clock.city_date(now))
    codes = dict(Org.objects.filter(pk__in=[s.row.org_id for s in found]).values_list("pk", "code"))
    names = {"category": _("分类"), "word": _("关键词"), "division": _("辖区")}
    return [
        Advice(
            suggestion=each,
            org_code=codes[each.row.org_id],
            reasons=tuple(
                f"{names[r.kind]} {division_name(r.words) if r.kind == 'division' else r.words}" for r in each.reasons
            ),
        )
        for each in found
    ]


def similar(viewer: Viewer, row: Ticket, most: int = 5) -> list[Ticket]:
    """Return open tickets of the same place or street within a week that share words: candidates for merging. People decide."""
    near = visible_tickets(viewer).filter(
        state__in=life.OPEN, relation="", received_at__gte=row.received_at - SIMILAR_WITHIN
    )
    near = near.exclude(pk=row.pk).filter(division=row.division).order_by("-received_at", "-pk")[:MOST]
    mine = set(words.grams(f"{row.title} {row.address}"))
    scored = [(len(mine & set(words.grams(f"{each.title} {each.address}"))), each) for each in near]
    best = sorted((pair for pair in scored if pair[0] > 1), key=lambda pair: (-pair[0], pair[1].pk))
    return [each for _score, each in best[:most]]


def facts_of(viewer: Viewer, row: Ticket) -> dict[str, Any]:
    """Return what stands around a ticket: its timeline, parts, requests, replies, calls, meetings."""
    of_desk = is_of_desk(viewer, row)
    mask = (lambda text: text) if of_desk else words.mask_text
    return {
        "steps": [
            (_(life.STEP_NAMES.get(step.verb, step.verb)), step, mask(step.words), who(step))
            for step in row.steps.order_by("-seq")
        ],
        "parts": list(row.children.select_related("unit").order_by("pk")) if of_desk else [],
        "assignments": list(row.assignments.select_related("unit", "rule", "subticket")),
        "objections": list(row.objections.select_related("reason", "unit", "proposed")),
        "extensions": list(row.extensions.select_related("unit")),
        "suspensions": list(row.suspensions.select_related("unit", "reason")),
        "replies": list(row.replies.select_related("unit").order_by("-version")),
        "judgements": list(row.judgements.select_related("asker", "approver")),
        "calls": list(row.callbacks.order_by("-at", "-pk")),
        "meetings": list(row.meetings.prefetch_related("units")),
        "rating": getattr(row, "rating", None),
    }


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many tickets of the viewer's are in a state."""

    state: str
    name: str
    count: int


def tallies(viewer: Viewer) -> list[Tally]:
    """Return the states in which something waits for the viewer's desk or unit, in the order of the work."""
    at_desk = any(viewer.reach(permission) for permission in DESK_RIGHTS)
    states = (*DESK_STATES, *UNIT_STATES) if at_desk else (*UNIT_STATES, *DESK_STATES[2:5], life.REPLIED)
    found = visible_tickets(viewer).filter(state__in=states).order_by().values("state").annotate(n=Count("pk"))
    counts = {each["state"]: each["n"] for each in found}
    return [Tally(state=s, name=_(life.STATE_NAMES[s]), count=counts[s]) for s in states if s in counts]


def waiting(viewer: Viewer) -> list[Ticket]:
    """Return the tickets that wait for the viewer's desk or unit, the most urgent first; one more than a page shows."""
    at_desk = within(viewer, DESK_RIGHTS, "desk__path")
    at_unit = within(viewer, (TICKET_HANDLE,), "unit__path")
    rows = visible_tickets(viewer).filter((at_desk & Q(state__in=DESK_STATES)) | (at_unit & Q(state__in=UNIT_STATES)))
    return list(rows.order_by("state_due_at", "pk")[: MOST_WAITING + 1])


def objected(viewer: Viewer) -> QuerySet[Ticket]:
    """Return the tickets whose objection, extension or suspension the viewer may decide."""
    rows = visible_tickets(viewer).filter(within(viewer, (TICKET_DISPATCH,), "desk__path"))
    return rows.filter(state__in=(life.OBJECTED, life.EXTENDING, life.PAUSING))


def to_call(viewer: Viewer) -> QuerySet[Ticket]:
    """Return the tickets whose callers wait for a call."""
    return visible_tickets(viewer).filter(state=life.CALLBACK)


def may_manage(viewer: Viewer, row: Ticket) -> bool:
    """Say whether the viewer may supervise a ticket."""
    return viewer.may(TICKET_MANAGE, row.desk.path)
