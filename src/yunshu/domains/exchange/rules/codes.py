"""政务信息资源代码: 类 1 digit, 项 2, 目 3, 细目 and sequence of variable length, ``/`` before the sequence.

Source: 政务信息资源目录编制指南(试行) 附件 (widths read in a mirror; the ``/`` from memory, to be checked). The widths
are data (``SCHEME``), so that an official can correct them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """Widths of the levels; ``separator`` stands before the sequence, which has at least ``sequence`` digits."""

    levels: tuple[int, ...] = (1, 2, 3)
    separator: str = "/"
    sequence: int = 6


SCHEME = Scheme()
_CATEGORY = re.compile(r"[0-9]+")


def level_of(category: str, scheme: Scheme = SCHEME) -> int:
    """Return which level (1 类, 2 项, 3 目, 4 细目) a category code stands at; 0 for a code that fits none."""
    if not _CATEGORY.fullmatch(category):
        return 0
    total = 0
    for level, width in enumerate(scheme.levels, 1):
        total += width
        if len(category) == total:
            return level
    return len(scheme.levels) + 1 if len(category) > total else 0


def parent_of(category: str, scheme: Scheme = SCHEME) -> str:
    """Return the code of the level above, empty for a 类. A 细目 belongs to its 目."""
    level = level_of(category, scheme)
    if level <= 1:
        return ""
    return category[: sum(scheme.levels[: min(level - 1, len(scheme.levels))])]


def code_of(category: str, sequence: int, scheme: Scheme = SCHEME) -> str:
    """Return the code of the ``sequence``-th resource of a category; ValueError for a category that fits no level."""
    if level_of(category, scheme) == 0 or sequence < 1:
        raise ValueError(f"no code for {category!r} {sequence}")
    return f"{category}{scheme.separator}{sequence:0{scheme.sequence}d}"


def split(code: str, scheme: Scheme = SCHEME) -> tuple[str, int] | None:
    """Return category and sequence of a code, None where it is none."""
    category, separator, sequence = code.partition(scheme.separator)
    if not separator or level_of(category, scheme) == 0 or not sequence.isascii() or not sequence.isdigit():
        return None
    return (category, int(sequence)) if int(sequence) else None
