"""Looks for every kind of personal data in one text."""

import re
from datetime import date

from yunshu.lib.privacy import addresses, numbers
from yunshu.lib.privacy.bins import Bins, shipped_bins
from yunshu.lib.privacy.hits import Hit

# nothing personal has fewer than this many digits; most paragraphs end here
_WORTH = re.compile("[0-9０-９一二三四五六七八九十]")


def scan(text: str, *, context: str = "", bins: Bins | None = None, today: date | None = None) -> list[Hit]:
    """Return the personal data in ``text``, in its order; spans count characters of ``text``.

    ``context``: words that belong to the text but stand elsewhere (the headings of its table). ``today``: a birth
    later than this is none. Identity numbers follow GB 11643-1999 (check digit, province, date); cards need a known
    beginning, the check digit of ISO/IEC 7812-1 and a word that says so; an address needs a door and a name.
    """
    if not _WORTH.search(text):
        return []
    hits = [*numbers.found_in(text, context, shipped_bins() if bins is None else bins, today)]
    hits += addresses.found_in(text, context)
    return sorted(hits, key=lambda hit: (hit.start, hit.end))
