"""What a fill-in check sees and what it answers; the words around the answer stand in the rule's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from yunshu.domains.evaluation.contracts import TableForm
from yunshu.domains.evaluation.rules.links import Link
from yunshu.lib.kernel.money import WAN


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The form and the links between its items."""

    form: TableForm
    links: tuple[Link, ...]
    general_indicators: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One place that a rule objects to, with the values its sentences need. ``difference`` is in yuan."""

    where: str
    values: Mapping[str, str] = field(default_factory=dict)
    difference: Decimal | None = None


Parameters = Mapping[str, Any]
Check = Callable[[Seen, Parameters], Iterable[Hit]]


def wan(amount_yuan: Decimal) -> str:
    """Return 万元 with as many decimals as the fen demand, two at least: ``5,195.75``, ``95.424``."""
    text = f"{(amount_yuan / WAN):,.6f}"
    whole, decimals = text.split(".")
    return f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def number(value: Decimal) -> str:
    """Return a number without trailing zeros or exponent: ``100``, ``99.5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
