"""When a page of a Chinese government site was published, and how that is known.

The order is that of the domain sheet §C: ``PubDate`` meta tag (国办函〔2017〕47号's page labels [V]), the platform's own field,
the visible 发布时间 or 发布日期, the address, the list that led to the page. 成文日期 (when a document was signed) is none of them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from yunshu.lib.crawl import gkmlpt, urls
from yunshu.lib.crawl.text import Page
from yunshu.lib.kernel.clock import CITY_ZONE

FIRST_YEAR = 1990
META = ("pubdate", "publishdate", "publish_date", "article:published_time", "publishtime", "pub_date")
"""``PubDate`` is the official name; the others are seen in the wild [R]."""
_DATE = r"((?:19|20)\d{2})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})(?!\d)\s*日?"
_TIME = r"(?:[\sT　]*(\d{1,2})\s*[:：]\s*(\d{2})(?:\s*[:：]\s*(\d{2}))?)?"
_WHEN = re.compile(_DATE + _TIME)
_PACKED = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(?!\d)")
_LABELLED = re.compile(
    r"(?:信息)?(?:发布|公布|发表|发稿|刊发)\s*(?:时间|日期|于)\s*[\]】]?\s*[:：]?[\s　|]*" + _DATE + _TIME
)
_BYLINE = re.compile(r"来源|作者|浏览|点击|访问量|字号|字体|打印|编辑")
_SIGNED = re.compile(r"(?:成文|发文|印发|签发|生效|实施|废止|失效|更新|截止|活动|会议|报名)(?:时间|日期)")
_IN_URL = (
    re.compile(r"/t((?:19|20)\d{2})(\d{2})(\d{2})_\d+"),
    re.compile(r"/((?:19|20)\d{2})[-/](\d{1,2})[-/](\d{1,2})(?=/|_|$)"),
    re.compile(r"/((?:19|20)\d{2})/?(\d{2})/?(\d{2})/"),
    re.compile(r"/((?:19|20)\d{2})(\d{2})(\d{2})(?=[/_.-]|\d{4,10}[._])"),
)
_SHORT = re.compile(r"(?<![\d-])(\d{1,2})[-/.月](\d{1,2})日?(?![\d-])")
_ROW = frozenset({"li", "tr", "dd", "dt", "p", "div", "article", "section"})
_BYLINES = 40
"""How many lines of a page's beginning may hold its line of date and source."""


@dataclass(frozen=True)
class Dated:
    """A date of publication. ``value`` is an instant in the city's zone, or a date if no time is known.

    ``how``: ``meta``, ``platform``, ``visible``, ``url``, ``list``.
    """

    value: datetime | date
    how: str

    @property
    def on(self) -> date:
        """The day in the city."""
        return self.value.date() if isinstance(self.value, datetime) else self.value


def published(page: Page, *, listed_on: date | None = None) -> Dated | None:
    """Return when a page was published; None if nothing tells. ``listed_on`` is its date on the list that led to it."""
    for name in META:
        if found := moment(page.meta.get(name, "")):
            return Dated(found, "meta")
    if found := _platform(page.html):
        return Dated(found, "platform")
    if found := _visible(page.text):
        return Dated(found, "visible")
    if found := url_date(page.url):
        return Dated(found, "url")
    return Dated(listed_on, "list") if listed_on else None


def moment(text: str) -> datetime | date | None:
    """Return the first date in a text, with its time if one follows; None if there is none that exists."""
    for match in _WHEN.finditer(text):
        if found := _made(match.groups()):
            return found
    packed = _PACKED.search(text)
    return _made(packed.groups()) if packed else None


def url_date(url: str) -> date | None:
    """Return the date in an address (``/202607/t20260719_1.html``, ``/2026/7/19/``, ``/art/2026/7/19/``); None if none."""
    path = url.partition("?")[0]
    for shape in _IN_URL:
        for match in shape.finditer(path):
            found = _made(match.groups())
            if found:
                return found
    return None


def listed(page: Page, seen_on: date) -> dict[str, date]:
    """Return the date that a list gives for each page it links to.

    A date without a year is the last such day up to ``seen_on``. A row's date counts only for a row of one page.
    """
    found: dict[str, date] = {}
    for node in LexborHTMLParser(page.html).css("a[href]"):
        target = urls.canonical(node.attributes.get("href") or "", page.url)
        if target and target not in found and (on := _row_date(node, seen_on)):
            found[target] = on
    return found


def _row_date(link: LexborNode, seen_on: date) -> date | None:
    row, title = link, link.text(strip=True)
    for _ in range(4):
        above = row.parent
        if above is None or len({one.attributes.get("href") for one in above.css("a[href]")}) > 1:
            break
        row = above
        if row.tag not in _ROW:
            continue
        around = row.text(separator=" ").replace(title, " ", 1)
        if on := _near(around, seen_on):
            return on
    return _near(link.text(separator=" "), seen_on) if link.css_first("span,em,i,time,small") else None


def _near(text: str, seen_on: date) -> date | None:
    found = moment(text)
    if found:
        return found.date() if isinstance(found, datetime) else found
    short = _SHORT.search(text)
    if not short:
        return None
    for year in (seen_on.year, seen_on.year - 1):
        on = _made((str(year), short[1], short[2]))
        if on and on <= seen_on:
            return on
    return None


def _platform(html: str) -> datetime | None:
    detail = gkmlpt.detail_of(html)
    if detail is None:
        return None
    names = ("display_publish_time", "date", "created_at")
    return next((found for name in names if (found := gkmlpt.instant(detail.get(name)))), None)


def _visible(text: str) -> datetime | date | None:
    for match in _LABELLED.finditer(text):
        if found := _made(match.groups()):
            return found
    for line in text.splitlines()[:_BYLINES]:
        if _BYLINE.search(line) and not _SIGNED.search(line) and len(line) < 200 and (found := moment(line)):
            return found
    return None


def _made(parts: tuple[str | None, ...]) -> datetime | date | None:
    year, month, day, hour, minute, second = [int(part) if part else None for part in (*parts, None, None, None)[:6]]
    if not year or not month or not day or year < FIRST_YEAR:
        return None
    try:
        if hour is None or minute is None:
            return date(year, month, day)
        return datetime(year, month, day, hour, minute, second or 0, tzinfo=CITY_ZONE)
    except ValueError:
        return None
