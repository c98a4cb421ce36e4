"""Reading the knowledge base: what whom concerns, one article with its versions, what is asked of departments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import ArticleState, VersionState
from yunshu.domains.hotline.contracts import DESK_RIGHTS, KB_APPROVE, KB_CHECK, KB_DRAFT, KB_RIGHTS, UNIT_RIGHTS
from yunshu.domains.hotline.models import Article, ArticleVersion, Citation, KnowledgeDemand, Ticket
from yunshu.domains.hotline.rules import kb
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.lib.kernel.errors import NotFound

OWNERS = (KB_DRAFT, KB_CHECK)
Choices = list[tuple[str, str]]


def takes_part(viewer: Viewer) -> bool:
    """Say whether the viewer may read the knowledge base: whoever works at a desk, in a unit, or keeps it."""
    return any(viewer.reach(permission) for permission in (*DESK_RIGHTS, *UNIT_RIGHTS, *KB_RIGHTS))


def own(viewer: Viewer, prefix: str = "") -> Q:
    """Return the condition that an article is the viewer's to keep: its owner's, its deputy's, or its desk's."""
    of_owner = within(viewer, OWNERS, f"{prefix}owner__path") | within(viewer, OWNERS, f"{prefix}deputy__path")
    return of_owner | within(viewer, (KB_APPROVE,), f"{prefix}desk__path")


def visible_articles(viewer: Viewer) -> QuerySet[Article]:
    """Return what the viewer may read: published articles, and every one that is theirs to keep."""
    if not takes_part(viewer):
        return Article.objects.none()
    rows = Article.objects.filter(Q(state=ArticleState.PUBLISHED) | own(viewer))
    return rows.select_related("owner", "deputy", "desk", "category", "face", "draft")


def get_article(viewer: Viewer, number: str) -> Article:
    """Return one article; raise NotFound (``article_not_found``)."""
    row = visible_articles(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("article_not_found")
    return row


def keeps(viewer: Viewer, row: Article) -> bool:
    """Say whether an article is the viewer's to keep."""
    paths = [org.path for org in (row.owner, row.deputy) if org is not None]
    return any(viewer.may(right, path) for right in OWNERS for path in paths) or viewer.may(KB_APPROVE, row.desk.path)


def writing_unit(viewer: Viewer, row: Article) -> Org | None:
    """Return for which of an article's organisations the viewer may write: its owner before its deputy."""
    return next((org for org in (row.owner, row.deputy) if org and viewer.may(KB_DRAFT, org.path)), None)


def versions_of(viewer: Viewer, row: Article) -> list[ArticleVersion]:
    """Return the versions the viewer may read, the newest first: all of one's own, of others' what was published."""
    rows = row.versions.select_related("unit", "checker", "approver").order_by("-version")
    if not keeps(viewer, row):
        rows = rows.filter(published_at__isnull=False)
    return list(rows)


def get_version(viewer: Viewer, row: Article, version: int | None) -> ArticleVersion:
    """Return one version of an article, the one that stands for it if none is named; raise NotFound (``version_not_found``)."""
    found = versions_of(viewer, row)
    wanted = version if version is not None else (row.face.version if row.face else None)
    made = next((each for each in found if wanted is None or each.version == wanted), None)
    if made is None:
        raise NotFound("version_not_found")
    return made


def public_articles(on: date) -> QuerySet[Article]:
    """Return what citizens may read on a day: published, public, within its dates."""
    rows = Article.objects.filter(state=ArticleState.PUBLISHED, face__is_public=True)
    rows = rows.filter(Q(face__valid_from=None) | Q(face__valid_from__lte=on))
    return rows.filter(Q(face__valid_to=None) | Q(face__valid_to__gte=on)).select_related("owner", "face")


def public_article(number: str, on: date) -> Article:
    """Return one article for citizens; raise NotFound (``article_not_found``)."""
    row = public_articles(on).filter(number=number).first()
    if row is None:
        raise NotFound("article_not_found", _("没有这个条目，或者它已经失效。"))
    return row


def validity(value: str, on: date, soon: date) -> Q:
    """Return the condition of being ``valid``, ``ending`` (by ``soon``), ``expired`` or ``coming`` on a day."""
    begun = Q(face__valid_from=None) | Q(face__valid_from__lte=on)
    lasting = Q(face__valid_to=None) | Q(face__valid_to__gte=on)
    return {
        "valid": begun & lasting,
        "ending": begun & Q(face__valid_to__gte=on, face__valid_to__lte=soon),
        "expired": Q(face__valid_to__lt=on),
        "coming": Q(face__valid_from__gt=on),
    }[value]


def owner_choices(viewer: Viewer) -> Choices:
    """Return the organisations that own articles the viewer may read."""
    owners = visible_articles(viewer).order_by().values("owner")
    return list(Org.objects.filter(pk__in=owners).order_by("path").values_list("code", "name"))


def writing_orgs(viewer: Viewer) -> Choices:
    """Return the organisations for which the viewer may write."""
    rows = Org.objects.filter(within(viewer, (KB_DRAFT,), "path"), is_active=True)
    rows = rows.exclude(kind__in=(Org.Kind.CITY, Org.Kind.VENDOR)).order_by("path")
    return list(rows.values_list("code", "name"))


def visible_demands(viewer: Viewer) -> QuerySet[KnowledgeDemand]:
    """Return what is asked of the viewer's organisations, or all of the viewer's desk's."""
    of_unit = within(viewer, OWNERS, "unit__path")
    rows = KnowledgeDemand.objects.filter(of_unit | within(viewer, (KB_APPROVE,), "desk__path"))
    return rows.select_related("unit", "desk", "article__face", "ticket", "answer__article")


def get_demand(viewer: Viewer, number: str) -> KnowledgeDemand:
    """Return one demand; raise NotFound (``demand_not_found``)."""
    row = visible_demands(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("demand_not_found")
    return row


def open_demands(row: Article) -> list[KnowledgeDemand]:
    """Return what is open about an article."""
    return list(row.demands.filter(closed_at__isnull=True).order_by("opened_at"))


def citations_of(ticket: Ticket) -> Sequence[Citation]:
    """Return what a ticket's answer rests on, the latest first."""
    return list(ticket.citations.select_related("version__article"))


def reviewing(version: ArticleVersion) -> str:
    """Return the number under which a version's review stands in the workflow."""
    return f"{version.article.number}-{version.version}"


def current(row: Article) -> ArticleVersion | None:
    """Return the version in force, None if there is none."""
    in_force = row.face is not None and row.face.state == VersionState.PUBLISHED
    return row.face if in_force else None


def facts_of(version: ArticleVersion) -> dict[str, Any]:
    """Return what the ledger proves of a publication, but for the digest of its words."""
    return {
        "version": version.version,
        "title": version.title,
        "public": version.is_public,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "unit": version.unit.code,
        "imported": version.is_imported,
    }


DEMAND_CHOICES = tuple(kb.DEMAND_STATES.items())
