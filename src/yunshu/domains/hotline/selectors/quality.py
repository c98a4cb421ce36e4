"""Reading quality checks: what there is to draw from, who sees which check, results, a draw computed again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices_roster import CheckState, FormState, Pick, Subject
from yunshu.domains.hotline.contracts import QUALITY_CHECK, QUALITY_MANAGE
from yunshu.domains.hotline.models import (
    CallBack,
    QualityCheck,
    Rating,
    Reply,
    SampleDraw,
    SamplingPlan,
    ScoreForm,
    Ticket,
    TicketStep,
)
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.rules import quality as rules
from yunshu.domains.hotline.rules.quality import Piece
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound

WORKERS = (QUALITY_CHECK, QUALITY_MANAGE)
TAKEN_DOWN = ("accept",)
CallSource = Callable[[int, datetime, datetime], list[Piece]]
"""(desk's id, from, until) → one piece for each recorded call: its number and the agent who spoke."""
_CALLS: list[CallSource] = []


def register_calls(source: CallSource) -> None:
    """Let draws of calls be made from ``source``; called once, where calls are kept."""
    _CALLS.append(source)


def week_bounds(monday: date) -> tuple[datetime, datetime]:
    """Return the first moment of a week and of the next."""
    starts = datetime.combine(monday, time(), CITY_ZONE)
    return starts, starts + timedelta(days=7)


def population(desk: Org, subject: str, pick: str, stars: int, monday: date) -> list[Piece]:
    """Return all pieces of work of a week that a plan draws from."""
    since, until = week_bounds(monday)
    if subject == Subject.CALL:
        return [piece for source in _CALLS for piece in source(desk.pk, since, until)]
    if pick == Pick.RANDOM:
        return _taken_down(desk, since, until) if subject == Subject.TICKET else _replies(desk, since, until)
    numbers = _low(desk, stars, since, until) if pick == Pick.LOW else _reworked(desk, since, until)
    return _by_ticket(numbers, subject)


def _taken_down(desk: Org, since: datetime, until: datetime) -> list[Piece]:
    people = dict(workflow.people_of(life.CODE, TAKEN_DOWN, since=since, until=until))
    mine = Ticket.objects.filter(desk=desk, number__in=people, parent__isnull=True).values_list("number", flat=True)
    return [Piece(key=number, person_id=people[number]) for number in mine]


def _replies(desk: Org, since: datetime, until: datetime) -> list[Piece]:
    rows = Reply.objects.filter(ticket__desk=desk, written_at__gte=since, written_at__lt=until, writer__isnull=False)
    return [_piece(*row) for row in rows.values_list("ticket__number", "version", "writer_id")]


def _piece(number: str, version: int, writer: int) -> Piece:
    return Piece(key=f"{number}/{version}", person_id=writer)


def _low(desk: Org, stars: int, since: datetime, until: datetime) -> set[str]:
    bad = Q(result_score__lte=stars) | Q(process_score__lte=stars) | Q(solved=False)
    calls = CallBack.objects.filter(bad, ticket__desk=desk, at__gte=since, at__lt=until)
    ratings = Rating.objects.filter(bad, ticket__desk=desk, at__gte=since, at__lt=until)
    return {*calls.values_list("ticket__number", flat=True), *ratings.values_list("ticket__number", flat=True)}


def _reworked(desk: Org, since: datetime, until: datetime) -> set[str]:
    steps = TicketStep.objects.filter(
        ticket__desk=desk, verb__in=("rework", "rework_desk", "meet_again"), at__gte=since, at__lt=until
    )
    return set(steps.values_list("ticket__number", flat=True))


def _by_ticket(numbers: set[str], subject: str) -> list[Piece]:
    """Return who took the tickets down, or who wrote their last reply that passed."""
    if subject == Subject.REPLY:
        rows = Reply.objects.filter(ticket__number__in=numbers, writer__isnull=False).exclude(passed=False)
        last = {
            number: (number, version, writer)
            for number, version, writer in rows.order_by("version").values_list(
                "ticket__number", "version", "writer_id"
            )
        }
        return [_piece(*row) for row in last.values()]
    people = dict(workflow.people_of(life.CODE, TAKEN_DOWN, numbers=numbers)) if numbers else {}
    return [Piece(key=number, person_id=person) for number, person in people.items()]


@dataclass(frozen=True, kw_only=True)
class Again:
    """A draw computed again: whether what it was drawn from is still the same, and whether the sample is."""

    same_population: bool
    same_sample: bool
    population: int


def again(draw: SampleDraw) -> Again:
    """Compute a draw again from its seed."""
    form_subject = draw.checks.values_list("form__subject", flat=True).first() or Subject.TICKET.value
    pieces = population(draw.plan.desk, form_subject, draw.pick, draw.stars, draw.monday)
    chosen = pieces if draw.pick != Pick.RANDOM else rules.draw(pieces, draw.seed, draw.each)
    kept = {key_of(row) for row in draw.checks.select_related("ticket", "reply")}
    return Again(
        same_population=rules.digest(pieces) == draw.digest,
        same_sample={piece.key for piece in chosen} == kept,
        population=len(pieces),
    )


def key_of(row: QualityCheck) -> str:
    """Return what a check's piece is called in a draw."""
    if row.ticket is None:
        return row.call
    return f"{row.ticket.number}/{row.reply.version}" if row.reply else row.ticket.number


def visible_checks(viewer: Viewer) -> QuerySet[QualityCheck]:
    """Return the checks of the viewer's desks, and of their own work what has been checked."""
    own = Q(person_id=getattr(viewer, "person_id", 0)) & ~Q(state=CheckState.WAITING)
    rows = QualityCheck.objects.filter(within(viewer, WORKERS, "desk__path") | own)
    return rows.select_related("form", "ticket", "reply", "person", "unit", "checker", "desk")


def get_check(viewer: Viewer, number: str) -> QualityCheck:
    """Return one check; raise NotFound (``check_not_found``)."""
    row = visible_checks(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("check_not_found")
    return row


def is_worker(viewer: Viewer) -> bool:
    """Say whether the viewer checks anywhere."""
    return any(viewer.reach(permission) for permission in WORKERS)


def draws(viewer: Viewer) -> QuerySet[SampleDraw]:
    """Return the draws of the viewer's desks."""
    return SampleDraw.objects.filter(within(viewer, WORKERS, "plan__desk__path")).select_related("plan")


def plans(viewer: Viewer) -> QuerySet[SamplingPlan]:
    """Return the plans that the viewer may draw by."""
    return SamplingPlan.objects.filter(within(viewer, (QUALITY_MANAGE,), "desk__path"), is_active=True)


def used_form(code: str) -> ScoreForm | None:
    """Return the version of a score form that is used now."""
    return ScoreForm.objects.filter(code=code, state=FormState.USED).first()


def score_forms() -> QuerySet[ScoreForm]:
    """Return all score forms, the newest version first."""
    return ScoreForm.objects.prefetch_related("items")


def results(viewer: Viewer, by: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return how checks came out for each person or unit: count, mean, vetoes, appeals, changed on appeal."""
    rows = visible_checks(viewer).exclude(state=CheckState.WAITING)
    rows = rows.filter(checked_at__gte=since, checked_at__lt=until)
    names = ("unit__code", "unit__name") if by == "unit" else ("person__number", "person__name", "unit__name")
    found = (
        rows.order_by()
        .values(*names)
        .annotate(
            n=Count("pk"),
            mean=Avg("score"),
            vetoes=Count("pk", filter=Q(vetoed=True)),
            appeals=Count("appeal"),
            changed=Count("appeal", filter=Q(appeal__upheld=False)),
        )
    )
    return sorted(found, key=lambda row: (row["mean"], row[names[0]]))


def desk_of(viewer: Viewer, code: str = "") -> Org:
    """Return a desk where the viewer checks, by its code or the first; raise NotFound (``desk_not_found``)."""
    rows = Org.objects.filter(within(viewer, WORKERS, "path"), kind=Org.Kind.BUREAU, is_active=True).order_by("path")
    row = (rows.filter(code=code) if code else rows).first()
    if row is None:
        raise NotFound("desk_not_found")
    return row
