"""Beginnings of bank card numbers (BIN), as data: which bank, how long. What ships is recalled [R]; a bank's own list is better."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

Bins = Mapping[str, frozenset[int]]
"""Prefix → lengths the cards may have."""


def load_bins(path: Path) -> Bins:
    """Read ``prefix,length,bank,source``; raise ValueError naming the row that is wrong."""
    return _parsed(path.read_text("utf-8-sig"))


@cache
def shipped_bins() -> Bins:
    """Return the prefixes that ship."""
    return _parsed((files("yunshu.lib.privacy") / "data" / "bins.csv").read_text("utf-8"))


def of(number: str, bins: Bins) -> bool:
    """Return whether ``number`` begins like a card of its length."""
    return any(len(number) in bins.get(number[:size], ()) for size in range(8, 1, -1))


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: doubled from the right, the digits add up to a multiple of ten."""
    digits = [int(c) for c in reversed(number)]
    return sum(digits[::2] + [d * 2 - 9 * (d > 4) for d in digits[1::2]]) % 10 == 0


def _parsed(text: str) -> Bins:
    bins: dict[str, set[int]] = {}
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        prefix, length = (row.get("prefix") or "").strip(), (row.get("length") or "").strip()
        if not (prefix.isascii() and prefix.isdigit() and 2 <= len(prefix) <= 8 and length.isdigit()):
            raise ValueError(f"row {number}: prefix of 2 to 8 digits and a length are needed")
        bins.setdefault(prefix, set()).add(int(length))
    return {prefix: frozenset(lengths) for prefix, lengths in bins.items()}
