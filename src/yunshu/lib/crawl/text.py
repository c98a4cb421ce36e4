"""What stands on a page: ``parse`` reads charset, title, meta tags, links, hidden parts and texts in one go."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from yunshu.lib.crawl import urls
from yunshu.lib.crawl.hashing import simhash
from yunshu.lib.kernel.nesting import demand_shallow

SNIFFED_BYTES = 4096
CHANCE_BYTES = 24
"""Up to so many bytes beyond ASCII, GBK may happen to be valid UTF-8."""
_ASCII = bytes(range(128))
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,20})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,20})""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252"}
"""What pages call themselves and what browsers read them as (WHATWG Encoding)."""
_SPACES = re.compile(r"\s+")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:px|em|rem|pt|%)?\s*(?:;|!|$)"
    r"|(?:text-indent|left|right|top|margin-left|margin-top)\s*:\s*-\d{3,}"
    r"|(?<![-\w])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|!|$)|clip\s*:\s*rect\(\s*0",
    re.IGNORECASE,
)
_SAME_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*(#?\w+)[^}]*background(?:-color)?\s*:\s*\1(?!\w)", re.IGNORECASE)
_SUSPECTS = "[style],[hidden],marquee[height],marquee[width]"
_RULE = re.compile(r"([^{}@/;]{1,200})\{([^{}]{0,2000})\}")
_LINKS = "a[href],area[href],iframe[src],frame[src],img[src],script[src],link[href]"


@dataclass(frozen=True, slots=True)
class Link:
    """One reference. ``url`` is canonical; ``raw`` as written, with its fragment.

    ``kind`` is the element: ``a``, ``area``, ``iframe``, ``frame``, ``img``, ``script``, ``link``.
    """

    url: str
    text: str
    kind: str
    visible: bool
    rel: str
    raw: str


@dataclass(frozen=True)
class Page:
    """A page as read.

    ``meta`` has names in lower case, the first of each name; ``hidden`` the texts that nobody sees (by inline style and
    ``style`` elements); ``text`` what is visible; ``sha256`` is of the body as sent; ``simhash`` of ``text``.
    """

    url: str
    charset: str
    title: str
    meta: dict[str, str]
    links: tuple[Link, ...]
    hidden: tuple[str, ...]
    text: str
    html: str
    sha256: bytes
    simhash: int

    @cached_property
    def main(self) -> str:
        """The main text (resiliparse): navigation, footers and asides left out."""
        return extract_plain_text(self.html, main_content=True, alt_texts=False, preserve_formatting=True)


def is_html(content_type: str, body: bytes) -> bool:
    """Say whether a body is to be read as HTML: it is called so, or is called nothing and begins so."""
    if content_type:
        return content_type in ("text/html", "application/xhtml+xml")
    return body[:SNIFFED_BYTES].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def parse(body: bytes, content_type: str, url: str) -> Page:
    """Read a page. ``content_type`` is the header as it came; ``url`` the canonical address of the page.

    Raises TooDeep (``lib.kernel.nesting``) for one that nests as no page does.
    """
    html, charset = decode(body, content_type)
    demand_shallow(html)
    tree = LexborHTMLParser(html)
    roots = _hidden_roots(tree)
    title = tree.css_first("title")
    links, meta = tuple(_links(tree, url, roots)), _meta(tree)
    hidden = tuple(filter(None, (_one_line(root.text(separator=" ")) for root in roots)))
    for root in roots:
        root.decompose()
    text = extract_plain_text(
        tree.html or "" if roots else html, alt_texts=False, list_bullets=False, preserve_formatting=True
    )
    return Page(
        url=url,
        charset=charset,
        title=_one_line(title.text()) if title else "",
        meta=meta,
        links=links,
        hidden=hidden,
        text=text,
        html=html,
        sha256=hashlib.sha256(body).digest(),
        simhash=simhash(text),
    )


def decode(body: bytes, content_type: str = "") -> tuple[str, str]:
    """Return the text of a body and its charset: by BOM, what it is, what it says, what it seems to be.

    What is valid UTF-8 is UTF-8 whatever it says, unless it has so few characters beyond ASCII that this is chance.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace"), charset
    said = _said(body, content_type)
    if said in ("", "utf-8") or body.isascii() or len(body.translate(None, _ASCII)) > CHANCE_BYTES:
        try:
            return body.decode(), "utf-8"
        except UnicodeDecodeError:
            pass
    try:
        return body.decode(said), said
    except (LookupError, UnicodeDecodeError):
        pass
    charset = _seems(body)
    return body.decode(charset, "replace"), charset


def _said(body: bytes, content_type: str) -> str:
    header = _HEADER_CHARSET.search(content_type)
    if header:
        said = header[1]
    else:
        meta = _META_CHARSET.search(body[:SNIFFED_BYTES])
        said = meta[1].decode("ascii") if meta else ""
    said = said.lower().replace("utf8", "utf-8")
    return _WIDER.get(said, said)


def _seems(body: bytes) -> str:
    found = (detect_encoding(body) or "utf-8").lower()
    found = _WIDER.get(found, found)
    try:
        b"".decode(found)
    except LookupError:
        return "utf-8"
    return found


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _meta(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        given = node.attributes
        name = given.get("name") or given.get("property")
        if name:
            found.setdefault(name.strip().lower(), (given.get("content") or "").strip())
    return found


def _links(tree: LexborHTMLParser, url: str, roots: list[LexborNode]) -> Iterator[Link]:
    base_node = tree.css_first("base[href]")
    base = (urls.canonical(base_node.attributes.get("href") or "", url) if base_node else None) or url
    unseen = {node.mem_id for root in roots for node in [root, *root.css("a[href],area[href],iframe,img")]}
    for node in tree.css(_LINKS):
        given, kind = node.attributes, node.tag or ""
        raw = given.get("href") or given.get("src") or ""
        if not raw or raw[0] == "#":
            continue
        target = urls.canonical(raw, base)
        if target is None:
            continue
        text = ""
        if kind == "a":
            text = _one_line(node.text()) or given.get("title") or ""
        visible = node.mem_id not in unseen
        yield Link(target, text, kind, visible, given.get("rel") or "", raw)


def _hidden_roots(tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the outermost elements that are written so that nobody sees them."""
    found = {node.mem_id: node for node in tree.css(_SUSPECTS) if _hides(node)}
    for style in tree.css("style"):
        rules = style.text()
        if _HIDING.search(rules):
            for node in _styled(tree, rules):
                found.setdefault(node.mem_id, node)
    if len(found) < 2:
        return list(found.values())
    return [node for node in found.values() if not _within(node, found)]


def _hides(node: LexborNode) -> bool:
    given = node.attributes
    if node.tag in ("html", "body"):
        return False
    if "hidden" in given:
        return True
    if node.tag == "marquee" and ({given.get("height"), given.get("width")} & {"0", "1", "0px", "1px"}):
        return True
    style = given.get("style") or ""
    return bool(style and (_HIDING.search(style) or _SAME_COLOUR.search(style)))


def _styled(tree: LexborHTMLParser, rules: str) -> Iterator[LexborNode]:
    for selector, declared in _RULE.findall(rules):
        if ":" in selector or not (_HIDING.search(declared) or _SAME_COLOUR.search(declared)):
            continue
        try:
            yield from tree.css(selector.strip())
        except SelectolaxError:
            continue


def _within(node: LexborNode, others: dict[int, LexborNode]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in others:
            return True
        above = above.parent
    return False
