"""Paging by key: a page begins after the last row of the page before, wherever that row now stands.

The order is total: the chosen column, then the primary key. Blanks stand last in both directions (an index
for a descending sort of a column with blanks must say ``NULLS LAST``). With keys k1…kn, the rows after
(v1…vn) are  ⋁ᵢ (k1=v1 ∧ … ∧ kᵢ₋₁=vᵢ₋₁ ∧ kᵢ after vᵢ),  narrowed by the redundant ``k1 ≥ v1`` so that
PostgreSQL starts reading the index at the right place. Source: M. Winand, use-the-index-luke.com/no-offset.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, Q, QuerySet

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Key:
    """One column of the order: its path, direction, and whether it can be blank."""

    path: str
    is_descending: bool
    is_nullable: bool

    def ordering(self, *, backwards: bool) -> Any:
        """Return the ORDER BY term."""
        descending = self.is_descending != backwards
        if not self.is_nullable:
            return f"-{self.path}" if descending else self.path
        blanks = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.path).desc(**blanks) if descending else F(self.path).asc(**blanks)

    def equal(self, value: Any) -> Q:
        """Rows whose key is ``value``."""
        return Q((f"{self.path}__isnull", True)) if value is None else Q((self.path, value))

    def beyond(self, value: Any, *, backwards: bool, inclusive: bool = False) -> Q | None:
        """Rows whose key stands beyond ``value`` in the direction of reading; None where there can be none."""
        if value is None and not backwards:
            return self.equal(None) if inclusive else None
        if value is None:
            return None if inclusive else Q((f"{self.path}__isnull", False))
        lookup = ("lt" if self.is_descending != backwards else "gt") + ("e" if inclusive else "")
        found = Q((f"{self.path}__{lookup}", value))
        return found | Q((f"{self.path}__isnull", True)) if self.is_nullable and not backwards else found


@dataclass(frozen=True)
class Slice:
    """One page: its rows, and cursors to the pages around it (empty where there is none)."""

    rows: list[Any]
    previous: str
    next: str


def field_at(rows: Rows, path: str) -> Field[Any, Any] | None:
    """Return the field that ``path`` (``org__name``, or an annotation) names, None if it is computed freely."""
    if path in rows.query.annotations:
        output: Field[Any, Any] = rows.query.annotations[path].output_field
        return output
    model, found = rows.model, None
    for name in path.split("__"):
        try:
            found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = found.related_model or model
    return found


def keys_for(rows: Rows, sort: str) -> tuple[Key, ...]:
    """Return the total order for ``sort`` (``-due_at``; several parted by commas), ending with the primary key."""
    keys = [_key(rows, part) for part in sort.split(",") if part]
    if not any(key.path in {"pk", rows.model._meta.pk.name} for key in keys):
        keys.append(Key("pk", keys[0].is_descending if keys else False, is_nullable=False))
    return tuple(keys)


def _key(rows: Rows, part: str) -> Key:
    path = part.removeprefix("-")
    model, is_nullable = rows.model, path in rows.query.annotations
    for name in path.split("__") if not is_nullable else ():
        found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        is_nullable = is_nullable or bool(found.null)
        model = found.related_model or model
    return Key(path, part.startswith("-"), is_nullable)


def slice_of(rows: Rows, sort: str, size: int, *, after: str = "", before: str = "") -> Slice:
    """Return one page of ``rows`` by ``sort``. A cursor of another sort, or a broken one, gives the first page."""
    keys = keys_for(rows, sort)
    backwards = bool(before) and not after
    values = _read_cursor(rows, keys, sort, before if backwards else after)
    if values is None:
        backwards = False
    marked = rows.order_by(*(key.ordering(backwards=backwards) for key in keys))
    marked = marked.annotate(**{f"_key{n}": F(key.path) for n, key in enumerate(keys)})
    if values is not None:
        marked = marked.filter(_beyond(keys, values, backwards=backwards))
    found = list(marked[: size + 1])
    has_more, page = len(found) > size, found[:size]
    if backwards:
        page.reverse()
    came_from = values is not None
    has_previous, has_next = (has_more, came_from) if backwards else (came_from, has_more)
    return Slice(
        rows=page,
        previous=_write_cursor(sort, len(keys), page[0]) if has_previous and page else "",
        next=_write_cursor(sort, len(keys), page[-1]) if has_next and page else "",
    )


def _beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool) -> Q:
    anywhere = Q(pk__in=())
    for n, key in enumerate(keys):
        here = key.beyond(values[n], backwards=backwards)
        if here is None:
            continue
        for earlier, value in zip(keys[:n], values[:n], strict=True):
            here &= earlier.equal(value)
        anywhere |= here
    bound = keys[0].beyond(values[0], backwards=backwards, inclusive=True)
    return anywhere if bound is None else bound & anywhere


def _write_cursor(sort: str, count: int, row: Any) -> str:
    values = [_plain(getattr(row, f"_key{n}")) for n in range(count)]
    return base64.urlsafe_b64encode(json.dumps([sort, *values]).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def _read_cursor(rows: Rows, keys: Sequence[Key], sort: str, text: str) -> list[Any] | None:
    if not text:
        return None
    try:
        of_sort, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if of_sort != sort or len(values) != len(keys):
            return None
        return [_typed(field_at(rows, key.path), value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, ArithmeticError, RecursionError):
        return None


def _typed(field: Field[Any, Any] | None, value: Any) -> Any:
    return value if value is None or field is None else field.to_python(value)
