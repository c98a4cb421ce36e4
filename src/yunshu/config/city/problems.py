"""What ``city check`` says: where in which file, what is wrong, what to change."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """An ERROR keeps the pack from being loaded; a HINT names what is still to be filled in or looked up."""

    ERROR = "error"
    HINT = "hint"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to change. ``place`` is a row (``第12行 parent``) or a key (``tasks 第3项 amount_wan``)."""

    file: str
    place: str
    message: str
    advice: str = ""
    weight: Weight = Weight.ERROR

    def __str__(self) -> str:
        head = " ".join(part for part in (self.file, self.place) if part)
        return f"{head}：{self.message}{self.advice}"
