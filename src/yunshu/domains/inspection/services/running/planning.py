"""Opening runs. A site has one open run at a time; its crawl keeps what it knows, so that unchanged pages cost a 304.

A crawl belongs to a version of the rules: under new words or parameters every page is read again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.checks.seen import ArticleCard
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.contracts import REVIEW
from yunshu.domains.inspection.models import Finding, Run, Site
from yunshu.domains.inspection.services.running import kits
from yunshu.lib.crawl import urls
from yunshu.lib.crawl.frontier import Frontier, Scope
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

FRONTIER = Frontier("inspection_crawl_")
QUICK_DEPTH = 1
QUICK_ARTICLES = 60
"""How many of the articles that a platform lists a quick run reads, the newest: the list itself it knows whole [I]."""
FULL_DEPTH = 12
OPEN = (Run.Stage.PREPARING, Run.Stage.CRAWLING, Run.Stage.LINKS, Run.Stage.READING, Run.Stage.CONCLUDING)
DAILY = timedelta(hours=20)


@transaction.atomic
def begin(*, actor: Viewer, id_code: str, kind: str, now: datetime) -> Run:
    """Open a run of one site.

    Raises NotFound (``site_not_found``), Refused (``site_not_running``), Conflict (``run_open``).
    """
    site = Site.objects.select_related("org").filter(id_code=id_code).first()
    if site is None:
        raise NotFound("site_not_found")
    actor.require(REVIEW, site.org.path)
    if site.state != SiteState.RUNNING:
        raise Refused("site_not_running", _("网站不在运行状态，不能检查。"))
    return _open(site, kind, kits.kit().version, actor, now)


def begin_due(*, by: Viewer, now: datetime) -> list[Run]:
    """Open a full run of every running site that had none since yesterday and has none open."""
    return begin_all(by=by, now=now, but=Run.objects.filter(kind=Run.Kind.FULL, started_at__gt=now - DAILY))


def begin_all(
    *, by: Viewer, now: datetime, but: QuerySet[Run] | None = None, only: Sequence[Site] | None = None
) -> list[Run]:
    """Open a full run of every running site (or ``only`` of some) that has none open, but for the sites of the runs given."""
    rows = Site.objects.select_related("org").filter(state=SiteState.RUNNING)
    rows = rows.exclude(pk__in=Run.objects.filter(stage__in=OPEN).values("site"))
    rows = rows if but is None else rows.exclude(pk__in=but.values("site"))
    rows = rows if only is None else rows.filter(pk__in=[site.pk for site in only])
    version = kits.kit().version
    return [_open(site, Run.Kind.FULL, version, by, now) for site in rows]


def _open(site: Site, kind: str, version: str, by: Viewer, now: datetime) -> Run:
    crawl = f"{site.number}-{kind}-{version}"
    try:
        with transaction.atomic():
            return Run.objects.create(
                number=public_number("JC", clock.city_date(now)),
                site=site,
                kind=kind,
                crawl=crawl,
                started_at=now,
                asked_by=by.name,
            )
    except IntegrityError as error:
        raise Conflict("run_open", _("这个网站已有未完成的检查。")) from error


def is_open() -> bool:
    """Say whether any run is open."""
    return Run.objects.filter(stage__in=OPEN).exists()


@transaction.atomic
def start_crawl(run: Run, articles: Sequence[ArticleCard], now: datetime) -> None:
    """Let a run's crawl begin: at the home page, the known columns, and the articles that its platform lists."""
    row = Run.objects.select_for_update().get(pk=run.pk)
    if row.stage != Run.Stage.PREPARING:
        return
    site = run.site
    hosts = kits.ascii_hosts([site.host, *site.aliases])
    quickly = run.kind == Run.Kind.QUICK
    columns = site.columns.filter(gone_at__isnull=True).values_list("url", flat=True)
    listed = newest(articles, QUICK_ARTICLES) if quickly else articles
    seeds = [site.home_url, *columns, *(article.url for article in listed), *(waiting(site) if quickly else ())]
    outdated = Run.objects.filter(site=site, kind=run.kind).exclude(crawl=run.crawl).values_list("crawl", flat=True)
    with connection.cursor() as cursor:
        FRONTIER.forget(cursor, set(outdated))
        FRONTIER.begin(
            cursor,
            run.crawl,
            seeds,
            Scope(tuple(hosts), most=site.page_limit, depth=QUICK_DEPTH if quickly else FULL_DEPTH),
            now,
        )
    run.stage, run.articles = Run.Stage.CRAWLING, [stored(article) for article in articles]
    run.save(update_fields=["stage", "articles"])


def newest(articles: Sequence[ArticleCard], most: int) -> list[ArticleCard]:
    """Return the articles published last."""
    dated = [article for article in articles if article.published_at]
    return sorted(dated, key=lambda one: one.published_at or one.url, reverse=True)[:most]


def waiting(site: Site) -> list[str]:
    """Return the pages of a site's findings that wait for a retest."""
    rows = Finding.objects.filter(site=site, retests__done_at=None, retests__isnull=False)
    return [url for row in rows for url in pages_of(row)]


def pages_of(row: Finding) -> list[str]:
    """Return the pages that a finding is about, each in its one form, its own first."""
    told = [row.url, *row.detail.get("pages", ()), *row.detail.get("interpretations", ())]
    found = [urls.canonical(each) for each in told if isinstance(each, str) and "#" not in each]
    return list(dict.fromkeys(filter(None, found)))


def stored(article: ArticleCard) -> list[Any]:
    """Return an article as a run keeps it; ``article_of`` reads it back."""
    at = article.published_at.isoformat() if article.published_at else None
    return [article.url, article.title, article.column, at, list(article.related)]


def article_of(row: list[Any]) -> ArticleCard:
    """Return an article that a run kept."""
    url, title, column, at, related = row
    published = datetime.fromisoformat(at) if at else None
    return ArticleCard(url=url, title=title, column=column, published_at=published, related=tuple(related))
