"""Writing an article: begun for one's own organisation, saved without overwriting others, handed in, taken back, dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import ArticleState, VersionState
from yunshu.domains.hotline.contracts import KB_DRAFT
from yunshu.domains.hotline.models import Article, ArticleVersion, Category, KnowledgeDemand
from yunshu.domains.hotline.rules import kb
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.ui.markup import LONGEST

MOST_QUESTIONS, MOST_SOURCES = 20, 20
WORDS = (
    "title",
    "body",
    "internal",
    "questions",
    "sources",
    "is_public",
    "valid_from",
    "valid_to",
    "review_on",
    "change",
)
"""What an author writes; it stands still from the moment it is handed in."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document that an answer rests on."""

    name: str
    number: str = ""
    clause: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class ArticleSpec:
    """What an article says. ``internal`` is never shown to citizens; ``change`` says what is new in this version."""

    title: str
    body: str
    internal: str = ""
    questions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    is_public: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    review_on: date | None = None
    change: str = ""

    def words(self) -> dict[str, Any]:
        """Return the columns of a version. Raises Refused at the field that makes no sense."""
        _demand_sense(self)
        return {
            "title": self.title.strip(),
            "body": self.body.strip(),
            "internal": self.internal.strip(),
            "questions": [question.strip() for question in self.questions if question.strip()],
            "sources": [
                {"name": s.name.strip(), "number": s.number.strip(), "clause": s.clause.strip(), "link": s.link.strip()}
                for s in self.sources
            ],
            "is_public": self.is_public,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "review_on": self.review_on,
            "change": self.change.strip(),
        }


def _demand_sense(spec: ArticleSpec) -> None:
    if not spec.title.strip() or len(spec.title.strip()) > 120:
        raise Refused("title_missing", _("请用一句话写明条目标题，不超过 120 字。"), where="title")
    if not spec.body.strip():
        raise Refused("body_missing", _("请写明可以答复市民的内容。"), where="body")
    for where, text in (("body", spec.body), ("internal", spec.internal)):
        if len(text) > LONGEST:
            raise Refused("text_too_long", _("内容过长，请不超过 %(n)s 字，或拆成几条。") % {"n": LONGEST}, where=where)
    if len(spec.questions) > MOST_QUESTIONS or any(len(question.strip()) > 120 for question in spec.questions):
        raise Refused(
            "questions_unfit",
            _("相似问法最多 %(n)s 个，每个不超过 120 字。") % {"n": MOST_QUESTIONS},
            where="questions",
        )
    if len(spec.sources) > MOST_SOURCES:
        raise Refused("sources_unfit", _("依据文件最多 %(n)s 个。") % {"n": MOST_SOURCES}, where="sources")
    for source in spec.sources:
        if not source.name.strip() or (
            source.link.strip() and not source.link.strip().startswith(("https://", "http://"))
        ):
            raise Refused("sources_unfit", _("依据文件须写名称；链接须以 http:// 或 https:// 开头。"), where="sources")
    if spec.valid_from and spec.valid_to and spec.valid_to < spec.valid_from:
        raise Refused("dates_unfit", _("失效日期不能早于生效日期。"), where="valid_to")


@transaction.atomic
def begin_article(
    *,
    actor: Viewer,
    owner: str,
    spec: ArticleSpec,
    now: datetime,
    places: Mapping[str, str] | None = None,
    demand: str = "",
) -> Article:
    """Begin an article of an organisation (codes; ``places``: deputy, category); ``demand`` is the question that it answers.

    Raises NotPermitted, NotFound and Refused, each at its field.
    """
    org = org_of(owner, "owner")
    actor.require(KB_DRAFT, org.path)
    row = new_article(spec, org, now, places or {})
    asked = _demand(actor, demand) if demand else None
    row.draft = first_version(row, org, spec, actor, now, answers=asked)
    row.save(update_fields=["draft"])
    return row


def new_article(spec: ArticleSpec, owner: Org, now: datetime, places: Mapping[str, str], **more: Any) -> Article:
    """Make the row of an article without a version."""
    deputy = org_of(places["deputy"], "deputy") if places.get("deputy") else None
    if deputy == owner:
        raise Refused("deputy_unfit", _("协管单位须是责任单位以外的单位。"), where="deputy")
    category = None
    if places.get("category"):
        category = Category.objects.filter(code=places["category"], is_active=True).first()
        if category is None:
            raise NotFound("category_not_found", _("没有这个诉求分类。"), where="category")
    return Article.objects.create(
        number=public_number("ZS", clock.city_date(now)),
        desk=desk_org(),
        owner=owner,
        deputy=deputy,
        category=category,
        updated_at=now,
        **more,
    )


def first_version(
    row: Article, unit: Org, spec: ArticleSpec, actor: Viewer, now: datetime, **more: Any
) -> ArticleVersion:
    """Write the next version of an article as a draft."""
    last = row.versions.aggregate(last=Max("version"))["last"] or 0
    person = getattr(actor, "person_id", None)
    return ArticleVersion.objects.create(
        article=row,
        version=last + 1,
        unit=unit,
        hands=[person] if person else [],
        written_by=actor.name,
        written_at=now,
        **spec.words(),
        **more,
    )


def org_of(code: str, where: str) -> Org:
    """Return an organisation in use; raise NotFound (``org_not_found``)."""
    row = Org.objects.filter(code=code, is_active=True).first()
    if row is None:
        raise NotFound("org_not_found", _("没有这个单位。"), where=where)
    return row


def _demand(actor: Viewer, number: str) -> KnowledgeDemand:
    row = selectors.get_demand(actor, number)
    if row.closed_at is not None:
        raise Conflict("demand_over", _("该知识任务已经办结。"))
    return row


def locked(actor: Viewer, number: str) -> Article:
    """Return an article in sight, locked; raise NotFound (``article_not_found``)."""
    seen = selectors.get_article(actor, number)
    rows = Article.objects.select_for_update(of=("self",)).select_related("owner", "deputy", "desk", "face", "draft")
    return rows.get(pk=seen.pk)


def demand_writer(actor: Viewer, row: Article) -> Org:
    """Return for which organisation the actor writes at an article; raise NotPermitted."""
    unit = selectors.writing_unit(actor, row)
    if unit is None:
        raise NotPermitted("not_permitted", _("只有责任单位或协管单位的采编人员可以修改这一条。"))
    return unit


@transaction.atomic
def begin_version(*, actor: Viewer, number: str, now: datetime) -> ArticleVersion:
    """Begin the next version, with the words of the one in force (or the last). Raises NotFound, NotPermitted, Conflict (``draft_exists``)."""
    row = locked(actor, number)
    unit = demand_writer(actor, row)
    if row.draft is not None:
        raise Conflict("draft_exists", _("这一条已有在编的版本，请在那一版上修改。"))
    if row.state == ArticleState.ARCHIVED:
        raise Conflict("article_archived", _("条目已归档，请新建条目。"))
    base = row.face or row.versions.order_by("-version").first()
    if base is None:
        raise NotFound("version_not_found")
    words = {name: getattr(base, name) for name in WORDS} | {"change": ""}
    words["sources"] = tuple(Source(**each) for each in base.sources)
    words["questions"] = tuple(base.questions)
    row.draft = first_version(row, unit, ArticleSpec(**words), actor, now)
    row.save(update_fields=["draft"])
    return row.draft


@transaction.atomic
def save_draft(*, actor: Viewer, number: str, revision: int, spec: ArticleSpec, now: datetime) -> ArticleVersion:
    """Save the draft that the actor read as ``revision``.

    Raises NotFound, NotPermitted, Refused at its field, and Conflict (``not_draft``; ``edited_meanwhile``: somebody else saved
    first, nothing is written).
    """
    row = locked(actor, number)
    demand_writer(actor, row)
    made = drafted(row)
    if made.revision != revision:
        said = _("您编辑期间，%(who)s 已保存过这一版；请对照后再保存。")
        raise Conflict("edited_meanwhile", said % {"who": made.written_by})
    person = getattr(actor, "person_id", None)
    for name, value in spec.words().items():
        setattr(made, name, value)
    made.hands = sorted({*made.hands, *([person] if person else [])})
    made.written_by, made.written_at, made.revision, made.is_imported = actor.name, now, revision + 1, False
    made.save()
    row.updated_at = now
    row.save(update_fields=["updated_at"])
    return made


def drafted(row: Article) -> ArticleVersion:
    """Return an article's draft, locked; raise Conflict (``not_draft``) where it is handed in or there is none."""
    made = (
        ArticleVersion.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=row.draft_id or 0)
        .first()
    )
    if made is None or made.state != VersionState.DRAFT:
        raise Conflict("not_draft", _("这一版已提交或不存在，不能修改；请刷新页面查看最新状态。"))
    made.article = row
    return made


@transaction.atomic
def submit(*, actor: Viewer, number: str, now: datetime) -> ArticleVersion:
    """Hand the draft in for its first review. Raises NotFound, NotPermitted and Conflict (``not_draft``)."""
    row = locked(actor, number)
    demand_writer(actor, row)
    made = drafted(row)
    case = selectors.reviewing(made)
    if made.submitted_at is None:
        subject = workflow.Subject(
            number=case,
            title=made.title,
            url=f"/console/hotline/kb/{row.number}/?version={made.version}",
            parties={kb.DESK: row.desk_id, kb.UNIT: made.unit_id},
        )
        workflow.start(actor=actor, flow=kb.ARTICLE_REVIEW.code, subject=subject, now=now)
    else:
        workflow.act(actor=actor, flow=kb.ARTICLE_REVIEW.code, number=case, verb="submit", reason="", now=now)
    person = getattr(actor, "person_id", None)
    made.hands, made.is_imported = sorted({*made.hands, *([person] if person else [])}), False
    made.state, made.submitted_at = VersionState.CHECKING, now
    made.save(update_fields=["state", "submitted_at", "hands", "is_imported"])
    return made


@transaction.atomic
def drop(*, actor: Viewer, number: str, now: datetime) -> Article:
    """Give the draft up; it stays readable to its owner. Raises NotFound, NotPermitted, Conflict (``not_draft``)."""
    row = locked(actor, number)
    demand_writer(actor, row)
    made = drafted(row)
    if made.submitted_at is not None:
        number = selectors.reviewing(made)
        workflow.act(actor=actor, flow=kb.ARTICLE_REVIEW.code, number=number, verb="drop", reason="", now=now)
    made.state = VersionState.DROPPED
    made.save(update_fields=["state"])
    row.draft = None
    if row.state == ArticleState.NEW:
        row.state, row.face = ArticleState.ARCHIVED, made
    row.updated_at = now
    row.save(update_fields=["draft", "state", "face", "updated_at"])
    return row
