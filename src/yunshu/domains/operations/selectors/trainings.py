"""Reading trainings: sessions, who came, the quiz."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import TRAINING_EDIT, TRAINING_VIEW
from yunshu.domains.operations.models import Attendee, Question, Training
from yunshu.domains.operations.rules import training as rules
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_trainings(viewer: Viewer) -> QuerySet[Training]:
    """Return the trainings of the organisations in reach, with how many signed in."""
    came = Count("attendees", filter=Q(attendees__sign_in__isnull=False))
    reach = within(viewer, TRAINING_VIEW, "org__path")
    return Training.objects.filter(reach).select_related("org", "system").annotate(came=came)


def get_training(viewer: Viewer, number: str) -> Training:
    """Return one training; raise NotFound (``training_not_found``)."""
    row = visible_trainings(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("training_not_found")
    return row


def may_view(viewer: Viewer, number: str) -> bool:
    """Say whether ``viewer`` may see a training's material."""
    return visible_trainings(viewer).filter(number=number).exists()


def may_add(viewer: Viewer, number: str) -> bool:
    """Say whether ``viewer`` may add to a training's material."""
    return viewer.may(TRAINING_EDIT, org_path_of(number))


def org_path_of(number: str) -> str:
    """Return the path of the organisation that holds a training, empty where there is none."""
    row = Training.objects.filter(number=number).select_related("org").first()
    return row.org.path if row else ""


def training_of_code(code: str) -> Training:
    """Return the training whose sign-in sheet shows ``code``; raise NotFound (``training_not_found``)."""
    row = Training.objects.filter(code=code.upper()).select_related("org", "system").first()
    if row is None:
        raise NotFound("training_not_found")
    return row


def attendees_of(training: Training) -> QuerySet[Attendee]:
    """Return who was invited or came, with sign-in and paper."""
    return training.attendees.select_related("sign_in", "paper", "person")


def questions_of(training: Training) -> Sequence[Question]:
    """Return the quiz, in order."""
    return list(training.questions.order_by("ordinal"))


def own_attendance(training: Training, person_id: int) -> Attendee | None:
    """Return what a person is on a training's list, None where not on it."""
    return attendees_of(training).filter(person_id=person_id).first()


@dataclass(frozen=True)
class Attendance:
    """Who came, and how the quiz went."""

    invited: int
    came_of_invited: int
    came: int
    papers: int
    passed: int
    average: Decimal | None

    @property
    def rate(self) -> Decimal | None:
        """Percent of those invited who came."""
        return rules.attendance(self.came_of_invited, self.invited)


def attendance_of(training: Training) -> Attendance:
    """Return the figures of a training."""
    rows = list(attendees_of(training))
    came = [r for r in rows if hasattr(r, "sign_in")]
    marks = [r.paper.mark for r in rows if hasattr(r, "paper")]
    return Attendance(
        invited=sum(r.invited for r in rows),
        came_of_invited=sum(r.invited for r in came),
        came=len(came),
        papers=len(marks),
        passed=sum(mark >= training.pass_mark for mark in marks),
        average=(Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.1")) if marks else None,
    )
