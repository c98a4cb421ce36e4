"""All checks by what they take. ``PAGE`` look at one page, ``SITE`` conclude on a site's crawl, ``account_states`` and ``account_posts``
on accounts (``services.watching``).

Checks that need what no crawl sees are called by whoever asked for it: ``site_transport`` (a ``TransportCard``),
``site_availability`` (a week of visits), ``site_impersonation`` (pages of other hosts).
"""

from collections.abc import Callable, Iterator

from yunshu.domains.inspection.checks import (
    page_barriers,
    page_footer,
    page_hidden,
    page_labels,
    page_privacy,
    page_secrets,
    page_tampered,
    page_wording,
    site_dates,
    site_guides,
    site_interpretations,
    site_links,
    site_messages,
    site_names,
    site_reposts,
    site_statistics,
    site_updates,
)
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard, SiteView
from yunshu.domains.inspection.contracts import Found

Look = Callable[[Seen, SiteCard, Kit], Iterator[Found]]
Conclude = Callable[[SiteView, SiteCard, Kit], Iterator[Found]]

PAGE: tuple[Look, ...] = (
    page_labels.look,
    page_footer.look,
    page_secrets.look,
    page_privacy.look,
    page_wording.look,
    page_hidden.look,
    page_tampered.look,
    page_barriers.look,
)
SHELL: tuple[Look, ...] = (page_hidden.look, page_tampered.look)
"""What can be said of a page whose text its script would write, where no browser ran it."""

SITE: tuple[Conclude, ...] = (
    site_updates.conclude,
    site_statistics.conclude,
    site_messages.conclude,
    site_guides.conclude,
    site_interpretations.conclude,
    site_links.conclude,
    site_names.conclude,
    site_reposts.conclude,
    site_dates.conclude,
)


def on_page(seen: Seen, site: SiteCard, kit: Kit) -> list[Found]:
    """Return all that one page shows."""
    return [each for check in (SHELL if seen.role == "shell" else PAGE) for each in check(seen, site, kit)]
