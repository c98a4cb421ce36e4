"""Filters of a list: each reads its part of the address, narrows the rows, and says in words what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from django.db.models import DateTimeField, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.ui.lists.keyset import field_at

Rows = QuerySet[Any]
Choices = Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Control:
    """How a filter is drawn: ``kind`` is search, choice or dates; ``values`` is what was chosen."""

    kind: str
    name: str
    label: str
    values: tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Chip:
    """A filter at work, in words; ``names`` are the parts of the address that taking it off removes."""

    text: str
    names: tuple[str, ...]


class Filter(Protocol):
    """What a list asks of a filter. ``data`` is the address's query."""

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """Describe the control."""

    def apply(self, rows: Rows, data: Mapping[str, str], viewer: Any) -> Rows:
        """Narrow the rows; a value that makes no sense narrows nothing."""

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """Say what is filtered."""

    def tiers(self, data: Mapping[str, str]) -> Sequence[Q]:
        """Return conditions from what fits best to what fits least, for the order of a list; none for its usual order."""


class Untiered:
    """A filter that wants no order of its own."""

    def tiers(self, data: Mapping[str, str]) -> Sequence[Q]:
        """None."""
        return ()


@dataclass(frozen=True, init=False)
class Search(Untiered):
    """Free text: every word must occur in one of the fields."""

    fields: tuple[str, ...]
    name: str
    label: Any

    def __init__(self, *fields: str, name: str = "q", label: Any = "") -> None:
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "label", label or gettext_lazy("搜索"))

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A search field."""
        return Control("search", self.name, str(self.label), (data.get(self.name, ""),))

    def apply(self, rows: Rows, data: Mapping[str, str], viewer: Any) -> Rows:
        """Keep rows in which every word occurs."""
        for word in data.get(self.name, "").replace("\x00", "").split():
            anywhere = Q()
            for path in self.fields:
                anywhere |= Q((f"{path}__icontains", word))
            rows = rows.filter(anywhere)
        return rows

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The words."""
        if text := data.get(self.name, "").strip():
            yield Chip(_("含“%(text)s”") % {"text": text}, (self.name,))


@dataclass(frozen=True)
class Choice(Untiered):
    """One of several values. ``choices`` may be a function of the viewer; ``where`` replaces the equality."""

    name: str
    label: Any
    choices: Choices | Callable[[Any], Choices]
    path: str = ""
    where: Callable[[Any, str], Q] | None = None

    def _options(self, viewer: Any) -> dict[str, str]:
        choices = self.choices(viewer) if callable(self.choices) else self.choices
        return {str(value): str(label) for value, label in choices}

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A drop-down list."""
        options = tuple(self._options(viewer).items())
        return Control("choice", self.name, str(self.label), (data.get(self.name, ""),), options)

    def apply(self, rows: Rows, data: Mapping[str, str], viewer: Any) -> Rows:
        """Keep rows of the chosen value."""
        value = data.get(self.name, "")
        if not value or value not in self._options(viewer):
            return rows
        return rows.filter(self.where(viewer, value) if self.where else Q((self.path or self.name, value)))

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The chosen value."""
        if label := self._options(viewer).get(data.get(self.name, "")):
            yield Chip(f"{self.label}：{label}", (self.name,))


@dataclass(frozen=True)
class YesNo(Choice):
    """A yes/no column."""

    choices: Choices | Callable[[Any], Choices] = field(default=(("1", gettext_lazy("是")), ("0", gettext_lazy("否"))))

    def apply(self, rows: Rows, data: Mapping[str, str], viewer: Any) -> Rows:
        """Keep the yes or the no."""
        value = data.get(self.name, "")
        return rows.filter(Q((self.path or self.name, value == "1"))) if value in {"0", "1"} else rows


@dataclass(frozen=True)
class DateRange(Untiered):
    """From a day to a day, both included; ``<name>_from`` and ``<name>_to`` in the address, days of the city."""

    name: str
    label: Any
    path: str = ""

    def _bounds(self, data: Mapping[str, str]) -> tuple[date | None, date | None]:
        return _as_date(data.get(f"{self.name}_from", "")), _as_date(data.get(f"{self.name}_to", ""))

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """Two date fields."""
        values = tuple(str(day or "") for day in self._bounds(data))
        return Control("dates", self.name, str(self.label), values)

    def apply(self, rows: Rows, data: Mapping[str, str], viewer: Any) -> Rows:
        """Keep rows within the days."""
        first, last = self._bounds(data)
        path = self.path or self.name
        is_instant = isinstance(field_at(rows, path), DateTimeField)
        if first:
            rows = rows.filter(Q((f"{path}__gte", _midnight(first) if is_instant else first)))
        if last:
            end = Q((f"{path}__lt", _midnight(last + timedelta(days=1)))) if is_instant else Q((f"{path}__lte", last))
            rows = rows.filter(end)
        return rows

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The days."""
        first, last = self._bounds(data)
        if first or last:
            words = {"label": self.label, "first": first or "…", "last": last or "…"}
            yield Chip(_("%(label)s：%(first)s 至 %(last)s") % words, (f"{self.name}_from", f"{self.name}_to"))


def _as_date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CITY_ZONE)
