"""What of a text is kept: characters that nobody can see, or that turn the reading order round, are left out.

Unicode categories Cc (control), Cs (half a pair) and Cn, and the direction marks of UAX #9 (「Trojan Source」, CVE-2021-42574). The joiner U+200D
stays: pictures of people are made with it.
"""

import re
import unicodedata

_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2060\ufeff\u061c")
_LINES = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_BLANKS = re.compile(r"\s+")
_MANY_LINES = re.compile(r"\n{4,}")


def paragraphs(text: str) -> str:
    """Return a text of several lines without what cannot be seen."""
    kept = "".join(c for c in _LINES.sub("\n", text) if c in "\n\t" or _is_seen(c))
    return _MANY_LINES.sub("\n\n\n", kept).strip()


def line(text: str) -> str:
    """Return a text of one line without what cannot be seen."""
    return _BLANKS.sub(" ", paragraphs(text)).strip()


def _is_seen(character: str) -> bool:
    return character not in _TURNING and unicodedata.category(character) not in ("Cc", "Cs", "Cn")
