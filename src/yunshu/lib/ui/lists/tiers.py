"""Best first, without weighing every row that is found: conditions from the best to the least, in each the usual order.

A weight must be worked out for all that is found before the first can be shown; a condition is one question to one index,
and the later ones are not asked if the earlier ones fill the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from yunshu.lib.ui.lists.keyset import Slice

FARTHEST = 1_000_000


@dataclass(frozen=True)
class Tiers:
    """``rows`` in tiers: the first condition that a row meets is its tier; ``order`` within each is total."""

    rows: QuerySet[Any]
    conditions: Sequence[Q]
    order: Sequence[str] = ("-pk",)

    def found(self) -> QuerySet[Any]:
        """Return the rows of all tiers, in no order."""
        return self.rows.filter(reduce(or_, self.conditions)) if self.conditions else self.rows

    def part(self, start: int, size: int) -> list[Any]:
        """Return ``size`` rows from position ``start`` on (0 is the first)."""
        if not self.conditions:
            return list(self.rows.order_by(*self.order)[start : start + size])
        part: list[Any] = []
        for place, condition in enumerate(self.conditions):
            tier = self.rows.filter(condition)
            for better in self.conditions[:place]:
                tier = tier.exclude(better)
            here = list(tier.order_by(*self.order)[start : start + size - len(part)])
            part += here
            if len(part) == size:
                break
            start = 0 if here or not start else max(0, start - tier.order_by().count())
        return part

    def slice_of(self, size: int, at: str) -> Slice:
        """Return the page that begins at position ``at``; the first if that is no position."""
        start = min(int(at), FARTHEST) if at.isascii() and at.isdigit() else 0
        rows = self.part(start, size + 1)
        more = str(start + size) if len(rows) > size else ""
        return Slice(rows=rows[:size], previous=str(max(0, start - size)) if start else "", next=more)
