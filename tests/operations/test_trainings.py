"""Trainings: held only with a sign-in, signed in only while it lasts, a quiz marked once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.ledger.models import Record
from yunshu.domains.operations.contracts import TRAINING_EDIT, TRAINING_VIEW
from yunshu.domains.operations.models import QuizPaper, Training, TrainingSignIn
from yunshu.domains.operations.selectors import trainings as selectors
from yunshu.domains.operations.services import trainings as services
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
END = NOW + timedelta(hours=2)


class Hall:
    """A session that begins now, its organiser, and somebody who comes."""

    def __init__(self) -> None:
        self.org = OrgFactory()
        self.organiser = staff((TRAINING_VIEW, TRAINING_EDIT), org=self.org)
        self.guest = staff((), org=self.org)
        self.row = self.arranged()

    def arranged(self, **more: Any) -> Training:
        words = {"title": "12345 系统培训", "trainer": "示例", "starts_at": NOW, "ends_at": END, "scope": "12345"}
        spec = services.TrainingSpec(**(words | more))
        return services.arrange_training(actor=self.organiser, org=self.org.code, spec=spec, now=NOW)

    def sign_in(self, who: Staff | None = None, at: datetime = NOW) -> Any:
        return services.sign_in(actor=who or self.guest, code=self.row.code, now=at)

    def close(self, *, held: bool = True, at: datetime = END) -> Training:
        return services.close_training(actor=self.organiser, number=self.row.number, held=held, closing="小结", now=at)

    def ask(self) -> None:
        words = {"text": "热线号码", "options": "12345\n12306", "right": 1}
        services.set_question(actor=self.organiser, number=self.row.number, **words)

    def answer(self, option: int) -> QuizPaper:
        return services.answer_quiz(actor=self.guest, code=self.row.code, answers={1: option}, now=NOW)


@pytest.fixture
def hall(db: None) -> Hall:
    return Hall()


def code_of(act: Any, error: type[Refused | Conflict] = Refused) -> str:
    with pytest.raises(error) as refused:
        act()
    return refused.value.code


def test_a_training_with_a_sign_in_is_held_and_on_the_ledger(hall: Hall) -> None:
    hall.sign_in()
    assert hall.close().state == "held"
    assert Record.objects.filter(kind="operations.training", subject=hall.row.number).count() == 2


def test_a_training_without_a_sign_in_or_before_its_end_is_not_held(hall: Hall) -> None:
    assert code_of(hall.close) == "no_sign_in"
    hall.sign_in()
    assert code_of(lambda: hall.close(at=END - timedelta(minutes=1))) == "not_over"
    assert hall.close(held=False, at=NOW).state == "cancelled"


@pytest.mark.parametrize(("at", "is_taken"), [(-61, False), (-60, True), (120, True), (121, False)])
def test_the_code_is_good_from_an_hour_before_until_the_end(hall: Hall, at: int, *, is_taken: bool) -> None:
    when = NOW + timedelta(minutes=at)
    taken = is_taken and hall.sign_in(at=when) is not None
    assert taken or code_of(lambda: hall.sign_in(at=when)) == "not_the_time"


def test_who_was_invited_is_recognised_and_who_was_not_is_counted_apart(hall: Hall) -> None:
    lines = [f"{hall.guest.name}，{hall.org.name}", "没有来的人,示例单位"]
    assert services.invite(actor=hall.organiser, number=hall.row.number, lines=lines) == 2
    hall.sign_in()
    hall.sign_in(staff((), org=hall.org))
    hall.sign_in()
    figures = selectors.attendance_of(hall.row)
    assert (figures.invited, figures.came_of_invited, figures.came, figures.rate) == (2, 1, 2, 50)


def test_a_paper_list_is_entered_after_the_beginning(hall: Hall) -> None:
    services.invite(actor=hall.organiser, number=hall.row.number, lines=["示例,示例单位"])
    (row,) = selectors.attendees_of(hall.row)
    words = {"actor": hall.organiser, "number": hall.row.number, "attendees": [row.pk]}
    assert code_of(lambda: services.note_sign_ins(now=NOW - timedelta(minutes=1), **words)) == "not_the_time"
    assert services.note_sign_ins(now=NOW, **words) == 1
    assert code_of(lambda: services.note_sign_ins(now=NOW, **words)) == "nothing_chosen"


@pytest.mark.parametrize(("option", "mark"), [(1, 100), (2, 0)])
def test_a_quiz_is_answered_once_by_who_signed_in(hall: Hall, option: int, mark: int) -> None:
    assert code_of(lambda: hall.answer(1)) == "not_signed_in"
    hall.sign_in()
    assert code_of(lambda: hall.answer(1)) == "no_quiz"
    hall.ask()
    assert hall.answer(option).mark == mark
    assert code_of(lambda: hall.answer(1), Conflict) == "paper_handed_in"
    assert code_of(hall.ask, Conflict) == "quiz_answered"


@pytest.mark.parametrize(("options", "right"), [("一个", 1), ("一\n二", 3), ("一\n二", 0), ("\n".join("1234567"), 1)])
def test_a_question_has_two_to_six_options_and_one_right_one(hall: Hall, options: str, right: int) -> None:
    words = {"actor": hall.organiser, "number": hall.row.number, "text": "题目"}
    assert code_of(lambda: services.set_question(options=options, right=right, **words)) == "question_faulty"


def test_the_database_holds_no_training_without_evidence(hall: Hall) -> None:
    held = {"state": "held", "closed_at": END, "closed_by": "x"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Training.objects.filter(pk=hall.row.pk).update(**held)
    hall.sign_in()
    hall.close()
    for act in (
        lambda: Training.objects.filter(pk=hall.row.pk).update(state="cancelled"),
        lambda: TrainingSignIn.objects.all().delete(),
        lambda: TrainingSignIn.objects.update(at=NOW),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_only_the_organiser_arranges_and_strangers_see_nothing(hall: Hall) -> None:
    with pytest.raises(NotFound):
        selectors.get_training(staff((TRAINING_VIEW,)), hall.row.number)
    reader = staff((TRAINING_VIEW,), org=hall.org)
    with pytest.raises(NotPermitted):
        services.invite(actor=reader, number=hall.row.number, lines=["示例"])
    with pytest.raises(NotFound):
        services.sign_in(actor=hall.guest, code="2222222222", now=NOW)
