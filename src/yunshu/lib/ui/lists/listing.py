"""What a list is: columns, filters, order, rows from a viewer, actions. Plain declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui.lists.filters import Filter
from yunshu.lib.ui.lists.tiers import Tiers


@dataclass(frozen=True)
class Column:
    """One column. ``name`` is its key in the address and, unless ``value`` is given, the attribute's path.

    ``kind``: text, number, wan (yuan shown as 万元), percent, day, instant, yesno, choice (shows the
    choice's label). ``sort`` is the path to sort by, empty: not sortable. ``template`` draws the cell
    (context: ``row``, ``value``, ``now``). ``link`` leads to the row's page; ``hidden`` until chosen.
    """

    name: str
    label: Any
    kind: str = "text"
    sort: str = ""
    value: Callable[[Any], Any] | None = None
    template: str = ""
    link: bool = False
    hidden: bool = False

    def of(self, row: Any) -> Any:
        """Return the cell's value."""
        if self.value is not None:
            return self.value(row)
        if self.kind == "choice":
            return getattr(row, f"get_{self.name}_display")()
        found = row
        for part in self.name.split("__"):
            found = getattr(found, part, None)
        return found

    @property
    def is_figure(self) -> bool:
        """Figures stand on the right."""
        return self.kind in {"number", "wan", "percent"}


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """Something done to the rows ticked: ``run(viewer, rows, now)`` returns a sentence for the person.

    ``rows`` is a queryset of what was ticked *and* is visible. With ``confirm``, a page asks first.
    """

    name: str
    label: Any
    run: Callable[[Any, QuerySet[Any], Any], str]
    permission: Permission | None = None
    confirm: Any = ""
    is_dangerous: bool = False


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list. ``rows(viewer)`` is the selector; it brings what the columns need (select_related)."""

    name: str
    title: Any
    rows: Callable[[Any], QuerySet[Any]]
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    default_sort: str = "pk"
    row_url: Callable[[Any], str] | None = None
    bulk: Sequence[BulkAction] = ()
    page_size: int = 50
    export_limit: int = 50_000
    empty_title: Any = ""
    empty_text: Any = ""

    def shown(self, names: Sequence[str]) -> tuple[Column, ...]:
        """Return the columns of ``names`` in the list's order; without a known name the usual ones."""
        chosen = tuple(c for c in self.columns if c.name in names)
        return chosen or tuple(c for c in self.columns if not c.hidden)

    def sort_of(self, asked: str) -> str:
        """Return ``asked`` (``-year``: a column's name) as a sort path; empty if it cannot be sorted by."""
        paths = {c.name: c.sort for c in self.columns if c.sort}
        path = paths.get(asked.removeprefix("-"), "")
        return f"-{path}" if path and asked.startswith("-") else path

    def narrowed(self, viewer: Any, data: Mapping[str, str], but: Filter | None = None) -> QuerySet[Any]:
        """Return the viewer's rows that pass every filter, except ``but``."""
        rows = self.rows(viewer)
        for one in self.filters:
            rows = rows if one is but else one.apply(rows, data, viewer)
        return rows

    def best(self, viewer: Any, data: Mapping[str, str]) -> Tiers | None:
        """Return what is found, best first, if a filter at work says what fits best."""
        for one in self.filters:
            if conditions := one.tiers(data):
                return Tiers(self.narrowed(viewer, data, but=one), conditions, (*self.default_sort.split(","), "-pk"))
        return None
