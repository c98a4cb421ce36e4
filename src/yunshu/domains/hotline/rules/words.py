"""Texts of a ticket: how a caller is masked (lib/privacy/masking.py), how a ticket is found by Chinese words.

Search works on pairs of characters: PostgreSQL's trigrams find nothing shorter than three, and most Chinese words have two.
"""

import re

from yunshu.lib.privacy.masking import mask_email, mask_name, mask_phone, mask_text

__all__ = ["grams", "is_callable", "mask_email", "mask_name", "mask_phone", "mask_text", "query"]

_HAN = r"[\u3400-\u9fff]"
_RUN = re.compile(rf"{_HAN}+|[0-9A-Za-z]+")
LONGEST_QUERY = 60
_MOBILE, _DIGITS = (
    re.compile(r"(?:\+?86)?1[3-9]\d{9}"),
    re.compile(r"(?:\+?86)?0\d{9,11}|\+(?!86)\d{7,15}|[2-9]\d{6,7}|[48]00\d{7}"),
)
_LINK = re.compile(r"[\s()（）-]")
_EXTENSION = re.compile(r"(?:转|#|,|，|x)\d{1,6}$")


def grams(text: str) -> list[str]:
    """Return what a text is found by: pairs of Chinese characters, whole numbers and Latin words in small letters."""
    out: dict[str, None] = {}
    for run in _RUN.findall(text):
        if "\u3400" <= run[0] <= "\u9fff":
            pairs = [run[n : n + 2] for n in range(len(run) - 1)]
            out |= dict.fromkeys(pairs or [run])
        else:
            out[run.lower()] = None
    return list(out)


def is_callable(text: str) -> bool:
    """Say whether a number a citizen left can be called back: a mobile, a landline with or without its area, one abroad."""
    bare = _EXTENSION.sub("", _LINK.sub("", text))
    return bool(_MOBILE.fullmatch(bare) or _DIGITS.fullmatch(bare))


def query(text: str) -> str:
    """Return a tsquery in the form of ``to_tsquery('simple', …)`` that asks for all words of ``text``; empty: none.

    A single character asks for every pair that begins with it; a Latin word for all that begin so.
    """
    parts = []
    for run in _RUN.findall(text[:LONGEST_QUERY]):
        if "\u3400" <= run[0] <= "\u9fff" and len(run) > 1:
            parts += [f"'{pair}'" for pair in grams(run)]
        else:
            parts.append(f"'{run.lower()}':*")
    return " & ".join(dict.fromkeys(parts))
