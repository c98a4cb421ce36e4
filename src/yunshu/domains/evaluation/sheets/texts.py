"""Texts as people leave them in cells: tags, stray white space, invisible characters, full-width forms.

``clean`` is what a reader makes of a cell, ``tidy`` what remains of a text once printed, ``fold`` what labels are
compared by. Nothing here decides what a text means.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from html.parser import HTMLParser

_BREAK = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKUP = re.compile(r"</?(?:p|br)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr"})
_INLINE = frozenset({"span", "strong", "b", "i", "em", "u", "font", "a", "sup", "sub"})
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_NO_CHARACTERS = frozenset("\ufffe\uffff")  # XML cannot hold them, so no office file does
_FULL_WIDTH = re.compile(r"[０-９．，]")


class _Paragraphs(HTMLParser):
    """Takes the tags of a rich-text editor off; a tag it does not know stays as it was typed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._tag(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.parts.append(f"<?{data}>")

    def _tag(self, tag: str, typed: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag not in _INLINE:
            self.parts.append(typed)


def is_markup(text: str) -> bool:
    """Say whether a cell holds paragraphs of a rich-text editor (``<p>…</p>``, ``<br>``)."""
    return _MARKUP.search(text) is not None


def tidy(text: str) -> str:
    """Return the text without invisible characters, with each line stripped and empty lines gone."""
    lines = (_visible(line).strip() for line in _BREAK.sub("\n", text).split("\n"))
    return "\n".join(line for line in lines if line)


def clean(text: str) -> str:
    """Return what a cell says: tags taken off, then ``tidy``."""
    if not is_markup(text):
        return tidy(text)
    paragraphs = _Paragraphs()
    paragraphs.feed(text)
    paragraphs.close()
    return tidy("".join(paragraphs.parts))


def one_line(text: str) -> str:
    """Return a tidied text on one line: Chinese lines are joined without, others with a space."""
    first, *others = tidy(text).split("\n")
    for line in others:
        wide = _is_wide(first[-1]) or _is_wide(line[0])
        first += line if wide else f" {line}"
    return first


def marked_up(text: str) -> str:
    """Return the text as ``<p>`` paragraphs that ``clean`` reads back letter by letter."""
    return " ".join(f"<p>{escape(line, quote=False)}</p>" for line in text.split("\n"))


def fold(text: str) -> str:
    """Return what labels and numbers are compared by: half-width forms, no white space, no trailing colon."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean(text))).rstrip(":")


def has_full_width(text: str) -> bool:
    """Say whether a number was typed with full-width digits or marks."""
    return _FULL_WIDTH.search(text) is not None


def _visible(line: str) -> str:
    if line.isprintable():
        return line
    spaced = line.replace("\t", " ")
    return "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED and c not in _NO_CHARACTERS)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
