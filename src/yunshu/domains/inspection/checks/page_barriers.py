"""无障碍: barriers to screen readers that stand in the source itself (WCAG 2.2: 1.1.1, 1.3.1, 2.4.4, 4.1.2; GB/T 37668-2019).

What needs rendering (contrast, order, focus) is for axe in a browser (``services``); this runs on every page.
"""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from yunshu.domains.inspection.checks.finding import on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

_NO_LABEL_NEEDED = frozenset({"hidden", "submit", "button", "reset", "image"})
_NAMING = ("aria-label", "aria-labelledby", "title")


def look(seen: Seen, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield each barrier once a page and element."""
    tree = LexborHTMLParser(seen.page.html)
    for words, node in (*_pictures(tree), *_fields(tree), *_links(tree), *_buttons(tree)):
        html = (node.html or "")[:200]
        yield on_page(
            Check.ACCESSIBILITY,
            seen,
            site,
            key=html,
            words=words,
            place="源代码",
            excerpt=html,
            detail={"element": html},
        )


def _pictures(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    for node in tree.css("img"):
        given = node.attributes
        is_decoration = given.get("role") == "presentation" or given.get("width") in ("0", "1")
        if "alt" not in given and not is_decoration and not any(given.get(name) for name in _NAMING):
            yield "图片没有替代文字", node


def _fields(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    labelled = {node.attributes.get("for") for node in tree.css("label[for]")}
    wrapped = {node.mem_id for label in tree.css("label") for node in label.css("input,select,textarea")}
    for node in tree.css("input,select,textarea"):
        given = node.attributes
        if (given.get("type") or "text").lower() in _NO_LABEL_NEEDED or any(given.get(name) for name in _NAMING):
            continue
        if given.get("id") not in labelled and node.mem_id not in wrapped:
            yield "输入框没有标签", node


def _links(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    for node in tree.css("a[href]"):
        if not _is_named(node) and not _is_unseen(node):
            yield "链接没有文字", node


def _buttons(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    return (("按钮没有名称", node) for node in tree.css("button") if not _is_named(node))


def _is_named(node: LexborNode) -> bool:
    if node.text(strip=True) or any(node.attributes.get(name) for name in _NAMING):
        return True
    return any(picture.attributes.get("alt") for picture in node.css("img[alt]"))


def _is_unseen(node: LexborNode) -> bool:
    style = (node.attributes.get("style") or "").replace(" ", "")
    return "display:none" in style or "hidden" in node.attributes
