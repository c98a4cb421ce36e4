"""Quality checks are drawn, scored, appealed against, decided. Three different people: whose work it is, who scores, who decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.choices_roster import CheckState, Pick, Subject
from yunshu.domains.hotline.contracts import PROOF_KIND, QUALITY_CHECK, QUALITY_MANAGE, Proven
from yunshu.domains.hotline.models import (
    QualityAppeal,
    QualityCheck,
    QualityMark,
    Reply,
    SampleDraw,
    SamplingPlan,
    ScoreForm,
    Ticket,
)
from yunshu.domains.hotline.rules import quality as rules
from yunshu.domains.hotline.rules.quality import Item, Piece
from yunshu.domains.hotline.selectors import quality as selectors
from yunshu.domains.hotline.services import quality_telling as telling
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.permissions import Permission

APPEAL_WITHIN = timedelta(days=7)
"""Ours."""
WEEK = timedelta(days=7)
FIRST, SECOND = 1, 2


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Points by item, which veto items failed, and what is said to an item."""

    points: Mapping[int, int]
    failed: frozenset[int] = frozenset()
    words: Mapping[int, str] = field(default_factory=dict)


@transaction.atomic
def draw(*, actor: Viewer, plan_code: str, monday: date, seed: str, now: datetime) -> SampleDraw:
    """Draw a week that is over by a plan; the seed and the digest of the population are kept.

    Raises NotFound (``plan_not_found``, ``form_not_found``), NotPermitted, Conflict (``drawn_already``), Refused (``week_not_over``,
    ``nothing_to_draw``).
    """
    plan = SamplingPlan.objects.select_related("desk").filter(code=plan_code, is_active=True).first()
    if plan is None:
        raise NotFound("plan_not_found", _("没有这个抽检方案，或已停用。"), where="plan")
    actor.require(QUALITY_MANAGE, plan.desk.path)
    form = selectors.used_form(plan.form_code)
    if form is None:
        raise NotFound("form_not_found", _("方案所用的评分表没有在用的版次。"), where="plan")
    if monday.weekday() or monday + WEEK > clock.city_date(now):
        raise Refused("week_not_over", _("请选择已经结束的一周。"), where="monday")
    pieces = selectors.population(plan.desk, form.subject, plan.pick, plan.stars, monday)
    if not pieces:
        raise Refused("nothing_to_draw", _("这一周没有符合方案的工作可抽。"), where="monday")
    chosen = rules.draw(pieces, seed, plan.each) if plan.pick == Pick.RANDOM else sorted(pieces)
    try:
        with transaction.atomic():
            made = SampleDraw.objects.create(
                plan=plan, monday=monday, pick=plan.pick, each=plan.each, stars=plan.stars, seed=seed,
                population=len(pieces), digest=rules.digest(pieces), by=actor.name, at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("drawn_already", _("这个方案在这一周已经抽过。")) from error
    _make_checks(made, form, chosen, now)
    return made


def _make_checks(made: SampleDraw, form: ScoreForm, chosen: list[Piece], now: datetime) -> None:
    people = Person.objects.in_bulk({piece.person_id for piece in chosen})
    numbers = {piece.key.partition("/")[0] for piece in chosen} if form.subject != Subject.CALL else set()
    tickets = {row.number: row for row in Ticket.objects.filter(number__in=numbers)}
    replies = {(row.ticket_id, row.version): row for row in Reply.objects.filter(ticket__in=tickets.values())}
    rows = []
    for piece in chosen:
        number, _slash, version = piece.key.partition("/")
        ticket = tickets.get(number)
        rows.append(
            QualityCheck(
                number=public_number("ZJ", clock.city_date(now)),
                draw=made,
                form=form,
                desk=made.plan.desk,
                ticket=ticket,
                reply=replies[ticket.pk, int(version)] if ticket and version else None,
                call="" if ticket else piece.key,
                person=people[piece.person_id],
                unit=people[piece.person_id].org,
                made_at=now,
            )
        )
    QualityCheck.objects.bulk_create(rows)


@transaction.atomic
def add_call(*, actor: Viewer, desk_code: str, call: str, person_number: str, now: datetime) -> QualityCheck:
    """Put one call, by its number, among what is to be checked.

    Raises NotFound (``person_not_found``, ``form_not_found``), NotPermitted, Refused (``call_missing``), Conflict (``checked_already``).
    """
    desk = selectors.desk_of(actor, desk_code)
    actor.require(QUALITY_MANAGE, desk.path)
    form, person = (
        selectors.used_form(Subject.CALL),
        Person.objects.filter(number=person_number, is_active=True).first(),
    )
    if person is None:
        raise NotFound("person_not_found", _("没有这个人员编号。"), where="person_number")
    if form is None:
        raise NotFound("form_not_found", _("没有在用的通话评分表。"))
    if not call.strip():
        raise Refused("call_missing", _("请填写通话编号。"), where="call")
    if QualityCheck.objects.filter(call=call.strip(), person=person).exists():
        raise Conflict("checked_already", _("这个通话已有质检单。"))
    return QualityCheck.objects.create(
        number=public_number("ZJ", clock.city_date(now)), form=form, desk=desk, call=call.strip()[:40], person=person,
        unit=person.org, made_at=now,
    )  # fmt: skip


@transaction.atomic
def score(*, actor: Viewer, number: str, marks: Marks, words: str, now: datetime) -> QualityCheck:
    """Score a check, once; never one's own work.

    Raises NotFound, NotPermitted, Conflict (``scored_already``), Refused (``own_work``, ``marks_unfit``, ``words_missing``).
    """
    row = _locked(actor, number)
    person = _worker(actor, row, QUALITY_CHECK)
    if row.state != CheckState.WAITING:
        raise Conflict("scored_already", _("这张质检单已经评分。"))
    if row.person_id == person:
        raise Refused("own_work", _("不能给自己的工作评分。"))
    if marks.failed and not words.strip():
        raise Refused("words_missing", _("触发一票否决须写明事实。"), where="words")
    _mark(row, marks, FIRST)
    row.state, row.checker_id, row.checked_at, row.words = CheckState.CHECKED, person, now, words.strip()
    row.save(update_fields=["state", "checker", "checked_at", "words", "score", "vetoed"])
    _prove(row, "score", actor, now)
    telling.of_check(row, now)
    return row


def _mark(row: QualityCheck, marks: Marks, turn: int) -> None:
    """Write the marks of a round and what they come to; raise Refused (``marks_unfit``)."""
    items = list(row.form.items.all())
    scored = {item.pk: item for item in items if not item.is_veto}
    vetoes = {item.pk for item in items if item.is_veto}
    unfit = [pk for pk, item in scored.items() if not 0 <= marks.points.get(pk, -1) <= item.points]
    if unfit or not marks.failed <= vetoes or set(marks.points) - set(scored):
        where = f"item_{unfit[0]}" if unfit else ""
        raise Refused("marks_unfit", _("请给每一项打分，不能超过该项分值。"), where=where)
    QualityMark.objects.bulk_create(
        QualityMark(
            check_of=row, item=item, round=turn, points=marks.points.get(item.pk, 0), failed=item.pk in marks.failed,
            words=marks.words.get(item.pk, "").strip()[:200],
        )
        for item in items
    )  # fmt: skip
    found = rules.outcome(
        [Item(id=item.pk, points=item.points, is_veto=item.is_veto) for item in items], marks.points, marks.failed
    )
    row.score, row.vetoed = found.score, found.vetoed


@transaction.atomic
def appeal(*, actor: Viewer, number: str, words: str, now: datetime) -> QualityAppeal:
    """Appeal against a score, by whose work it is, within a week.

    Raises NotFound, NotPermitted (``not_own_work``), Conflict (``not_scored``, ``appealed_already``), Refused (``words_missing``,
    ``appeal_late``).
    """
    row = _locked(actor, number)
    if not isinstance(actor, Staff) or row.person_id != actor.person_id:
        raise NotPermitted("not_own_work", _("只有被质检人本人可以申诉。"))
    if row.state != CheckState.CHECKED or row.checked_at is None or row.score is None or row.checker_id is None:
        raise Conflict("not_scored", _("现在不能申诉：还没有评分，或已经申诉、已定。"))
    if now > row.checked_at + APPEAL_WITHIN:
        raise Refused("appeal_late", _("评分超过 7 天，不能再申诉。"))
    if not words.strip():
        raise Refused("words_missing", _("请写明申诉理由。"), where="words")
    made = QualityAppeal.objects.create(
        check_of=row,
        asker_id=actor.person_id,
        checker_id=row.checker_id,
        words=words.strip(),
        asked_at=now,
        first_score=row.score,
    )
    row.state = CheckState.APPEALED
    row.save(update_fields=["state"])
    _prove(row, "appeal", actor, now)
    telling.of_appeal(row, now)
    return made


@transaction.atomic
def decide(*, actor: Viewer, number: str, marks: Marks | None, answer: str, now: datetime) -> QualityCheck:
    """Uphold the score (``marks`` None), or give another; by a third person.

    Raises NotFound, NotPermitted, Conflict (``not_appealed``), Refused (``third_person``, ``words_missing``, ``marks_unfit``).
    """
    row = _locked(actor, number)
    person = _worker(actor, row, QUALITY_MANAGE)
    if row.state != CheckState.APPEALED:
        raise Conflict("not_appealed", _("没有待裁定的申诉。"))
    made = QualityAppeal.objects.select_for_update().get(check_of=row)
    if person in (made.asker_id, made.checker_id):
        raise Refused("third_person", _("须由原质检人和申诉人以外的人裁定。"))
    if not answer.strip():
        raise Refused("words_missing", _("请写明裁定意见。"), where="answer")
    if marks is not None:
        _mark(row, marks, SECOND)
    made.decider_id, made.upheld, made.answer, made.decided_at = person, marks is None, answer.strip(), now
    made.save(update_fields=["decider", "upheld", "answer", "decided_at"])
    row.state = CheckState.FINAL
    row.save(update_fields=["state", "score", "vetoed"])
    _prove(row, "decide", actor, now)
    telling.of_check(row, now)
    return row


def finish_old(*, now: datetime) -> int:
    """Let stand what nobody appealed against in time; return how many. Safe to run twice."""
    rows = QualityCheck.objects.filter(state=CheckState.CHECKED, checked_at__lt=now - APPEAL_WITHIN)
    return rows.update(state=CheckState.FINAL)


def _locked(actor: Viewer, number: str) -> QualityCheck:
    seen = selectors.get_check(actor, number)
    rows = QualityCheck.objects.select_for_update(of=("self",)).select_related("form", "desk", "person", "ticket")
    return rows.get(pk=seen.pk)


def _worker(actor: Viewer, row: QualityCheck, permission: Permission) -> int:
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以评分。"))
    actor.require(permission, row.desk.path)
    return actor.person_id


def _prove(row: QualityCheck, verb: str, actor: Viewer, now: datetime) -> None:
    payload = {
        "verb": verb,
        "score": row.score,
        "vetoed": row.vetoed,
        "state": row.state,
        "form": str(row.form),
        "actor": actor.name,
        "at": now,
    }
    ledger.record(kind=f"{PROOF_KIND}{Proven.QUALITY.value}", subject=row.number, payload=payload, by=actor, now=now)
