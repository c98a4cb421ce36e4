"""How a person writes what is to be read from a device: one reading a line, and back.

``名称 OID [x倍率] [下限~上限]`` for SNMP, ``名称 地址 [holding|input|coil|discrete] [uint16|…] [x倍率] [下限~上限]`` for Modbus. A unit may stand in
the name (电池电量%). Source of the grammar: ours.
"""

import re
from collections.abc import Iterable
from typing import Any

KINDS = ("holding", "input", "coil", "discrete")
FORMS = ("int16", "uint16", "int32", "uint32", "float32")
_BOUND = re.compile(r"(-?\d+(?:\.\d+)?)?~(-?\d+(?:\.\d+)?)?")
_SCALE = re.compile(r"x(\d+(?:\.\d+)?)")


class BadLine(ValueError):
    """A line cannot be read; ``number`` counts from 1."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number, self.text = number, text


def oids(text: str) -> list[dict[str, Any]]:
    """Return the JSON forms of SNMP readings. Raises BadLine."""
    return [_reading(n, words, "oid") for n, words in _lines(text)]


def registers(text: str) -> list[dict[str, Any]]:
    """Return the JSON forms of Modbus readings. Raises BadLine."""
    return [_reading(n, words, "address") for n, words in _lines(text)]


def written(readings: Iterable[dict[str, Any]]) -> str:
    """Return readings as a person writes them."""
    return "\n".join(_line(one) for one in readings)


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    return ((n, line.split()) for n, line in enumerate(text.splitlines(), 1) if line.strip())


def _reading(number: int, words: list[str], place: str) -> dict[str, Any]:
    if len(words) < 2 or (place == "address" and not words[1].isdigit()):
        raise BadLine(number, " ".join(words))
    out: dict[str, Any] = {"name": words[0], place: int(words[1]) if place == "address" else words[1].lstrip(".")}
    for word in words[2:]:
        out |= _option(number, word, place)
    return out


def _option(number: int, word: str, place: str) -> dict[str, Any]:
    if place == "address" and word in KINDS:
        return {"kind": word}
    if place == "address" and word in FORMS:
        return {"form": word}
    if found := _SCALE.fullmatch(word):
        return {"scale": float(found[1])}
    found = _BOUND.fullmatch(word)
    if found is None or word == "~":
        raise BadLine(number, word)
    return {"bound": {"low": _number(found[1]), "high": _number(found[2])}}


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _line(one: dict[str, Any]) -> str:
    words = [str(one["name"]), str(one.get("oid", one.get("address")))]
    words += [one[name] for name in ("kind", "form") if name in one]
    if one.get("scale", 1.0) != 1.0:
        words.append(f"x{one['scale']:g}")
    bound = one.get("bound") or {}
    if bound.get("low") is not None or bound.get("high") is not None:
        words.append("~".join("" if bound.get(side) is None else f"{bound[side]:g}" for side in ("low", "high")))
    return " ".join(words)
