"""A page that came, as checks take it: for a crawl, for a comparison, for a retest."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunshu.domains.inspection.checks import roles
from yunshu.domains.inspection.checks.seen import Seen, SiteCard
from yunshu.lib.crawl import Fetched, Page, gkmlpt, listed, parse, published
from yunshu.lib.crawl.text import is_html
from yunshu.lib.kernel.nesting import TooDeep

GONE_STATUS = (404, 410)
"""How a server says that a page is no longer there."""


def page_of(fetched: Fetched, url: str) -> Page | None:
    """Return the page that came from an address, as a reader has it; None if none came that can be read."""
    if not fetched.ok or not is_html(fetched.content_type, fetched.body):
        return None
    try:
        return gkmlpt.whole(parse(fetched.body, fetched.headers.get("Content-Type", ""), url))
    except TooDeep:
        return None


def seen(
    fetched: Fetched,
    page: Page,
    site: SiteCard,
    at: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    listed_on: date | None = None,
) -> Seen:
    """Return a page as checks take it. ``before``: its facts of the crawl before; ``listed_on``: its date on a list."""
    return Seen(
        url=page.url,
        status=fetched.status,
        headers=dict(fetched.headers),
        at=at,
        page=page,
        role=roles.of(page, site, len(listed(page, at.date()))),
        dated=published(page, listed_on=listed_on),
        before=before,
    )


def of_file(fetched: Fetched, url: str, at: datetime) -> Seen:
    """Return a file as checks of texts take it: known by its address, without a page of its own."""
    page = parse(b"", "text/html", url)
    return Seen(
        url=url, status=fetched.status, headers=dict(fetched.headers), at=at, page=page, role="paper", dated=None
    )
