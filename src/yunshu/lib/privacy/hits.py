"""What a scan finds, and how it is shown without showing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind of personal data it is."""

    ID_NUMBER = "id_number"
    MOBILE = "mobile"
    BANK_CARD = "bank_card"
    HOME_ADDRESS = "home_address"


# how many characters stay readable at the beginning and the end
# 个人信息 in publicity: the usual forms 138****1234 and 35*************123 (Yongan 2022-Q4 circular, sheet A5 [V])
_KEPT = {Kind.ID_NUMBER: (2, 3), Kind.MOBILE: (3, 4), Kind.BANK_CARD: (4, 4), Kind.HOME_ADDRESS: (6, 0)}


@dataclass(frozen=True, slots=True)
class Hit:
    """One find: ``text[start:end]`` is it, ``shown`` its masked form, ``confidence`` from 0 to 1."""

    kind: Kind
    start: int
    end: int
    shown: str
    confidence: float


def hidden(kind: Kind, found: str) -> str:
    """Return the masked form of one find; as long as the find, so that what follows keeps its place."""
    head, tail = _KEPT[kind]
    if len(found) <= head + tail:
        return "*" * len(found)
    return found[:head] + "*" * (len(found) - head - tail) + found[len(found) - tail :]


def masked(text: str, hits: Iterable[Hit]) -> str:
    """Return ``text`` with every hit in its masked form; the length does not change."""
    parts, at = [], 0
    for hit in sorted(hits, key=lambda hit: hit.start):
        if hit.start < at:
            continue
        parts += [text[at : hit.start], hit.shown]
        at = hit.end
    return "".join([*parts, text[at:]])
