"""Names that look like ours: what somebody who imitates a site would register, and whether a host met elsewhere resembles one.

Source: the mirror in the sheet's A7 [V] took the name of a site with another owner. Which names to try is ours [I]: the same label
under another suffix, with ``gov`` at it, with one letter swapped, left out, doubled or written as a digit. ``.gov.cn`` and ``.政务`` are
given to public bodies only, so nobody is looked for there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yunshu.domains.inspection.rules.hosts import SECOND_LEVEL, owner_of

SUFFIXES = ("com", "cn", "com.cn", "net", "net.cn", "org", "org.cn", "cc", "top", "vip", "xyz")
TYPO_SUFFIXES = SUFFIXES[:3]
LONG = 5
"""From this length a name within another, or one letter off, is no chance."""
_DIGITS = {"l": "1", "o": "0", "i": "1"}
_FRONT = re.compile(r"^(www|m|wap|3g)\.")
_PIECES = re.compile(r"[.-]")


def own_parts(host: str) -> tuple[str, ...]:
    """Return what of a host names its owner: ``rsj.jieyang.gov.cn`` → ``rsj``, ``jieyang``; ``www.jieyang.gov.cn`` → ``jieyang``."""
    bare = _FRONT.sub("", host)
    owner = owner_of(bare)
    before = bare.removesuffix(owner).rstrip(".")
    return (*(before.split(".") if before else ()), owner.split(".")[0]) if owner else ()


def names(host: str, also: tuple[str, ...] = (), suffixes: tuple[str, ...] = SUFFIXES) -> list[str]:
    """Return the names to try for a site's host, without ``www.``; ``also`` are further words for it (its name in pinyin)."""
    parts = own_parts(host)
    if not parts:
        return []
    bases = ["".join(parts), "-".join(parts)] if len(parts) > 1 else [parts[0], *also]
    found = {f"{form}.{suffix}" for base in bases for form in _forms(base) for suffix in suffixes}
    if len(parts) == 1 and len(parts[0]) >= LONG:
        found |= {f"{typo}.{suffix}" for typo in typos(parts[0]) for suffix in TYPO_SUFFIXES}
    return sorted(found - {_FRONT.sub("", host)})


def _forms(base: str) -> Iterator[str]:
    yield from (base, f"{base}gov", f"{base}-gov", f"gov{base}", f"gov-{base}")


def typos(word: str) -> set[str]:
    """Return a word with one letter swapped with the next, left out, doubled, or written as a digit."""
    made = set()
    for at, letter in enumerate(word):
        made.add(word[:at] + word[at + 1 :])
        made.add(word[:at] + letter + word[at:])
        made.add(word[:at] + word[at : at + 2][::-1] + word[at + 2 :])
        made.add(word[:at] + _DIGITS.get(letter, letter) + word[at + 1 :])
    return {one for one in made if not one.startswith("-") and not one.endswith("-")} - {word}


def resembles(host: str, own: str) -> bool:
    """Say whether a host of somebody else's bears the name of the site whose host is ``own``: all parts of it, one letter off at most."""
    parts = own_parts(own)
    labels = _FRONT.sub("", host).split(".")
    mine = [label for label in labels[:-1] if label not in SECOND_LEVEL]
    return bool(parts) and all(any(_bears(label, part) for label in mine) for part in parts)


def _bears(label: str, part: str) -> bool:
    pieces = _PIECES.split(label)
    if len(part) < LONG:
        return part in pieces
    return part in label or any(piece in typos(part) for piece in pieces)
