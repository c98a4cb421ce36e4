"""Third-party review: committed to, drawn, scored, questioned, concluded; the cost lines reduced with reasons."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import ReviewState, Stage
from yunshu.domains.projects.contracts import PROJECT_EDIT, REVIEW_ORGANISE, REVIEW_SCORE, Proven
from yunshu.domains.projects.models import Expert, Finding, Limit, Project, Review, ReviewScore, ReviewSeat
from yunshu.domains.projects.rules import review as rules
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.selectors import review as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.projects import locked_project
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan

SEED_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ReviewSpec:
    """Who reviews, for how much, with how many experts; ``parties`` (suppliers, advisers) must have no tie to them."""

    agency: str
    fee_yuan: Decimal
    size: int
    parties: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ScoreSpec:
    """An expert's word on one criterion."""

    criterion: str
    score: Decimal
    verdict: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CutSpec:
    """What is left of a cost line, and why."""

    ordinal: int
    approved_yuan: Decimal
    reason: str = ""


@transaction.atomic
def open_review(*, actor: Viewer, project: str, spec: ReviewSpec, now: datetime) -> Review:
    """Fix the candidates without conflict and a hidden seed; publish the commitment on the ledger.

    Raises NotFound, NotPermitted, Conflict (``review_open``) and Refused (``stage_unfit``, ``quorum_unfit``, ``experts_few``,
    ``fee_beyond_cap``, ``agency_missing``).
    """
    owner = locked_project(actor, project)
    actor.require(REVIEW_ORGANISE, owner.org.path)
    demand_reviewed(owner)
    if owner.reviews.exclude(state=ReviewState.CONCLUDED).exists():
        raise Conflict("review_open", _("该项目已有进行中的评审。"))
    if not spec.agency.strip():
        raise Refused("agency_missing", _("请填写评审机构。"), where="agency")
    _demand_quorum(spec.size)
    today = clock.city_date(now)
    fee = yuan(spec.fee_yuan)
    _demand_within_cap(fee, today.year)
    parties = [owner.org.name, *(p.strip() for p in spec.parties if p.strip()), spec.agency.strip()]
    fit, excluded = _candidates(parties, now)
    if len(fit) < spec.size:
        words = {"fit": len(fit), "size": spec.size}
        raise Refused("experts_few", _("无需回避的专家只有 %(fit)s 名，不足 %(size)s 名。") % words, where="size")
    seed = secrets.token_bytes(SEED_BYTES)
    row = Review.objects.create(
        number=public_number("PS", today),
        project=owner,
        agency=spec.agency.strip(),
        fee_yuan=fee,
        year=today.year,
        size=spec.size,
        candidates=fit,
        excluded=excluded,
        parties=parties,
        commitment=rules.commitment(seed, fit),
        seed=seed.hex(),
        made_by=actor.name,
        made_at=now,
    )
    told = {
        "project": owner.number,
        "commitment": row.commitment,
        "candidates": fit,
        "size": row.size,
        "parties": parties,
    }
    proof.of(Proven.DRAW, row.number, told, actor, now)
    return row


def demand_reviewed(row: Project) -> None:
    """Raise Refused (``stage_unfit``) unless the project is at its third-party review."""
    if row.stage != Stage.REVIEW:
        raise Refused(
            "stage_unfit",
            _("项目还在“%(stage)s”，办到“第三方评审”阶段才能组织评审。") % {"stage": row.get_stage_display()},
        )


@transaction.atomic
def give_word(*, actor: Viewer, number: str, word: str, now: datetime) -> Review:
    """Give the owner's word, after the commitment stands. Raises NotFound, NotPermitted, Conflict and Refused (``word_missing``)."""
    row = _locked(actor, number, ReviewState.COMMITTED)
    actor.require(PROJECT_EDIT, row.project.org.path)
    if not word.strip():
        raise Refused("word_missing", _("请填写任意一个词或数字。"), where="word")
    row.word, row.state = word.strip()[:60], ReviewState.WORDED
    row.save(update_fields=["word", "state"])
    proof.of(Proven.DRAW, row.number, {"commitment": row.commitment, "word": row.word}, actor, now)
    return row


@transaction.atomic
def reveal_draw(*, actor: Viewer, number: str, now: datetime) -> Review:
    """Reveal the seed: the order of the draw follows, the first experts sit. Raises NotFound, NotPermitted and Conflict."""
    row = _locked(actor, number, ReviewState.WORDED)
    actor.require(REVIEW_ORGANISE, row.project.org.path)
    row.order = rules.drawn_order(bytes.fromhex(row.seed), row.word, row.candidates)
    row.state = ReviewState.DRAWN
    row.save(update_fields=["order", "state"])
    _seat(row, row.order[: row.size])
    words = {"commitment": row.commitment, "seed": row.seed, "word": row.word, "order": row.order}
    proof.of(Proven.DRAW_REVEAL, row.number, words | {"size": row.size}, actor, now)
    return row


@transaction.atomic
def recuse(*, actor: Viewer, number: str, expert: str, reason: str, now: datetime) -> Review:
    """Let an expert step aside before scoring; the next of the draw sits.

    Raises NotFound (``seat_not_found``), NotPermitted, Conflict (``already_scored``) and Refused (``reason_missing``, ``experts_few``).
    """
    row = _locked(actor, number, ReviewState.DRAWN)
    actor.require(REVIEW_ORGANISE, row.project.org.path)
    seat = row.seats.filter(expert__code=expert, recused_because="").first()
    if seat is None:
        raise NotFound("seat_not_found")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写回避原因。"), where="reason")
    if seat.scores.exists():
        raise Conflict("already_scored", _("该专家已经打分，不能再回避。"))
    seated = set(row.seats.values_list("expert__code", flat=True))
    following = next((code for code in row.order if code not in seated), None)
    if following is None:
        raise Refused("experts_few", _("没有可以递补的专家。"))
    seat.recused_because = reason.strip()[:200]
    seat.save(update_fields=["recused_because"])
    _seat(row, [following])
    words = {"recused": expert, "reason": seat.recused_because, "seated": following}
    proof.of(Proven.DRAW_REVEAL, row.number, words, actor, now)
    return row


@transaction.atomic
def score(*, actor: Viewer, number: str, marks: Sequence[ScoreSpec], now: datetime) -> int:
    """Enter the viewer's own marks of all five criteria; who is asked to score again enters a further round.

    Raises NotFound (``review_not_found``, ``seat_not_found``), NotPermitted, Conflict and Refused (``marks_incomplete``).
    """
    actor.require(REVIEW_SCORE)
    row = Review.objects.select_for_update(no_key=True).filter(number=number).first()
    if row is None:
        raise NotFound("review_not_found")
    seat = selectors.seat_of(actor, row)
    if row.state != ReviewState.DRAWN:
        raise Conflict("verb_not_possible", _("当前状态不能执行该操作，请刷新页面查看最新状态。"))
    last = selectors.last_round(seat)
    if last and not seat.rescore:
        raise Conflict("already_scored", _("您已经打分；需要复核时会另行通知。"))
    if sorted(m.criterion for m in marks) != sorted(rules.Criterion):
        raise Refused("marks_incomplete", _("五项评审要素须逐项打分。"))
    for mark in marks:
        if not 0 <= mark.score <= 100 or (mark.verdict != rules.Verdict.PASS and not mark.note.strip()):
            raise Refused(
                "marks_incomplete", _("评分为 0 至 100；不通过或有条件通过的须写明意见。"), where=mark.criterion
            )
        ReviewScore.objects.create(
            seat=seat,
            criterion=mark.criterion,
            round=last + 1,
            score=mark.score,
            verdict=mark.verdict,
            note=mark.note.strip(),
            made_by=actor.name,
            made_at=now,
        )
    seat.rescore = False
    seat.save(update_fields=["rescore"])
    _ask_again(row)
    words = {"expert": seat.expert.code, "round": last + 1}
    marked = {m.criterion: [str(m.score), m.verdict] for m in marks}
    proof.of(Proven.REVIEW, row.number, words | {"marks": marked}, actor, now)
    return last + 1


@transaction.atomic
def raise_finding(*, actor: Viewer, number: str, criterion: str, clause: str, text: str, now: datetime) -> Finding:
    """Write down what was found, at which clause or page. Raises NotFound, NotPermitted, Conflict and Refused (``clause_missing``)."""
    row = _locked(actor, number, ReviewState.DRAWN)
    actor.require(REVIEW_ORGANISE, row.project.org.path)
    if not clause.strip() or not text.strip():
        raise Refused("clause_missing", _("请填写条款或页码，以及问题。"), where="clause")
    return Finding.objects.create(
        number=public_number("WT", clock.city_date(now)),
        review=row,
        criterion=criterion,
        clause=clause.strip(),
        text=text.strip(),
        made_by=actor.name,
        made_at=now,
    )


@transaction.atomic
def settle_finding(*, actor: Viewer, number: str, answer: str, now: datetime) -> Finding:
    """Answer a finding (the project's owner), or with an empty answer close one that is answered (the organiser).

    Raises NotFound (``finding_not_found``), NotPermitted, Conflict (``already_closed``) and Refused (``answer_missing``).
    """
    found = Finding.objects.select_for_update(of=("self",)).filter(number=number).select_related("review__project__org")
    row = found.first()
    if row is None or not selectors.visible_reviews(actor).filter(pk=row.review_id).exists():
        raise NotFound("finding_not_found")
    if row.closed_at:
        raise Conflict("already_closed", _("该问题已经关闭。"))
    path = row.review.project.org.path
    if answer.strip():
        actor.require(PROJECT_EDIT, path)
        row.answer, row.answered_by = answer.strip()[:1000], actor.name
    else:
        actor.require(REVIEW_ORGANISE, path)
        if not row.answer:
            raise Refused("answer_missing", _("建设单位还没有答复，不能关闭。"), where="answer")
        row.closed_at = now
    row.save(update_fields=["answer", "answered_by", "closed_at"])
    return row


@transaction.atomic
def cut_costs(*, actor: Viewer, project: str, cuts: Sequence[CutSpec], now: datetime) -> Decimal:
    """Write what the review leaves of each cost line; return the sum of the reductions in yuan.

    Raises NotFound, NotPermitted and Refused (``cut_reason_missing``).
    """
    owner = locked_project(actor, project)
    actor.require(REVIEW_ORGANISE, owner.org.path)
    lines = {line.ordinal: line for line in owner.cost_lines.select_for_update()}
    total = Decimal(0)
    with held():
        for cut in cuts:
            line = lines.get(cut.ordinal)
            if line is None:
                raise NotFound("cost_line_not_found")
            line.approved_yuan, line.cut_reason = yuan(cut.approved_yuan), cut.reason.strip()
            line.save(update_fields=["approved_yuan", "cut_reason"])
            total += line.amount_yuan - line.approved_yuan
    words = {"project": owner.number, "reduced_yuan": total, "lines": {c.ordinal: str(c.approved_yuan) for c in cuts}}
    proof.of(Proven.REVIEW, owner.number, words, actor, now)
    return total


@transaction.atomic
def conclude(*, actor: Viewer, number: str, opinion: str, now: datetime) -> Review:
    """Sum up: the marks decide; nobody may be missing and nobody be asked to score again.

    Raises NotFound, NotPermitted, Conflict and Refused (``opinion_missing``, ``marks_missing``, ``rescore_open``).
    """
    row = _locked(actor, number, ReviewState.DRAWN)
    actor.require(REVIEW_ORGANISE, row.project.org.path)
    if not opinion.strip():
        raise Refused("opinion_missing", _("请填写评审意见。"), where="opinion")
    seats = list(row.seats.filter(recused_because=""))
    if any(seat.rescore for seat in seats):
        raise Refused("rescore_open", _("有专家的评分偏离较大，须先复核。"))
    marks = selectors.marks_of(row)
    if len({m.expert for m in marks}) < len(seats):
        raise Refused("marks_missing", _("还有专家没有打分。"))
    opened = row.findings.filter(closed_at__isnull=True).count()
    found = rules.summary(marks, limits.value("score_pass"), open_findings=opened)
    row.score, row.verdict, row.opinion = found.score, found.verdict.value, opinion.strip()
    row.state, row.concluded_at = ReviewState.CONCLUDED, now
    row.save(update_fields=["score", "verdict", "opinion", "state", "concluded_at"])
    words: Mapping[str, object] = {"score": row.score, "verdict": row.verdict, "open_findings": opened}
    proof.of(Proven.REVIEW, row.number, {**words, "opinion": row.opinion}, actor, now)
    return row


def stands_on_review(row: Project) -> bool:
    """Say whether the last review of a project lets it pass: not failed, every finding closed."""
    last = row.reviews.filter(state=ReviewState.CONCLUDED).first()
    passed = last is not None and last.verdict != rules.Verdict.FAIL
    return passed and last is not None and not last.findings.filter(closed_at__isnull=True).exists()


def _locked(actor: Viewer, number: str, state: str) -> Review:
    rows = selectors.visible_reviews(actor).select_for_update(of=("self",), no_key=True)
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("review_not_found")
    if row.state != state:
        raise Conflict("verb_not_possible", _("当前状态不能执行该操作，请刷新页面查看最新状态。"))
    return row


def _seat(row: Review, codes: Sequence[str]) -> None:
    experts = {expert.code: expert for expert in Expert.objects.filter(code__in=codes)}
    for code in codes:
        ReviewSeat.objects.create(review=row, expert=experts[code])


def _candidates(parties: Sequence[str], now: datetime) -> tuple[list[str], dict[str, str]]:
    today, years = clock.city_date(now), int(limits.value("expert_conflict_years"))
    fit: list[str] = []
    excluded: dict[str, str] = {}
    for expert in Expert.objects.filter(is_active=True):
        party = rules.conflict(expert.unit, rules.ties_of(expert.ties), parties, today, years)
        if party:
            excluded[expert.code] = party
        else:
            fit.append(expert.code)
    return fit, excluded


def _demand_quorum(size: int) -> None:
    least = int(limits.value("experts_least"))
    if rules.quorum_fault(size, least):
        raise Refused("quorum_unfit", _("专家人数须为奇数，且不少于 %(least)s 名。") % {"least": least}, where="size")


def _demand_within_cap(fee: Decimal, year: int) -> None:
    list(Limit.objects.select_for_update().filter(code="review_fee_yuan"))  # two reviews at once see each other
    spent: Decimal | None = Review.objects.filter(year=year).aggregate(total=Sum("fee_yuan"))["total"]
    cap, used = limits.value("review_fee_yuan"), spent or Decimal(0)
    if fee < 0 or used + fee > cap:
        words = {"cap": f"{cap:,.2f}", "used": f"{used:,.2f}"}
        raise Refused(
            "fee_beyond_cap",
            _("全年评审服务费不得超过 %(cap)s 元，已用 %(used)s 元。") % words,
            where="fee_yuan",
        )


def _ask_again(row: Review) -> None:
    """Once all have scored, ask those who stand far from the others to score again, once."""
    seats = {seat.expert.code: seat for seat in row.seats.filter(recused_because="").select_related("expert")}
    totals = rules.totals_of(selectors.marks_of(row))
    if len(totals) < len(seats):
        return
    for code in rules.outliers(totals, limits.value("score_spread"), limits.value("score_floor")):
        seat = seats[code]
        if selectors.last_round(seat) == 1:
            seat.rescore = True
            seat.save(update_fields=["rescore"])
