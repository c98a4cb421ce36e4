"""Making a ``Found`` of a page: what all page checks share."""

from collections.abc import Mapping, Sequence
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
    return Found(
        kind=check,
        severity=severities.of(check),
        site=site.code,
        key=f"{seen.url} {key}",
        url=seen.url,
        place=place,
        words=words,
        excerpt=excerpt,
        span=tuple(span),
        detail=dict(detail or {}),
        confidence=confidence,
    )


def excerpt(text: str, start: int, end: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the text around a place within its lines, and the place within it."""
    after = text.find("\n", end)
    begin = max(text.rfind("\n", 0, start) + 1, start - AROUND)
    stop = min(len(text) if after < 0 else after, end + AROUND)
    return text[begin:stop], ((start - begin, end - begin),)
