"""Shapes of the wall: tiles in five colours, bars and columns as parts of a hundred. Numbers in, numbers out."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

LEVELS = ((0, _l("无")), (1, "1–19"), (2, "20–99"), (3, "100–299"), (4, "300+"))
"""Colour of a tile by its open tickets: level and what the legend says."""
FROM = (1, 20, 100, 300)
WIDE = 100


def level(count: int) -> int:
    """Return the colour of a tile."""
    return sum(count >= start for start in FROM)


def tiles(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the divisions with their colours; what belongs to none stands last and only if there is any."""
    return [{**each, "level": level(each["n"])} for each in rows if each["code"] or each["n"]]


def bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the length of their bars, the longest a hundred."""
    most = max((each["n"] for each in rows), default=0) or 1
    return [{**each, "width": round(WIDE * each["n"] / most)} for each in rows]


def trend(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return days with the heights and places of their two columns in a picture of 700 by 100."""
    most = max((max(each["received"], each["closed"]) for each in rows), default=0) or 1
    return [
        {
            **each,
            "x": str(WIDE * place + 20),
            **_column("received", each["received"] / most),
            **_column("closed", each["closed"] / most),
        }
        for place, each in enumerate(rows)
    ]


def _column(name: str, share: float) -> dict[str, str]:
    return {f"{name}_h": f"{WIDE * share:.1f}", f"{name}_y": f"{WIDE * (1 - share):.1f}"}
