"""Making a ``Found`` of a site or an account as a whole: what the ``site_*`` and ``account_*`` checks share."""

from collections.abc import Mapping
from typing import Any

from yunshu.domains.inspection.checks import severities
from yunshu.domains.inspection.checks.seen import SiteCard
from yunshu.domains.inspection.contracts import Found


def on_site(
    check: str,
    site: SiteCard,
    *,
    key: str,
    words: str,
    url: str = "",
    place: str = "site",
    detail: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
) -> Found:
    """Return a find on a site; without ``url`` it is shown at the home page."""
    return Found(
        kind=check,
        severity=severities.of(check),
        site=site.code,
        key=key,
        words=words,
        url=url or site.home_url,
        place=place,
        detail=dict(detail or {}),
        confidence=confidence,
    )
