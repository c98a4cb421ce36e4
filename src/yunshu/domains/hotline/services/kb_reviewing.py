"""Two reviews by two others, then the version is in force; later it may be withdrawn and put away."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import ArticleState, DemandKind, VersionState
from yunshu.domains.hotline.contracts import KB_APPROVE, PROOF_KIND, Proven
from yunshu.domains.hotline.models import Article, ArticleVersion
from yunshu.domains.hotline.rules import kb
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.services import kb_demands
from yunshu.domains.hotline.services.kb_writing import demand_writer, locked, org_of
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused

BEGINNING = {"recall": VersionState.DRAFT, "pass": VersionState.APPROVING, "return": VersionState.DRAFT}
FINISHING = {"publish": VersionState.PUBLISHED, "reject": VersionState.DRAFT}
JUDGING = ("pass", "return", "publish", "reject")


@transaction.atomic
def review(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Article:
    """Pass the version in the works on (``pass``, ``publish``), send it back (``return``, ``reject``), or take it back (``recall``).

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``own_writing``, ``same_reviewer``, ``reason_missing``).
    """
    row = locked(actor, number)
    made = (
        ArticleVersion.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=row.draft_id or 0)
        .first()
    )
    state = {**BEGINNING, **FINISHING}.get(verb)
    if made is None or made.state == VersionState.DRAFT or state is None:
        raise Conflict("verb_not_possible", _("当前状态不能执行该操作，请刷新页面查看最新状态。"))
    made.article = row
    if verb in JUDGING:
        _demand_other_eyes(actor, made, verb)
    case = selectors.reviewing(made)
    workflow.act(actor=actor, flow=kb.ARTICLE_REVIEW.code, number=case, verb=verb, reason=reason, now=now)
    person = getattr(actor, "person_id", None)
    if state == VersionState.DRAFT:
        made.checker = made.checked_at = None
    elif verb == "pass":
        made.checker_id, made.checked_at = person, now
    else:
        made.approver_id = person
        put_in_force(row, made, actor, now)
        return row
    made.state = state
    made.save(update_fields=["state", "checker", "checked_at"])
    return row


def _demand_other_eyes(actor: Viewer, made: ArticleVersion, verb: str) -> None:
    person = getattr(actor, "person_id", None)
    if person is None:
        raise Refused("reviewer_missing", _("审核须由工作人员本人办理。"))
    if person in made.hands:
        raise Refused("own_writing", _("您参与了这一版的采编，须由他人审核。"))
    if verb in FINISHING and person == made.checker_id:
        raise Refused("same_reviewer", _("初审与终审须由不同的人办理。"))


def put_in_force(row: Article, made: ArticleVersion, actor: Viewer, now: datetime) -> None:
    """Publish a version: the one before is superseded, what it answers is done, the ledger gets the digest of its words."""
    if row.face is not None and row.face.state == VersionState.PUBLISHED:
        row.face.state = VersionState.SUPERSEDED
        row.face.save(update_fields=["state"])
    made.state, made.published_at = VersionState.PUBLISHED, now
    proven = {**selectors.facts_of(made), "verb": "publish", "actor": actor.name, "at": now, "words": digest(made)}
    made.record = _prove(row, proven, actor, now)
    made.save(update_fields=["state", "published_at", "approver", "record"])
    row.face, row.draft, row.state, row.withdrawal, row.updated_at = made, None, ArticleState.PUBLISHED, "", now
    row.review_on = kb.review_day(made.review_on, made.valid_to, clock.city_date(now))
    row.save(update_fields=["face", "draft", "state", "withdrawal", "updated_at", "review_on"])
    kb_demands.answered_by(made, actor, now)


def digest(made: ArticleVersion) -> str:
    """Return the digest of a version's words, as the ledger keeps it."""
    lines = (made.title, made.body, made.internal, *made.questions, *(str(sorted(s.items())) for s in made.sources))
    return sm3("\n".join(lines).encode()).hex()


def _prove(row: Article, proven: dict[str, object], actor: Viewer, now: datetime) -> str:
    return ledger.record(
        kind=f"{PROOF_KIND}{Proven.ARTICLE.value}", subject=row.number, payload=proven, by=actor, now=now
    )


@transaction.atomic
def withdraw(*, actor: Viewer, number: str, reason: str, now: datetime) -> Article:
    """Take an article out of use at once, with a reason. The desk's administrator may, and the owner of it.

    Raises NotFound, NotPermitted, Conflict (``not_published``) and Refused (``reason_missing``).
    """
    row = locked(actor, number)
    if not actor.may(KB_APPROVE, row.desk.path):
        demand_writer(actor, row)
    if row.state != ArticleState.PUBLISHED or row.face is None:
        raise Conflict("not_published", _("条目不在发布状态。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明下架理由。"), where="reason")
    row.face.state = VersionState.WITHDRAWN
    row.face.save(update_fields=["state"])
    row.state, row.withdrawal, row.updated_at = ArticleState.WITHDRAWN, reason.strip()[:500], now
    row.save(update_fields=["state", "withdrawal", "updated_at"])
    proven = {"verb": "withdraw", "version": row.face.version, "reason": row.withdrawal, "actor": actor.name, "at": now}
    _prove(row, dict(proven), actor, now)
    kb_demands.close_about(row, (DemandKind.REVIEW, DemandKind.CORRECT), _("条目已下架"), now)
    return row


@transaction.atomic
def hand_over(*, actor: Viewer, number: str, owner: str, reason: str, now: datetime) -> Article:
    """Give an article, and what is asked of its owner, to another organisation; versions keep who wrote them. The desk's administrator may.

    Raises NotFound, NotPermitted, Conflict (``draft_exists``, ``article_archived``) and Refused (``reason_missing``, ``owner_same``).
    """
    row = locked(actor, number)
    actor.require(KB_APPROVE, row.desk.path)
    if row.draft is not None:
        raise Conflict("draft_exists", _("这一条还有在编的版本，请先发布或作废。"))
    if row.state == ArticleState.ARCHIVED:
        raise Conflict("article_archived", _("条目已归档，请新建条目。"))
    org = org_of(owner, "owner")
    if org.pk == row.owner_id:
        raise Refused("owner_same", _("该单位已是责任单位。"), where="owner")
    if not reason.strip():
        raise Refused("reason_missing", _("请写明移交理由。"), where="reason")
    proven = {"verb": "hand_over", "from": row.owner.code, "to": org.code, "reason": reason.strip()[:500], "at": now}
    row.owner, row.updated_at = org, now
    row.deputy = None if row.deputy_id == org.pk else row.deputy
    row.save(update_fields=["owner", "deputy", "updated_at"])
    kb_demands.follow_owner(row, now)
    _prove(row, {**proven, "actor": actor.name}, actor, now)
    return row


@transaction.atomic
def archive(*, actor: Viewer, number: str, now: datetime) -> Article:
    """Put a withdrawn article away for good. Raises NotFound, NotPermitted and Conflict (``not_withdrawn``, ``draft_exists``)."""
    row = locked(actor, number)
    actor.require(KB_APPROVE, row.desk.path)
    if row.state != ArticleState.WITHDRAWN:
        raise Conflict("not_withdrawn", _("请先下架，再归档。"))
    if row.draft is not None:
        raise Conflict("draft_exists", _("这一条还有在编的版本，请先发布或作废。"))
    row.state, row.updated_at = ArticleState.ARCHIVED, now
    row.save(update_fields=["state", "updated_at"])
    return row
