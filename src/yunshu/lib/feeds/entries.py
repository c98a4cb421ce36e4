"""One entry of a feed, whatever format it came in; its marks taken out, its links and pictures listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from selectolax.lexbor import LexborHTMLParser

from yunshu.lib.kernel import clock


class BadFeed(ValueError):
    """No feed, or one whose entry lacks what names or dates it."""


@dataclass(frozen=True)
class Entry:
    """One entry. ``text`` is without marks; ``at`` is aware."""

    id: str
    at: datetime
    title: str
    text: str
    url: str
    links: tuple[str, ...]
    images: tuple[str, ...]


def written(name: str, at: datetime, *, title: str, body: str, url: str) -> Entry:
    """Return an entry whose title and body are HTML."""
    page = LexborHTMLParser(body)
    return Entry(
        id=name,
        at=at,
        title=LexborHTMLParser(title).text(strip=True),
        text=page.text(separator="\n", strip=True),
        url=url,
        links=tuple(dict.fromkeys(_attributes(page, "a", "href"))),
        images=tuple(dict.fromkeys(_attributes(page, "img", "src"))),
    )


def instant(text: str, zone: tzinfo, where: str) -> datetime:
    """Return the instant that a feed writes by ISO 8601 or RFC 5322. Raises BadFeed, which says where."""
    try:
        at: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        at = clock.internet_date(text, zone)
    if at is None:
        raise BadFeed(f"{where}: no date: {text[:40]!r}")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _attributes(page: LexborHTMLParser, tag: str, name: str) -> Iterator[str]:
    for node in page.css(tag):
        value = (node.attributes.get(name) or "").strip()
        if value.startswith(("http://", "https://")):
            yield value
