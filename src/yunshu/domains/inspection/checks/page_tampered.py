"""页面篡改: what of a page changed that no editor changes (W1 of 国办秘函〔2019〕19号: 攻击未及时处置).

Compared with the page's facts of the crawl before: its title, keywords and description, the hosts of its scripts and
frames, its ``base``, refreshes, forms and scripts that lead away, its blocks of text. A changed text alone is no tampering:
it needs a word of the adverts' dictionary, or a host outside that was not there before. simhash alone would miss a line
inserted into a long text (sheet C [M]), so blocks are compared.
"""

import re
from collections.abc import Iterator
from html import unescape

from yunshu.domains.inspection.checks import facts
from yunshu.domains.inspection.checks.finding import on_page
from yunshu.domains.inspection.checks.page_hidden import VISITORS, is_advert, is_outside
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls
from yunshu.lib.crawl.text import Page

_BASE = re.compile(r"<base\b[^>]*href\s*=\s*['\"]?((?:https?:)?//[^'\"\s>]+)", re.IGNORECASE)
_REFRESH = re.compile(
    r"http-equiv\s*=\s*['\"]?refresh['\"]?[^>]*url\s*=\s*['\"]?((?:https?:)?//[^'\"\s>]+)", re.IGNORECASE
)
_LEADS = re.compile(
    r"location(?:\.href)?\s*=\s*['\"]((?:https?:)?//[^'\"\s]+)|location\.replace\(\s*['\"]((?:https?:)?//[^'\"\s]+)"
)
_FORM = re.compile(r"<form\b[^>]*action\s*=\s*['\"]?((?:https?:)?//[^'\"\s>]+)", re.IGNORECASE)
_COVER = re.compile(
    r"<iframe\b[^>]*src\s*=\s*['\"]((?:https?:)?//[^'\"\s>]+)['\"][^>]*position\s*:\s*fixed", re.IGNORECASE
)
COMPARED = frozenset({"脚本", "正文"})
"""The parts of a page that are compared with the crawl before."""
_AWAY = (("基准地址", _BASE), ("自动跳转", _REFRESH), ("脚本跳转", _LEADS), ("表单", _FORM), ("覆盖全页的框架", _COVER))


def look(seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield what was changed on a page; nothing of a page that was not known before, but for what leads away from it."""
    for part, host in _leading_away(seen.page.html):
        if is_outside(host, site, kit):
            yield _find(seen, site, f"{part} {host}", f"{part}指向外部地址 {host}", part)
    yield from _heads(seen, seen.page, site, kit, "")
    before = facts.baseline(seen.before)
    if before is None:
        return
    for host in _loaded(seen.page) - set(before["scripts"]):
        if is_outside(host, site, kit):
            yield _find(seen, site, f"script {host}", f"新增了外部脚本或框架 {host}", "脚本")
    known = set(before["blocks"])
    for line in seen.page.text.splitlines():
        if line.strip() and facts.blocks_of(line)[0] not in known and is_advert(line, kit):
            yield _find(seen, site, f"block {facts.blocks_of(line)[0]}", f"新增了推广内容：{line.strip()[:60]}", "正文")


def compare(seen: Seen, other: Page, visitor: str, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield a title or keywords that only another ``visitor`` is sent."""
    yield from _heads(seen, other, site, kit, visitor)


def _heads(seen: Seen, page: Page, site: SiteCard, kit: Kit, visitor: str) -> Iterator[Found]:
    parts = {"标题": page.title, "关键词": page.meta.get("keywords", ""), "描述": page.meta.get("description", "")}
    for part, text in parts.items():
        if is_advert(unescape(text), kit):
            whom = f"（仅{VISITORS[visitor]}）" if visitor else ""
            yield _find(seen, site, f"head {part}", f"页面{part}{whom}被改为推广内容：{unescape(text)[:60]}", part)


def _loaded(page: Page) -> set[str]:
    return {urls.host_of(link.url) for link in page.links if link.kind in facts.LOADED}


def _leading_away(html: str) -> Iterator[tuple[str, str]]:
    for part, shape in _AWAY:
        for match in shape.finditer(html):
            address = next(filter(None, match.groups()))
            yield part, urls.host_of(address if address.startswith("http") else f"http:{address}")


def _find(seen: Seen, site: SiteCard, key: str, words: str, part: str) -> Found:
    return on_page(Check.TAMPERED, seen, site, key=key, words=words, place=part, detail={"part": part}, confidence=0.9)


def is_change(found: Found) -> bool:
    """Say whether a find is known by comparison: the page must not become what later crawls compare with."""
    return found.kind == Check.TAMPERED and found.detail["part"] in COMPARED
