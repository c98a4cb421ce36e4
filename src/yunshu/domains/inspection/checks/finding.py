"""Making a ``Found`` of a page, or of a site as a whole: what the checks share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from yunshu.domains.inspection.checks import severities
from yunshu.domains.inspection.checks.seen import Seen, SiteCard
from yunshu.domains.inspection.contracts import Found

AROUND = 60
"""How many characters of context an excerpt has on each side."""


def on_page(
    check: str,
    seen: Seen,
    site: SiteCard,
    *,
    key: str,
    words: str,
    place: str = "",
    excerpt: str = "",
    span: Sequence[tuple[int, int]] = (),
    detail: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
) -> Found:
    """Return a find on a page; its fingerprint is the page's address and ``key``."""
    found = on_site(
        check,
        site,
        key=f"{seen.url} {key}",
        words=words,
        url=seen.url,
        place=place,
        detail=detail,
        confidence=confidence,
    )
    return replace(found, excerpt=excerpt, span=tuple(span))


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


def excerpt(text: str, start: int, end: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the text around a place within its lines, and the place within it."""
    after = text.find("\n", end)
    begin = max(text.rfind("\n", 0, start) + 1, start - AROUND)
    stop = min(len(text) if after < 0 else after, end + AROUND)
    return text[begin:stop], ((start - begin, end - begin),)
