"""Reading the roster: desks and their agents, a week as a grid, who is here today, what waits for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from yunshu.domains.directory.api import people_with, person_card
from yunshu.domains.directory.contracts import PersonCard, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.choices_roster import DutyState, WeekState
from yunshu.domains.hotline.contracts import DESK_RIGHTS, ROSTER_MANAGE, TICKET_CALL_BACK, TICKET_REGISTER
from yunshu.domains.hotline.models import AgentSkill, Leave, RosterDuty, RosterWeek, Shift, Skill, Swap
from yunshu.domains.hotline.rules import roster as rules
from yunshu.domains.hotline.rules.roster import Span
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound

SEATED = (*DESK_RIGHTS, ROSTER_MANAGE)
WEEK = timedelta(days=7)
NEAR = timedelta(days=1)
AHEAD = timedelta(days=28)


def desks(viewer: Viewer) -> QuerySet[Org]:
    """Return the desks whose roster the viewer may read."""
    return Org.objects.filter(within(viewer, SEATED, "path"), kind=Org.Kind.BUREAU, is_active=True).order_by("path")


def get_desk(viewer: Viewer, code: str = "") -> Org:
    """Return a desk by its code, or the viewer's first; raise NotFound (``desk_not_found``)."""
    rows = desks(viewer)
    row = (rows.filter(code=code) if code else rows).first()
    if row is None:
        raise NotFound("desk_not_found")
    return row


def agents_of(desk: Org, now: datetime) -> list[PersonCard]:
    """Return who may sit at a desk's telephones: staff of the directory with its rights."""
    found = {
        card.id: card
        for permission in (TICKET_REGISTER, TICKET_CALL_BACK)
        for card in people_with(permission.code, desk.path, now)
    }
    return sorted(found.values(), key=lambda card: card.id)


def skills_of(people: Iterable[int]) -> dict[int, list[str]]:
    """Return the codes of what each can do."""
    rows = AgentSkill.objects.filter(person_id__in=list(people), skill__is_active=True).order_by("skill__code")
    found: dict[int, list[str]] = {}
    for person_id, code in rows.values_list("person_id", "skill__code"):
        found.setdefault(person_id, []).append(code)
    return found


def skill_names() -> dict[str, str]:
    """Return the skills in use by code."""
    return dict(Skill.objects.filter(is_active=True).values_list("code", "name"))


def shifts() -> QuerySet[Shift]:
    """Return the shifts in use."""
    return Shift.objects.filter(is_active=True)


def may_manage(viewer: Viewer, desk: Org) -> bool:
    """Say whether the viewer plans a desk's weeks."""
    return viewer.may(ROSTER_MANAGE, desk.path)


def week_of(viewer: Viewer, desk: Org, monday: date) -> RosterWeek | None:
    """Return a desk's week, None where there is none yet, or it is a draft and not the viewer's to see."""
    row = RosterWeek.objects.filter(desk=desk, monday=monday).first()
    hidden = row is not None and row.state == WeekState.DRAFT and not may_manage(viewer, desk)
    return None if hidden else row


def span_of(duty: RosterDuty) -> Span:
    """Return a duty as moments."""
    shift = duty.shift
    return rules.span_of(
        duty.person_id, duty.on, shift.starts_at, shift.ends_at, shift.rest_minutes, tuple(duty.skills)
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One person's week: seven lists of duties, hours, what the planner should look at."""

    person: PersonCard
    skills: list[str]
    days: list[list[RosterDuty]]
    away: list[bool]
    hours: float
    too_long: bool
    short_rest: bool


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A week as it is shown."""

    days: list[date]
    rows: list[Row] = field(default_factory=list)


def grid(desk: Org, monday: date, week: RosterWeek | None, now: datetime) -> Grid:
    """Return a week, one row for each agent and for everybody who has a duty in it."""
    days = [monday + timedelta(days=n) for n in range(7)]
    duties = list(week.duties.select_related("shift", "person__org") if week else [])
    people = {card.id: card for card in agents_of(desk, now)}
    people |= {
        duty.person_id: _card(duty) for duty in duties if duty.state != DutyState.OFF and duty.person_id not in people
    }
    spans = [span_of(duty) for duty in duties if duty.state == DutyState.ON]
    hours, tired = rules.week_hours(spans), rules.short_rests(spans)
    skills, away = skills_of(people), _away(people, days[0], days[-1])
    rows = [
        Row(
            person=card,
            skills=skills.get(key, []),
            days=[[d for d in duties if d.person_id == key and d.on == on and d.state != DutyState.OFF] for on in days],
            away=[any(a <= on <= b for a, b in away.get(key, ())) for on in days],
            hours=hours.get(key, 0.0),
            too_long=hours.get(key, 0.0) > rules.MOST_WEEK_HOURS,
            short_rest=key in tired,
        )
        for key, card in people.items()
    ]
    return Grid(days=days, rows=rows)


def _card(duty: RosterDuty) -> PersonCard:
    return person_card(duty.person)


def _away(people: Iterable[int], first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    out: dict[int, list[tuple[date, date]]] = {}
    rows = Leave.objects.filter(
        person_id__in=list(people), state=Answer.GRANTED, starts_on__lte=last, ends_on__gte=first
    )
    for person, starts, ends in rows.values_list("person_id", "starts_on", "ends_on"):
        out.setdefault(person, []).append((starts, ends))
    return out


def is_away(person_id: int, on: date) -> bool:
    """Say whether somebody has leave on a day."""
    return Leave.objects.filter(person_id=person_id, state=Answer.GRANTED, starts_on__lte=on, ends_on__gte=on).exists()


def spans_on(desk: Org, on: date, *, drafts: bool) -> list[Span]:
    """Return the turns that touch a day; of drafts too, for whoever plans."""
    duties = RosterDuty.objects.filter(week__desk=desk, on__range=(on - NEAR, on), state=DutyState.ON)
    if not drafts:
        duties = duties.filter(week__state=WeekState.PUBLISHED)
    return [span_of(duty) for duty in duties.select_related("shift")]


@dataclass(frozen=True, kw_only=True)
class Present:
    """Somebody on today's roster and whether their turn is now."""

    duty: RosterDuty
    is_now: bool
    skills: list[str]


def today(desk: Org, now: datetime) -> list[Present]:
    """Return who is on the published roster today, or since yesterday and still here."""
    on, names = clock.city_date(now), skill_names()
    duties = RosterDuty.objects.filter(
        week__desk=desk, week__state=WeekState.PUBLISHED, on__range=(on - NEAR, on), state=DutyState.ON
    ).select_related("shift", "person")
    out = []
    for duty in duties.order_by("on", "shift__starts_at", "person_id"):
        span = span_of(duty)
        if duty.on == on or span.ends > now:
            skills = [names.get(code, code) for code in duty.skills]
            out.append(Present(duty=duty, is_now=span.starts <= now < span.ends, skills=skills))
    return out


def today_for(viewer: Viewer, now: datetime) -> list[Present] | None:
    """Return who is on today's roster of the viewer's first desk; None for whoever sits at none."""
    desk = desks(viewer).first()
    return today(desk, now) if desk else None


def own_duties(viewer: Viewer, now: datetime) -> list[RosterDuty]:
    """Return the viewer's published duties from today on."""
    on = clock.city_date(now)
    rows = RosterDuty.objects.filter(
        person_id=getattr(viewer, "person_id", 0),
        week__state=WeekState.PUBLISHED,
        on__range=(on, on + AHEAD),
        state=DutyState.ON,
    )
    return list(rows.select_related("shift", "week__desk"))


def others_duties(viewer: Viewer, now: datetime) -> list[RosterDuty]:
    """Return colleagues' published duties from tomorrow on, with whom the viewer could swap."""
    on = clock.city_date(now)
    rows = RosterDuty.objects.filter(
        week__desk__in=desks(viewer),
        week__state=WeekState.PUBLISHED,
        on__range=(on + NEAR, on + AHEAD),
        state=DutyState.ON,
    ).exclude(person_id=getattr(viewer, "person_id", 0))
    return list(rows.select_related("shift", "person"))


def own_swaps(viewer: Viewer) -> QuerySet[Swap]:
    """Return the swaps that the viewer asked for or was asked for."""
    person = getattr(viewer, "person_id", 0)
    rows = Swap.objects.filter(Q(asker_id=person) | Q(other_id=person))
    return rows.select_related("mine__shift", "theirs__shift", "asker", "other")


def own_leave(viewer: Viewer) -> QuerySet[Leave]:
    """Return the viewer's leave."""
    return Leave.objects.filter(person_id=getattr(viewer, "person_id", 0)).select_related("approver")


def waiting_leave(viewer: Viewer) -> QuerySet[Leave]:
    """Return the leave that the viewer may grant: not their own."""
    rows = Leave.objects.filter(within(viewer, (ROSTER_MANAGE,), "desk__path"), state=Answer.OPEN)
    return rows.exclude(person_id=getattr(viewer, "person_id", 0)).select_related("person")


def clash(duty: RosterDuty, others: Sequence[RosterDuty]) -> RosterDuty | None:
    """Return the first of ``others`` that overlaps."""
    span = span_of(duty)
    return next((other for other in others if rules.overlap(span, span_of(other))), None)
