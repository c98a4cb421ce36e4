"""The answer: written by the unit, reviewed by another, told to the caller, asked after, closed; each caller of a merged ticket gets it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import MOST_STARS, Adjudication, Reached, Relation
from yunshu.domains.hotline.contracts import TICKET_CALL_BACK, TICKET_MANAGE
from yunshu.domains.hotline.models import CallBack, Rating, Reply, Ticket
from yunshu.domains.hotline.rules import life, plain
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.services.registering import attach
from yunshu.lib.kernel.errors import Conflict, Refused


@transaction.atomic
def reply(
    *,
    actor: Viewer,
    number: str,
    words: str,
    measures: str,
    now: datetime,
    uploads: Iterable[files.Upload] = (),
) -> Ticket:
    """Hand in the unit's answer. Raises NotFound, NotPermitted, Conflict, Refused (``reason_missing``) and as attaching may."""
    row = steps.locked(actor, number)
    attach(actor, row, uploads, now)
    version = row.replies.count() + 1
    steps.take(row, "reply", actor, now, words, data={"version": version})
    if row.unit is None:
        raise Conflict("verb_not_possible", _("工单没有承办单位。"))
    Reply.objects.create(
        ticket=row,
        version=version,
        words=words.strip(),
        measures=measures.strip(),
        unit=row.unit,
        written_by=actor.name,
        writer_id=getattr(actor, "person_id", None),
        written_at=now,
    )
    return row


@transaction.atomic
def review(*, actor: Viewer, number: str, passes: bool, words: str, now: datetime) -> Ticket:
    """Pass the answer on to the call-back (a part's to its whole), or send it back.

    Raises NotFound, NotPermitted, Conflict and Refused (``own_reply``, ``parts_open``, ``reason_missing``).
    """
    row = steps.locked(actor, number)
    made = row.replies.last()
    if made is None:
        raise Conflict("verb_not_possible", _("还没有答复可审核。"))
    if made.writer_id is not None and made.writer_id == getattr(actor, "person_id", None):
        raise Refused("own_reply", _("不能审核自己提交的答复。"))
    is_part = row.relation in (Relation.ASSIST, Relation.SPLIT)
    if passes:
        row.answer = made.words
    steps.take(row, ("pass_part" if is_part else "pass") if passes else "fail", actor, now, words)
    made.passed, made.reviewed_by, made.reviewed_at, made.review = passes, actor.name, now, words.strip()
    made.reviewer_id = getattr(actor, "person_id", None)
    made.save(update_fields=["passed", "reviewed_by", "reviewed_at", "review", "reviewer"])
    if row.state == life.CLOSED:
        _tell_parent(row, now)
    return row


def _tell_parent(row: Ticket, now: datetime) -> None:
    if row.parent_id:
        parent = steps.locked_row(row.parent_id)
        steps.append(parent, "part_done", steps.WATCHER, now, row.answer, {"part": row.number})


@transaction.atomic
def gather(*, actor: Viewer, number: str, verb: str, words: str, now: datetime) -> Ticket:
    """Give one answer for all parts (``gather``), or the province's (``province_answer``). Raises as the guards say."""
    if verb not in ("gather", "province_answer"):
        raise Refused("verb_missing", _("请选择操作。"))
    row = steps.locked(actor, number)
    row.answer, row.replied_at = words.strip(), now
    steps.take(row, verb, actor, now, words)
    return row


@dataclass(frozen=True, kw_only=True)
class CallSpec:
    """What a call-back found; scores are stars of five, asked only where somebody answered."""

    reached: str
    solved: bool | None = None
    result_score: int | None = None
    process_score: int | None = None
    adjudication: str = ""
    words: str = ""


@transaction.atomic
def call_back(*, actor: Viewer, number: str, spec: CallSpec, now: datetime) -> CallBack:
    """Write down a call-back. To set a caller's "no" aside takes the right to manage, and words.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``), Refused (``scores_missing``, ``words_missing``).
    """
    row = steps.locked(actor, number)
    actor.require(TICKET_CALL_BACK, row.desk.path)
    if row.state != life.CALLBACK:
        raise Conflict("verb_not_possible", _("当前状态不能登记回访，请刷新页面查看最新状态。"))
    _demand_call(actor, row, spec)
    is_spoken = spec.reached == Reached.YES
    made = CallBack.objects.create(
        ticket=row,
        at=now,
        by=actor.name,
        reached=spec.reached,
        solved=spec.solved if is_spoken else None,
        result_score=spec.result_score if is_spoken else None,
        process_score=spec.process_score if is_spoken else None,
        adjudication=spec.adjudication if is_spoken else "",
        words=spec.words.strip(),
        rework=row.reworks,
    )
    data = {"reached": spec.reached, "solved": made.solved, "result": made.result_score, "process": made.process_score}
    steps.append(row, "attempt", actor, now, spec.words, data | {"adjudication": made.adjudication})
    return made


def _demand_call(actor: Viewer, row: Ticket, spec: CallSpec) -> None:
    if spec.reached not in Reached.values or spec.adjudication not in Adjudication.values:
        raise Refused("reached_unknown", _("请选择接通情况。"), where="reached")
    stars = range(1, MOST_STARS + 1)
    if spec.reached == Reached.YES and (
        spec.solved is None or spec.result_score not in stars or spec.process_score not in stars
    ):
        raise Refused("scores_missing", _("接通后请登记是否解决、结果满意度和过程满意度。"), where="solved")
    if spec.adjudication:
        actor.require(TICKET_MANAGE, row.desk.path)
        if not spec.words.strip():
            raise Refused("words_missing", _("认定为不纳入评价须写明理由。"), where="words")


@transaction.atomic
def close(*, actor: Viewer, number: str, words: str, now: datetime) -> Ticket:
    """Close after the call-back; every merged ticket gets the answer and is closed with it.

    Raises NotFound, NotPermitted, Conflict and Refused (``not_called_back``, ``not_solved``, ``parts_open``).
    """
    row = steps.locked(actor, number)
    steps.take(row, "confirm", actor, now, words)
    for pk in row.children.filter(state=life.MERGED).order_by("pk").values_list("pk", flat=True):
        child = steps.locked_row(pk)
        child.answer = row.answer
        steps.take(child, "answer_merged", steps.WATCHER, now, row.answer, data={"of": row.number})
    return row


@transaction.atomic
def rate(
    *, by: Viewer, row: Ticket, result_score: int, process_score: int, solved: bool, words: str, now: datetime
) -> Rating:
    """Keep the caller's own rating, once, after the ticket is closed.

    Raises Conflict (``not_closed``, ``rated_already``) and Refused (``scores_missing``).
    """
    row = steps.locked_row(row.pk)
    if row.state not in (life.CLOSED, life.ARCHIVED):
        raise Conflict("not_closed", _("工单办结后才能评价。"))
    stars = range(1, MOST_STARS + 1)
    if result_score not in stars or process_score not in stars:
        raise Refused("scores_missing", _("请选择 1 至 5 分。"), where="result_score")
    try:
        with transaction.atomic():
            made = Rating.objects.create(
                ticket=row,
                result_score=result_score,
                process_score=process_score,
                solved=solved,
                words=plain.paragraphs(words)[:1000],
                at=now,
            )
    except IntegrityError as error:
        raise Conflict("rated_already", _("您已经评价过这个工单。")) from error
    data = {"result": result_score, "process": process_score, "solved": solved}
    steps.append(row, "rate", by, now, words, data)
    return made
