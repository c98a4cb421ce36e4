"""What a page is on its site: told by its labels, its address and what stands on it."""

import re

from yunshu.domains.inspection.checks.seen import SiteCard
from yunshu.lib.crawl import urls
from yunshu.lib.crawl.text import Page

GUIDE_WORDS = (
    "办理材料",
    "申请材料",
    "申报材料",
    "受理条件",
    "申请条件",
    "办理流程",
    "办理程序",
    "设定依据",
    "办理地点",
    "办理时限",
    "收费标准",
    "法律依据",
    "办事流程",
    "办结时限",
    "收费情况",
)
LETTER_WORDS = ("来信时间", "写信时间", "留言时间", "提问时间", "咨询时间")
_LIST_NAME = re.compile(r"/(index|list)(_\d+)?\.(s?html?|jsp|php|aspx)$|/$")
LEAST_GUIDE_WORDS = 2
LEAST_LINKS, LEAST_CHARACTERS = 5, 200
"""A page with fewer of both, and with scripts, is rendered or not judged (sheet part C)."""


def of(page: Page, site: SiteCard, rows: int) -> str:
    """Return the role of a page; ``rows`` is how many dated rows it lists."""
    url = page.url
    if is_shell(page):
        return "shell"
    if url in _homes(site):
        return "home"
    if "articletitle" in page.meta:
        return "article"
    if any(column.url == url for column in site.columns):
        return "column"
    if not _LIST_NAME.search(url) and ("pubdate" in page.meta or urls_date(url)):
        return "article"
    if sum(word in page.text for word in GUIDE_WORDS) >= LEAST_GUIDE_WORDS and not rows:
        return "guide"
    if any(word in page.text for word in LETTER_WORDS) and not _LIST_NAME.search(url):
        return "letter"
    if "columnname" in page.meta or (rows >= 3 and _LIST_NAME.search(url)):
        return "column"
    return "other"


def is_shell(page: Page) -> bool:
    """Say whether a page has next to nothing but scripts: what it shows is written in a browser."""
    return "<script" in page.html and all(_lacks(page))


def is_thin(page: Page) -> bool:
    """Say whether a browser may see more of a page than what came: it has scripts, and little text or few links."""
    return "<script" in page.html and any(_lacks(page))


def _lacks(page: Page) -> tuple[bool, bool]:
    clicked = sum(link.kind == "a" for link in page.links)
    return clicked < LEAST_LINKS, len("".join(page.text.split())) < LEAST_CHARACTERS


def _homes(site: SiteCard) -> set[str]:
    home = urls.canonical(site.home_url) or site.home_url
    return {home, home + "index.html", home + "index.htm"}


def urls_date(url: str) -> bool:
    """Say whether an address is an article's by its form: a date or a running number at its end."""
    return bool(re.search(r"/t?\d{6,8}/?\w*_?\d+\.s?html?$|/(content|detail|post|art)_?\d+\.s?html?$", url))
