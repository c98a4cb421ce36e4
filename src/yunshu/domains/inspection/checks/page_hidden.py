"""暗链: links that no visitor sees, or that only some visitors get (W1 of 国办秘函〔2019〕19号: 挂马、暗链 not handled in time).

Two families (sheet C): features of one answer (hidden style, zero size, written by script, hosts that nobody links to), and
differences between what a visitor, a search engine's spider, somebody coming from a search engine and a phone are sent.
A link is innocent where it stays with the city's own and other government sites, whatever hides it.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from yunshu.domains.inspection.checks.finding import on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls
from yunshu.lib.crawl.text import Page

CLICKED = frozenset({"a", "area", "iframe", "frame"})
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_CODES = re.compile(r"fromCharCode\(\s*([\d,\s]{8,4000})\)")
_ADDRESS = re.compile(r"(?:https?:)?//([A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,})")
_WRITES = re.compile(r"document\s*\.\s*write(?:ln)?\s*\(|innerHTML\s*=|insertAdjacentHTML|createElement\s*\(\s*['\"]a['\"]")
_HIDES_ID = re.compile(r"getElementById\(\s*['\"]([\w-]+)['\"]\s*\)\s*\.\s*style\s*\.\s*(?:display\s*=\s*['\"]none|visibility\s*=\s*['\"]hidden)")
_ELEMENT = r"<(\w+)[^>]*\bid\s*=\s*['\"]%s['\"][^>]*>(.*?)</\1>"
_APART = (
    re.compile(r"<noscript\b[^>]*>(.*?)</noscript>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<svg\b[^>]*(?:width|height)\s*=\s*['\"]?[01](?:px)?['\"\s>].*?</svg>", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"<(\w+)[^>]*style\s*=\s*['\"][^'\"]*(?:z-index\s*:\s*-\d|transform\s*:\s*scale\(\s*0|height\s*:\s*0(?:px)?\s*;)[^'\"]*['\"][^>]*>.*?</\1>",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"<i?frame\b[^>]*(?:width|height)\s*=\s*['\"]?[01](?:px)?['\"\s>][^>]*>", re.IGNORECASE),
)
_HREF = re.compile(r"(?:href|src)\s*=\s*['\"]?((?:https?:)?//[^'\"\s>]+)", re.IGNORECASE)
VISITORS = {"spider": "搜索引擎爬虫", "referer": "从搜索引擎进入的访客", "mobile": "手机访客"}


def look(seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield one find for each host outside that a hidden place of a page leads to, or that is new on it and an advert's."""
    reported: set[str] = set()
    for way, host in (*_by_style(seen.page), *_by_script(seen.page.html), *_apart(seen.page.html)):
        if host not in reported and is_outside(host, site, kit):
            reported.add(host)
            yield _find(seen, site, host, f"{way}的链接指向 {host}", {"way": way}, 0.95)
    for link in seen.page.links:
        host = urls.host_of(link.url)
        if host not in reported and link.kind in CLICKED and is_outside(host, site, kit) and is_advert(link.text, kit):
            reported.add(host)
            yield _find(seen, site, host, f"指向推广网站 {host} 的链接", {"way": "推广词"}, 0.9)


def compare(seen: Seen, other: Page, visitor: str, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield one find for each host outside that only another ``visitor`` (a key of ``VISITORS``) is led to."""
    known = {urls.host_of(link.url) for link in seen.page.links}
    for host in sorted({urls.host_of(link.url) for link in other.links if link.kind in CLICKED} - known):
        if is_outside(host, site, kit):
            words = f"只向{VISITORS[visitor]}显示的链接指向 {host}"
            yield _find(seen, site, host, words, {"way": "区别对待", "visitor": visitor}, 0.95)


def is_outside(host: str, site: SiteCard, kit: Kit) -> bool:
    """Say whether a host is neither the site's own, nor registered, nor the government's."""
    if not host or host in site.hosts or host in kit.known_hosts:
        return False
    return not any(host == suffix or host.endswith(f".{suffix}") for suffix in (*kit.trusted, *site.hosts))


def is_advert(text: str, kit: Kit) -> bool:
    """Say whether a text holds a word of the adverts' dictionary."""
    return bool(text) and kit.adverts is not None and bool(kit.adverts.scan(text))


def _find(seen: Seen, site: SiteCard, host: str, words: str, detail: dict[str, str], confidence: float) -> Found:  # noqa: PLR0913
    return on_page(
        Check.DARK_LINK, seen, site, key=host, words=words, place="源代码", detail=detail | {"host": host}, confidence=confidence
    )


def _by_style(page: Page) -> Iterator[tuple[str, str]]:
    return (("隐藏", urls.host_of(link.url)) for link in page.links if link.kind in CLICKED and not link.visible)


def _by_script(html: str) -> Iterator[tuple[str, str]]:
    for script in _SCRIPT.findall(html):
        written = bool(_WRITES.search(script))
        for codes in _CODES.findall(script):
            text = "".join(chr(int(code)) for code in codes.split(",") if code.strip().isdigit() and int(code) < 0x110000)
            yield from (("脚本编码", host) for host in _ADDRESS.findall(text))
        if written:
            yield from (("脚本写入", host) for host in _ADDRESS.findall(unescape(script)))
        for name in _HIDES_ID.findall(script):
            element = re.search(_ELEMENT % re.escape(name), html, re.IGNORECASE | re.DOTALL)
            if element:
                yield from (("脚本隐藏", host) for host in _hosts(element[2]))


def _apart(html: str) -> Iterator[tuple[str, str]]:
    for shape in _APART:
        for match in shape.finditer(html):
            yield from (("不可见元素", host) for host in _hosts(match[0]))


def _hosts(html: str) -> Iterable[str]:
    return (urls.host_of(address if address.startswith("http") else f"http:{address}") for address in _HREF.findall(html))
