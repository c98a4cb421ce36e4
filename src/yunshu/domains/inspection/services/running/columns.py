"""Columns that a crawl saw: they enter the registry as discovered, and what is registered learns how many items it lists.

A column is a page that its labels call one (ColumnName, ColumnType), or a list of dated rows under an address of lists
(``roles``). What it is called: its label, the last name on its line of place, what navigation calls it. What the
interface of a platform lists is kept by ``preparing`` and stays.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services.discovery import ColumnSeen, take_columns
from yunshu.lib.crawl import urls
from yunshu.lib.kernel.clock import CITY_ZONE

_FOLLOWING = re.compile(r"_\d{1,4}(?=\.\w{3,5}$)|[?&](?:page|pageNum|pageNo|p|cur)=\d+$", re.IGNORECASE)
"""What the address of a list's second page has more than that of its first."""
_BY_INTERFACE = re.compile(r"^https?://[^/]+/(?:gkmlpt|hdjlpt)/")
"""Pages of the Guangdong platform whose rows its interface lists: ``preparing`` knows their columns."""
Facts = Mapping[str, Any]


def discover(run: Run) -> None:
    """Bring the columns of a run's site up to what its crawl saw; doing it again changes nothing."""
    rows = run.site.pages.filter(run=run).values_list("url", "role", "facts")
    pages = {url: facts for url, role, facts in rows if role == "column" and not _BY_INTERFACE.match(url)}
    registered = {urls.canonical(url) or url: url for url in run.site.columns.values_list("url", flat=True)}
    named = _named(facts for _url, _role, facts in rows)
    seen = [_seen(registered.get(url, url), group, named.get(url, "")) for url, group in _lists(pages)]
    named_ones = [one for one in seen if one.name]
    take_columns(site=run.site.id_code, seen=named_ones, now=run.started_at, is_complete=False)


def _lists(pages: Mapping[str, Facts]) -> Iterator[tuple[str, Sequence[Facts]]]:
    """Yield each list by its first page, with the facts of all its pages."""
    groups: dict[str, list[Facts]] = {}
    for url in sorted(pages, key=lambda url: (len(url), url)):
        first = _FOLLOWING.sub("", url)
        groups.setdefault(first if first in pages else url, []).append(pages[url])
    yield from groups.items()


def _named(pages: Iterator[Facts]) -> dict[str, str]:
    """Return what a site's pages call the addresses that they lead to: the words most of them use."""
    said: dict[str, Counter[str]] = {}
    for facts in pages:
        for url, text, kind, visible in facts.get("links", ()):
            if kind == "a" and visible and text.strip():
                said.setdefault(url, Counter())[text.strip()] += 1
    return {url: words.most_common(1)[0][0] for url, words in said.items()}


def _seen(url: str, group: Sequence[Facts], called: str) -> ColumnSeen:
    first = group[0]
    place = first.get("crumbs") or []
    name = first.get("column") or (place[-1] if place else "") or called or first.get("title", "")
    path = "/".join(place if place and place[-1] == name else [*place, name])
    listed = {page: on for facts in group for page, on in facts.get("listed", {}).items()}
    newest = max(listed.values(), default=None)
    items = max(len(listed), sum(facts.get("rows", 0) for facts in group))
    return ColumnSeen(
        url=url,
        name=str(name)[:80],
        path=path,
        kind=str(first.get("type", "")),
        items=items if items or first.get("blank") else None,  # a list without dates: nobody counted
        last_item_at=_midnight(newest) if newest else None,
    )


def _midnight(on: str) -> datetime:
    return datetime.combine(date.fromisoformat(on), time(), CITY_ZONE)
