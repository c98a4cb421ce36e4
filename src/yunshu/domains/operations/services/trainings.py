"""Trainings: arranged, signed in by a code or from a paper list, a quiz, held only with evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.files import api as files
from yunshu.domains.operations.contracts import TRAINING_EDIT, Proven
from yunshu.domains.operations.models import Attendee, Question, QuizPaper, Target, Training, TrainingSignIn
from yunshu.domains.operations.rules import training as rules
from yunshu.domains.operations.selectors import trainings as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import org_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number

MATERIAL = "operations.training"
MOST_PEOPLE = 2_000


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """A session as it is arranged. ``scope`` is what an indicator asks for (the form of 2022: the 12345 system)."""

    title: str
    starts_at: datetime
    ends_at: datetime
    trainer: str
    place: str = ""
    scope: str = ""
    system: str = ""
    content: str = ""
    pass_mark: int = 60


@transaction.atomic
def arrange_training(*, actor: Viewer, org: str, spec: TrainingSpec, now: datetime) -> Training:
    """Arrange a session. Raises NotFound (``org_not_found``, ``target_not_found``), NotPermitted and Refused (``period_wrong``, ``title_missing``)."""
    unit = org_of(org)
    actor.require(TRAINING_EDIT, unit.path)
    if not spec.title.strip() or not spec.trainer.strip():
        raise Refused("title_missing", _("请填写培训名称和讲师。"), where="title")
    if spec.ends_at <= spec.starts_at:
        raise Refused("period_wrong", _("结束时间应晚于开始时间。"), where="ends_at")
    system = Target.objects.filter(number=spec.system).first() if spec.system else None
    if spec.system and system is None:
        raise NotFound("target_not_found")
    row = Training.objects.create(
        number=public_number("PX", clock.city_date(now)),
        code=_code(now),
        org=unit,
        system=system,
        title=spec.title.strip()[:100],
        scope=spec.scope.strip(),
        starts_at=spec.starts_at,
        ends_at=spec.ends_at,
        place=spec.place.strip(),
        trainer=spec.trainer.strip()[:80],
        content=spec.content.strip(),
        pass_mark=spec.pass_mark,
        created_by=actor.name[:80],
        created_at=now,
    )
    proof.of(Proven.TRAINING, row.number, {"verb": "arrange", "scope": row.scope, "title": row.title}, actor, now)
    return row


@transaction.atomic
def invite(*, actor: Viewer, number: str, lines: Sequence[str]) -> int:
    """Put people on the list, one a line: ``name,organisation``; who stands on it already is left. Return how many came to it.

    Raises NotFound, NotPermitted, Conflict (``training_closed``) and Refused (``too_many``).
    """
    row = _planned(actor, number)
    wanted = [line.replace("，", ",").partition(",") for line in lines if line.strip()]
    if len(wanted) > MOST_PEOPLE:
        raise Refused("too_many", _("一次最多处理 %(n)s 人。") % {"n": MOST_PEOPLE}, where="lines")
    before = row.attendees.count()
    for name, _comma, org in wanted:
        Attendee.objects.get_or_create(
            training=row, name=name.strip()[:60], org_name=org.strip()[:120], defaults={"invited": True}
        )
    return row.attendees.count() - before


@transaction.atomic
def sign_in(*, actor: Viewer, code: str, now: datetime) -> Attendee:
    """Sign in oneself by the code that the session shows, from an hour before its beginning to its end.

    Raises NotFound (``training_not_found``), NotPermitted (``staff_only``), Conflict (``training_closed``) and Refused (``not_the_time``).
    """
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("本页供工作人员使用。"))
    row = Training.objects.select_for_update(of=("self",)).get(pk=selectors.training_of_code(code).pk)
    _demand_planned(row)
    if not rules.may_sign_in(now, row.starts_at, row.ends_at):
        raise Refused("not_the_time", _("开始前一小时到结束之间可以签到。"))
    person = Person.objects.select_related("org").get(pk=actor.person_id)
    attendee = _attendee_of(row, person)
    _note(attendee, "qr", actor, now)
    return attendee


@transaction.atomic
def note_sign_ins(*, actor: Viewer, number: str, attendees: Sequence[int], now: datetime) -> int:
    """Enter who signed on the paper list; who has signed in already is left. Return how many were entered.

    Raises NotFound, NotPermitted, Conflict (``training_closed``) and Refused (``nothing_chosen``, ``not_the_time``).
    """
    row = _planned(actor, number)
    if now < row.starts_at:
        raise Refused("not_the_time", _("培训还没有开始，不能录入签到。"))
    chosen = list(row.attendees.filter(pk__in=attendees, sign_in__isnull=True))
    if not chosen:
        raise Refused("nothing_chosen", _("请选择还没有签到的人员。"))
    for attendee in chosen:
        _note(attendee, "list", actor, now)
    return len(chosen)


@transaction.atomic
def set_question(*, actor: Viewer, number: str, text: str, options: str, right: int) -> Question:
    """Add a question to the quiz. Raises NotFound, NotPermitted, Conflict (``training_closed``, ``quiz_answered``) and Refused (``question_faulty``)."""
    row = _planned(actor, number)
    if QuizPaper.objects.filter(attendee__training=row).exists():
        raise Conflict("quiz_answered", _("已有人答卷，不能再改题目。"))
    choices = list(rules.options_of(options))
    if not text.strip() or not 2 <= len(choices) <= rules.MOST_OPTIONS or not 1 <= right <= len(choices):
        raise Refused("question_faulty", _("题目须有 2 到 6 个选项和一个正确选项。"), where="options")
    return Question.objects.create(
        training=row,
        ordinal=row.questions.count() + 1,
        text=text.strip()[:300],
        options=[choice[:200] for choice in choices],
        right=right,
    )


@transaction.atomic
def answer_quiz(*, actor: Viewer, code: str, answers: Mapping[int, int], now: datetime) -> QuizPaper:
    """Hand in one's own paper, once. Raises NotFound (``training_not_found``), Conflict (``paper_handed_in``) and Refused (``not_signed_in``, ``no_quiz``)."""
    row = selectors.training_of_code(code)
    attendee = selectors.own_attendance(row, getattr(actor, "person_id", 0))
    if attendee is None or not hasattr(attendee, "sign_in"):
        raise Refused("not_signed_in", _("请先签到。"))
    right = {q.ordinal: q.right for q in selectors.questions_of(row)}
    if not right:
        raise Refused("no_quiz", _("这次培训没有测验。"))
    try:
        with transaction.atomic():
            return QuizPaper.objects.create(
                attendee=attendee,
                answers={str(k): v for k, v in answers.items()},
                mark=rules.mark(answers, right),
                at=now,
            )
    except IntegrityError as error:
        raise Conflict("paper_handed_in", _("您已经交卷。")) from error


@transaction.atomic
def close_training(*, actor: Viewer, number: str, held: bool, closing: str, now: datetime) -> Training:
    """Confirm that it was held (somebody signed in, and it is over) or that it was not.

    Raises NotFound, NotPermitted, Conflict (``training_closed``) and Refused (``no_sign_in``, ``not_over``, ``closing_missing``).
    """
    row = _planned(actor, number)
    figures = selectors.attendance_of(row)
    if not closing.strip():
        raise Refused("closing_missing", _("请填写小结或取消的原因。"), where="closing")
    if held and not figures.came:
        raise Refused("no_sign_in", _("没有人签到，不能确认已举办。"))
    if held and now < row.ends_at:
        raise Refused("not_over", _("培训还没有结束。"))
    row.state = rules.HELD if held else rules.CANCELLED
    row.closed_by, row.closed_at, row.closing = actor.name[:80], now, closing.strip()[:500]
    row.save()
    words = {"verb": "close", "state": row.state, "scope": row.scope, "came": figures.came, "invited": figures.invited}
    words |= {"papers": figures.papers, "passed": figures.passed, "files": _materials(row)}
    proof.of(Proven.TRAINING, row.number, words, actor, now)
    return row


@transaction.atomic
def add_material(*, actor: Viewer, number: str, uploads: Sequence[files.Upload], now: datetime) -> None:
    """Attach material or the signed list. Raises NotFound, NotPermitted and what ``files.attach`` raises."""
    row = selectors.get_training(actor, number)
    actor.require(TRAINING_EDIT, row.org.path)
    for upload in uploads:
        files.attach(actor=actor, owner_kind=MATERIAL, owner_id=number, upload=upload, now=now)
    words = {"verb": "material", "files": _materials(row)}
    proof.of(Proven.TRAINING, number, words, actor, now)


def _materials(row: Training) -> list[str]:
    return [card.sha256 for card in files.attachments_of(MATERIAL, [row.number]).get(row.number, ())]


def _code(now: datetime) -> str:
    """Return ten characters that nobody guesses (50 bits); whoever has them may sign in."""
    on = clock.city_date(now)
    return public_number("", on)[-8:] + public_number("", on)[-2:]


def _attendee_of(row: Training, person: Person) -> Attendee:
    own = row.attendees.filter(person=person).first()
    named = own or row.attendees.filter(name=person.name, org_name=person.org.name, person__isnull=True).first()
    if named is not None and named.person_id is None:
        named.person = person
        named.save(update_fields=["person"])
    return named or Attendee.objects.create(
        training=row, person=person, name=person.name[:60], org_name=person.org.name[:120], invited=False
    )


def _note(attendee: Attendee, way: str, actor: Viewer, now: datetime) -> None:
    TrainingSignIn.objects.get_or_create(attendee=attendee, defaults={"way": way, "by": actor.name[:80], "at": now})


def _planned(actor: Viewer, number: str) -> Training:
    seen = selectors.get_training(actor, number)
    row = Training.objects.select_for_update(of=("self",)).select_related("org").get(pk=seen.pk)
    actor.require(TRAINING_EDIT, row.org.path)
    _demand_planned(row)
    return row


def _demand_planned(row: Training) -> None:
    if row.state != rules.PLANNED:
        raise Conflict("training_closed", _("培训已经确认或取消。"))
