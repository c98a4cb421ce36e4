"""What the knowledge base asks of a department, on the shared worklist: an answer, a correction, a review at its day."""

from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import ArticleState, Asker, DemandKind
from yunshu.domains.hotline.models import Article, ArticleVersion, KnowledgeDemand, Ticket
from yunshu.domains.hotline.rules import kb, words
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.domains.workflow import api as workflow
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.text import squeezed

KEEPER = System(name="热线知识库")
LONGEST_QUESTION = 500


def _open(demand: KnowledgeDemand, by: Viewer, now: datetime, *, due_at: datetime | None = None) -> KnowledgeDemand:
    """Put a demand on the worklist: the unit's if there is one, else the desk's, who finds it."""
    demand.number, demand.opened_at = public_number("ZR", clock.city_date(now)), now
    demand.state = kb.DOING if demand.unit else kb.SORTING
    demand.save(force_insert=True)
    subject = workflow.Subject(
        number=demand.number,
        title=demand.question,
        url=f"/console/hotline/kb/demands/{demand.number}/",
        parties={kb.DESK: demand.desk_id},
    )
    workflow.start(actor=by, flow=kb.DEMAND.code, subject=subject, now=now)
    if demand.unit is not None:
        _act(demand, "assign", KEEPER, now, parties={kb.UNIT: demand.unit.pk})
    if due_at is not None:
        workflow.own_deadline(flow=kb.DEMAND.code, number=demand.number, due_at=due_at)
    return demand


def _act(
    demand: KnowledgeDemand,
    verb: str,
    actor: Viewer,
    now: datetime,
    reason: str = "",
    parties: dict[str, int] | None = None,
) -> None:
    case = workflow.act(
        actor=actor, flow=kb.DEMAND.code, number=demand.number, verb=verb, reason=reason, now=now, parties=parties
    )
    demand.state = case.state
    demand.closed_at = now if case.state in (kb.DONE, kb.DISMISSED) else None


@transaction.atomic
def ask(
    *, by: Viewer, asker: Asker, question: str, now: datetime, ticket: Ticket | None = None, unit: str = ""
) -> KnowledgeDemand:
    """Say that a question finds no answer; asked again while it is open, it counts. Numbers of people are masked.

    Raises Refused (``question_missing``) and NotFound (``org_not_found``).
    """
    text = words.mask_text(squeezed(question))[:LONGEST_QUESTION]
    if len(text) < 2:
        raise Refused("question_missing", _("请写明要问的问题。"), where="question")
    digest = sm3(text.lower().encode()).hex()
    known = KnowledgeDemand.objects.select_for_update().filter(
        digest=digest, kind=DemandKind.ANSWER, closed_at__isnull=True
    )
    if (row := known.first()) is not None:
        KnowledgeDemand.objects.filter(pk=row.pk).update(count=F("count") + 1)
        return row
    demand = KnowledgeDemand(
        kind=DemandKind.ANSWER,
        desk=desk_org(),
        unit=_org(unit) if unit else None,
        question=text,
        digest=digest,
        asker=asker,
        ticket=ticket,
    )
    return _open(demand, by, now)


def correct(version: ArticleVersion, by: Viewer, asker: Asker, said: str, now: datetime) -> KnowledgeDemand:
    """Ask an article's owner to correct it; while that is open, another report counts."""
    row = version.article
    known = KnowledgeDemand.objects.select_for_update().filter(
        article=row, kind=DemandKind.CORRECT, closed_at__isnull=True
    )
    if (found := known.first()) is not None:
        KnowledgeDemand.objects.filter(pk=found.pk).update(count=F("count") + 1)
        return found
    demand = KnowledgeDemand(
        kind=DemandKind.CORRECT,
        desk=row.desk,
        unit=row.owner,
        article=row,
        question=said[:LONGEST_QUESTION],
        asker=asker,
    )
    return _open(demand, by, now)


def source_changed(row: Article, title: str, digest: str, now: datetime) -> bool:
    """Ask the owner of a published article to revise it, for the matter it came from reads otherwise now; once for each new text.

    Return whether it was asked now.
    """
    about = row.demands.select_for_update().filter(kind=DemandKind.CORRECT)
    if row.state != ArticleState.PUBLISHED or about.filter(digest=digest).exists():
        return False
    if (found := about.filter(closed_at__isnull=True).first()) is not None:
        KnowledgeDemand.objects.filter(pk=found.pk).update(count=F("count") + 1, digest=digest)
        return True
    demand = KnowledgeDemand(
        kind=DemandKind.CORRECT,
        desk=row.desk,
        unit=row.owner,
        article=row,
        question=(_("%(t)s：来源事项的内容已变化，请核对并修订") % {"t": title})[:LONGEST_QUESTION],
        digest=digest,
        asker=Asker.SYSTEM,
    )
    _open(demand, KEEPER, now)
    return True


def _org(code: str) -> Org:
    row = Org.objects.filter(code=code, is_active=True).first()
    if row is None:
        raise NotFound("org_not_found", _("没有这个单位。"), where="unit")
    return row


def _locked(actor: Viewer, number: str) -> KnowledgeDemand:
    seen = selectors.get_demand(actor, number)
    row = KnowledgeDemand.objects.select_for_update(of=("self",)).select_related("unit", "article").get(pk=seen.pk)
    if row.closed_at is not None:
        raise Conflict("demand_over", _("该知识任务已经办结。"))
    return row


@transaction.atomic
def assign(*, actor: Viewer, number: str, unit: str, now: datetime) -> KnowledgeDemand:
    """Give a demand to a unit. Raises NotFound, NotPermitted, Conflict (``demand_over``)."""
    demand = _locked(actor, number)
    org = _org(unit)
    _act(demand, "assign", actor, now, parties={kb.UNIT: org.pk})
    demand.unit = org
    demand.save(update_fields=["state", "unit"])
    return demand


@transaction.atomic
def move(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> KnowledgeDemand:
    """Send back, settle or dismiss with a reason. A question is settled by an article only (``answer_with``, or by publishing one).

    Raises NotFound, NotPermitted, Conflict and Refused (``reason_missing``, ``answer_missing``).
    """
    demand = _locked(actor, number)
    if verb not in ("send_back", "settle", "dismiss"):
        raise Conflict("verb_not_possible", _("当前状态不能执行该操作，请刷新页面查看最新状态。"))
    if verb == "settle" and demand.kind == DemandKind.ANSWER:
        raise Refused("answer_missing", _("待补答案须由一条已发布的条目回答。"))
    _act(demand, verb, actor, now, reason)
    if verb == "send_back":
        demand.unit = None
    else:
        demand.outcome = reason.strip()[:1000]
    demand.save(update_fields=["state", "closed_at", "unit", "outcome"])
    if verb == "settle" and demand.kind == DemandKind.REVIEW and demand.article is not None:
        _look_again(demand.article, now)
    return demand


def _look_again(row: Article, now: datetime) -> None:
    """An article that was found still right is looked at again after the usual time, or before its last day."""
    row = Article.objects.select_for_update(of=("self",)).select_related("face").get(pk=row.pk)
    row.review_on = kb.review_day(None, row.face.valid_to if row.face else None, clock.city_date(now))
    row.save(update_fields=["review_on"])


@transaction.atomic
def answer_with(*, actor: Viewer, number: str, article: str, now: datetime) -> KnowledgeDemand:
    """Settle a question by an article that is in force already. Raises NotFound, NotPermitted, Conflict, Refused (``article_unfit``)."""
    demand = _locked(actor, number)
    made = selectors.current(selectors.get_article(actor, article.strip().upper()))
    if made is None or not kb.is_valid(made.valid_from, made.valid_to, clock.city_date(now)):
        raise Refused("article_unfit", _("该条目不在发布状态或已失效，不能用来回答。"), where="article")
    may_close = any(
        verb.verb == "close" for verb in workflow.verbs_for(actor, workflow.get_case(kb.DEMAND.code, number))
    )
    _answered(demand, made, actor, now, "close" if may_close else "settle")
    return demand


def _answered(demand: KnowledgeDemand, made: ArticleVersion, actor: Viewer, now: datetime, verb: str) -> None:
    said = _("由 %(n)s 第 %(v)s 版处理") % {"n": made.article.number, "v": made.version}
    _act(demand, verb, actor, now, said)
    demand.outcome, demand.answer = said, made
    demand.save(update_fields=["state", "closed_at", "outcome", "answer"])


def answered_by(made: ArticleVersion, actor: Viewer, now: datetime) -> None:
    """Close what a version that was just published settles: its question, and what was open about its article when it was handed in."""
    about = Q(article=made.article, opened_at__lte=made.submitted_at or now)
    wanted = about | Q(pk=made.answers_id) if made.answers_id else about
    rows = KnowledgeDemand.objects.select_for_update(of=("self",)).filter(wanted, closed_at__isnull=True)
    for demand in rows.order_by("pk"):
        _answered(demand, made, KEEPER, now, "close")


def follow_owner(row: Article, now: datetime) -> None:
    """Give what is open about an article to the organisation that owns it now."""
    rows = KnowledgeDemand.objects.select_for_update(of=("self",)).filter(article=row, closed_at__isnull=True)
    for demand in rows.exclude(unit=row.owner).order_by("pk"):
        _act(demand, "assign", KEEPER, now, parties={kb.UNIT: row.owner.pk})
        demand.unit = row.owner
        demand.save(update_fields=["state", "unit"])


def close_about(row: Article, kinds: Iterable[DemandKind], said: str, now: datetime) -> None:
    """Close what is open about an article that is no longer in use."""
    rows = KnowledgeDemand.objects.select_for_update(of=("self",)).filter(
        article=row, kind__in=list(kinds), closed_at__isnull=True
    )
    for demand in rows.order_by("pk"):
        _act(demand, "close", KEEPER, now, said)
        demand.outcome = said
        demand.save(update_fields=["state", "closed_at", "outcome"])


def ask_for_reviews(*, now: datetime, most: int = 500) -> int:
    """Ask the owners of articles whose review day (or last day) is near; return how many. Safe to run twice."""
    near = clock.city_date(now) + kb.REMIND_BEFORE
    rows = Article.objects.filter(state=ArticleState.PUBLISHED, review_on__lte=near)
    known = KnowledgeDemand.objects.filter(article=OuterRef("pk"), kind=DemandKind.REVIEW, closed_at__isnull=True)
    rows = rows.filter(~Exists(known))
    asked = 0
    for pk in rows.order_by("review_on", "pk").values_list("pk", flat=True)[:most]:
        asked += _ask_for_review(pk, now)
    return asked


@transaction.atomic
def _ask_for_review(pk: int, now: datetime) -> bool:
    row = Article.objects.select_for_update(of=("self",)).select_related("owner", "desk", "face").get(pk=pk)
    known = row.demands.filter(kind=DemandKind.REVIEW, closed_at__isnull=True).exists()
    if known or row.state != ArticleState.PUBLISHED or row.review_on is None or row.face is None:
        return False
    ends = row.face.valid_to == row.review_on
    said = _("%(t)s：%(d)s 失效，请更新或下架") if ends else _("%(t)s：请在 %(d)s 前复审")
    demand = KnowledgeDemand(
        kind=DemandKind.REVIEW,
        desk=row.desk,
        unit=row.owner,
        article=row,
        question=(said % {"t": row.face.title, "d": row.review_on})[:LONGEST_QUESTION],
        asker=Asker.SYSTEM,
    )
    _open(demand, KEEPER, now, due_at=datetime.combine(row.review_on, time.max, clock.CITY_ZONE))
    return True
