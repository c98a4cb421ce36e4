"""How deep a page nests: parsers need the square of it, so what is deeper than any page is not parsed."""

import re
from collections import Counter

DEEPEST = 2_000
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
# void elements, and those that end where the next begins
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "li",
        "p",
        "option",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
    ]
)


class TooDeep(ValueError):
    """A page nests deeper than ``DEEPEST`` levels."""


def demand_shallow(html: str) -> None:
    """Raise TooDeep for a page that no parser should be given."""
    if depth(html) > DEEPEST:
        raise TooDeep(f"more than {DEEPEST} levels")


def depth(html: str) -> int:
    """Return how deep elements may nest: the parser needs the square of it, a minute for 100,000 (measured).

    Each name is counted for itself, so that closing tags of other names hide nothing; an upper bound is enough.
    """
    if html.count("<") - html.count("</") <= DEEPEST:
        return 0
    opened: Counter[str] = Counter()
    level = deepest = 0
    for match in _TAG.finditer(html):
        closing, name = match[1], match[2].lower()
        if name in _FLAT:
            continue
        if not closing:
            opened[name] += 1
            level += 1
        elif opened[name]:
            opened[name] -= 1
            level -= 1
        deepest = max(deepest, level)
    return deepest
