"""Before a crawl: what a site's platform lists by itself — columns, articles, letters (``lib.crawl.gkmlpt``)."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import structlog

from yunshu.domains.inspection.checks.seen import ArticleCard
from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services.discovery import ColumnSeen, take_columns
from yunshu.domains.inspection.services.media import MessageSpec, take_messages
from yunshu.domains.inspection.services.running import planning
from yunshu.domains.inspection.services.running.threads import apart
from yunshu.lib.crawl import Fetcher, NotThisPlatform, Platform
from yunshu.lib.crawl.gkmlpt import Article, Column, Letter
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

log = structlog.get_logger()
T = TypeVar("T")


async def prepare(run: Run, machine: "Machine") -> None:
    """Read the platform of a run's site, if it is on the Guangdong one, and let the crawl begin."""
    base = run.site.home_url.rstrip("/")
    articles: list[ArticleCard] = []
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
        platform = Platform(fetcher, base)
        try:
            site = await platform.site()
        except NotThisPlatform as fault:
            log.info("inspection.other_platform", site=run.site.id_code, reason=fault.reason)
        else:
            columns = list(site.walk())
            for column in columns:
                if not column.jump_url:
                    articles += _cards(await _all(platform.articles(column.id, site.sid)), base, column)
            await apart(_keep, run, base, columns, await _all(platform.letters(site.sid)))
    await apart(planning.start_crawl, run, articles, clock.now())


async def _all(rows: AsyncIterator[T]) -> list[T]:
    """Return what an interface lists; what it does not answer for (a column of ordinary pages) is empty."""
    found: list[T] = []
    try:
        async for row in rows:  # one by one: what came before a fault is kept
            found.append(row)  # noqa: PERF401
    except NotThisPlatform as fault:
        log.info("inspection.part_not_answered", url=fault.url, reason=fault.reason)
    return found


def _cards(articles: Sequence[Article], base: str, column: Column) -> Iterator[ArticleCard]:
    return (
        ArticleCard(
            url=article.url,
            title=article.title,
            column=address(base, column),
            published_at=article.published_at,
            related=article.related,
        )
        for article in articles
    )


def address(base: str, column: Column) -> str:
    """Return a column's address: where it leads, else its place in the platform's index."""
    return column.jump_url or f"{base}/gkmlpt/index#{column.id}"


def _keep(run: Run, base: str, columns: Sequence[Column], letters: Sequence[Letter]) -> None:
    seen = [
        ColumnSeen(url=address(base, one), name=one.name, path="/".join(one.path), items=one.posts)
        for one in columns
        if one.posts or not one.children  # what only groups others is no column of its own
    ]
    said = [
        MessageSpec(message_id=one.id, title=one.title, asked_at=one.asked_at, replied_at=one.replied_at, url=one.url)
        for one in letters
        if one.asked_at
    ]
    code = run.site.id_code
    take_columns(site=code, seen=seen, now=run.started_at, is_complete=False)
    take_messages(site=code, seen=said, now=run.started_at)
