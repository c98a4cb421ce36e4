"""Texts that people write with headings, lists and links (CommonMark), as HTML; nothing that they write is HTML itself.

| to | call |
|---|---|
| show on a page | ``{{ text|markup }}`` or ``rendered(text)`` |
| put into a reply, an export, an index | ``plain(text)`` |

The parser knows no raw HTML, no pictures and no address but http, https, mailto and tel, so its output needs no sanitiser.
"""

import re
from functools import lru_cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 20_000
"""More than so many characters are no text of a page: parsing could take seconds."""
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_OFF = ("html_block", "html_inline", "image", "autolink", "code", "reference", "lheading", "strikethrough", "backticks")


class _Parser(MarkdownIt):
    """CommonMark; links lead outside or call."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Say whether a link may lead there."""
        return bool(_SCHEME.match(url.strip()))


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "breaks": True, "maxNesting": 12})
    return parser.disable(list(_OFF), ignoreInvalid=True)


_PARSER = _parser()


@lru_cache(maxsize=512)
def rendered(text: str) -> SafeString:
    """Return the HTML of a text; headings begin at the third level, below a page's and a panel's."""
    tokens = _PARSER.parse(text[:LONGEST])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 2, 6)}"
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("rel", "noopener nofollow")
    html: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return SafeString(html)  # the parser escapes all that is written


def plain(text: str) -> str:
    """Return a text without its marks: one line a paragraph, list items begin with ``· ``, links keep their address."""
    lines: list[str] = []
    marks: list[str] = []
    for token in _PARSER.parse(text[:LONGEST]):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append("· " if token.type == "bullet_list_open" else "1")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "inline":
            lines.append(f"{_mark(marks)}{_inline(token)}")
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.strip())
    return "\n".join(lines)


def _mark(marks: list[str]) -> str:
    if not marks:
        return ""
    if marks[-1].isdigit():
        marks[-1] = str(int(marks[-1]) + 1)
        return f"{int(marks[-1]) - 1}. "
    return marks[-1]


def _inline(token: Token) -> str:
    out: list[str] = []
    address = ""
    for each in token.children or ():
        if each.type == "link_open":
            address = str(each.attrGet("href") or "")
        elif each.type == "link_close":
            out.append(f"（{address}）" if address and out[-1:] != [address] else "")
        elif each.type in ("softbreak", "hardbreak"):
            out.append("\n")
        else:
            out.append(each.content)
    return "".join(out)
