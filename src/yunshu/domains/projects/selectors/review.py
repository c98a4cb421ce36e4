"""Reading reviews: in one's reach or at one's seat, the marks that count, projects that look alike."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.models import Project, Review, ReviewScore, ReviewSeat
from yunshu.domains.projects.rules import review as rules
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


@dataclass(frozen=True)
class Alike:
    """A project of another number that looks alike."""

    project: Project
    likeness: Decimal


def visible_reviews(viewer: Viewer) -> QuerySet[Review]:
    """Return the reviews of projects in reach."""
    rows = Review.objects.filter(within(viewer, PROJECT_VIEW, "project__org__path"))
    return rows.select_related("project", "project__org")


def get_review(viewer: Viewer, number: str) -> Review:
    """Return one review; raise NotFound (``review_not_found``)."""
    row = visible_reviews(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("review_not_found")
    return row


def own_seats(viewer: Viewer) -> QuerySet[ReviewSeat]:
    """Return the seats of the viewer as an expert, the latest first."""
    rows = ReviewSeat.objects.filter(expert__person_id=getattr(viewer, "person_id", 0), recused_because="")
    return rows.select_related("review", "review__project", "review__project__org", "expert").order_by("-pk")


def seat_of(viewer: Viewer, row: Review) -> ReviewSeat:
    """Return the viewer's seat at a review; raise NotFound (``seat_not_found``)."""
    seat = own_seats(viewer).filter(review=row).first()
    if seat is None:
        raise NotFound("seat_not_found")
    return seat


def own_seat(viewer: Viewer, number: str) -> ReviewSeat:
    """Return the viewer's seat at a review by its number; raise NotFound (``seat_not_found``)."""
    seat = own_seats(viewer).filter(review__number=number).first()
    if seat is None:
        raise NotFound("seat_not_found")
    return seat


def last_round(seat: ReviewSeat) -> int:
    """Return the round in which the expert scored last; 0 without any."""
    found: int | None = seat.scores.aggregate(last=Max("round"))["last"]
    return found or 0


def marks_of(row: Review) -> list[rules.Mark]:
    """Return the marks that count: of each seat that did not step aside the last round."""
    scores = ReviewScore.objects.filter(seat__review=row, seat__recused_because="").select_related("seat__expert")
    last: dict[tuple[str, str], ReviewScore] = {}
    for score in scores.order_by("round"):
        last[score.seat.expert.code, score.criterion] = score
    return [
        rules.Mark(
            expert=expert,
            criterion=rules.Criterion(criterion),
            score=score.score,
            verdict=rules.Verdict(score.verdict),
        )
        for (expert, criterion), score in last.items()
    ]


def draw_holds(row: Review) -> bool:
    """Say whether a revealed draw follows from its commitment: the same computation as anyone may make."""
    seed = bytes.fromhex(row.seed)
    return rules.commitment(seed, row.candidates) == row.commitment and (
        rules.drawn_order(seed, row.word, row.candidates) == row.order
    )


def alike(viewer: Viewer, row: Project) -> list[Alike]:
    """Return the projects in the viewer's reach that may be the same thing built twice, the most alike first."""
    least = limits.value("duplicate_likeness")
    own = f"{row.name} {row.summary}"
    others = Project.objects.filter(within(viewer, PROJECT_VIEW, "org__path")).exclude(pk=row.pk).select_related("org")
    found = [Alike(other, rules.likeness(own, f"{other.name} {other.summary}")) for other in others]
    return sorted((a for a in found if a.likeness >= least), key=lambda a: -a.likeness)[:20]
