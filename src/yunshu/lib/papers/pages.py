"""HTML: the visible text in blocks and table rows. Layout tables (a table in a row) are blocks, not rows."""

from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from selectolax.lexbor import LexborHTMLParser, LexborNode

from yunshu.lib.kernel import nesting
from yunshu.lib.papers.collecting import Collector, joined
from yunshu.lib.papers.contracts import Place, Reason
from yunshu.lib.papers.contracts import UnreadableError as Unreadable

_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object"})
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "textarea",
        "button",
    ]
)
_NARROW = frozenset({"gbk", "gb2312", "gb18030"})


def read_html(data: bytes, into: Collector) -> None:
    """Read a page; the charset is what the page says or, where it does not, what its bytes look like."""
    encoding = detect_encoding(data, from_html_meta=True) or "utf-8"
    wide = "gb18030" if encoding.lower() in _NARROW else encoding
    read_markup(bytes_to_str(data, wide, fallback_encodings=("utf-8", "gb18030")), into)


def read_markup(html: str, into: Collector) -> None:
    """Read a page that is text already."""
    try:
        nesting.demand_shallow(html)
    except nesting.TooDeep as error:
        raise Unreadable(Reason.BOMB, "nesting") from error
    tree = LexborHTMLParser(html)
    walker = _Walker(into)
    for title in tree.css("head > title"):
        walker.words(title.text())
        walker.close()
    if tree.body is not None:
        walker.walk(tree.body)
    walker.close()


class _Walker:
    """Goes through the tree without recursion: hostile pages nest deeper than Python's stack."""

    def __init__(self, into: Collector) -> None:
        self._into = into
        self._parts: list[str] = []
        self._paragraph = 0
        self._headings: list[str] = []

    def words(self, text: str | None) -> None:
        self._parts.append(text or "")

    def close(self) -> None:
        """End the current block."""
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if text:
            self._paragraph += 1
            self._into.add(text, Place(paragraph=self._paragraph))

    def walk(self, root: LexborNode) -> None:
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack and not self._into.full:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node.tag or "")
                continue
            following = node.next if node is not root else None
            if following is not None:
                stack.append((following, False))
            if node.is_text_node:
                self.words(node.text_content)
            elif node.is_element_node and node.tag not in _SKIPPED:
                self._enter(node, stack)

    def _enter(self, node: LexborNode, stack: list[tuple[LexborNode, bool]]) -> None:
        tag = node.tag or ""
        if tag in _BLOCKS:
            self.close()
        if tag == "table":
            self._headings.append("")
        if tag == "tr" and node.css_first("table") is None:
            self._row(node)
            return
        if tag == "img":
            self.words(node.attributes.get("alt"))
        stack.append((node, True))
        if node.child is not None and len(stack) < nesting.DEEPEST:
            stack.append((node.child, False))

    def _leave(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.close()
        if tag == "table" and self._headings:
            self._headings.pop()

    def _row(self, node: LexborNode) -> None:
        cells = [" ".join(cell.text(separator="").split()) for cell in node.css("td, th")]
        text, _ = joined(cells, [""] * len(cells))
        if not text.strip():
            return
        self._paragraph += 1
        context = self._headings[-1] if self._headings else ""
        self._into.add(text, Place(paragraph=self._paragraph), context=context)
        if self._headings and not context:
            self._headings[-1] = text
