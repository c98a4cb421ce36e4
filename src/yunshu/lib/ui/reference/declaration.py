"""What a reference list is, and the register of all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui.lists import Choice, Column, DateRange, Filter, Listing, Search, YesNo


@dataclass(frozen=True, kw_only=True)
class ReferenceList:
    """One list. ``key`` is the unique field by which an import recognises a record. ``columns`` are those shown at first; such as
    are none of ``fields`` are only read.

    ``retire_field`` names the boolean that says "in use" (records are never deleted); empty: the list
    knows no retirement. ``on_change(viewer, record, now)`` runs in the same transaction as the change,
    for the fact that other domains must hear of.
    ``refusals`` says what a person reads where a constraint of the table is broken: its name → the field, a sentence.
    """

    slug: str
    model: type[models.Model]
    view: Permission
    edit: Permission
    fields: Sequence[str]
    key: str = "code"
    columns: Sequence[str] = ()
    search: Sequence[str] = ()
    retire_field: str = "is_active"
    sort: str = ""
    help: Any = ""
    on_change: Callable[[Any, Any, Any], None] | None = None
    refusals: Mapping[str, tuple[str, Any]] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """The model's name."""
        return str(self.model._meta.verbose_name)

    @property
    def url(self) -> str:
        """Address of the list."""
        return reverse("ui:reference", args=[self.slug])

    @property
    def has_retirement(self) -> bool:
        """Records can be retired."""
        return bool(self.retire_field)

    def record_url(self, record: models.Model) -> str:
        """Address of one record."""
        return reverse("ui:reference_record", args=[self.slug, record.pk])

    def field(self, name: str) -> models.Field[Any, Any]:
        """Return the model's field ``name``."""
        found = self.model._meta.get_field(name)
        if not isinstance(found, models.Field):
            raise TypeError(f"{self.slug}: {name} is not a column")
        return found

    def rows(self, _viewer: Any = None) -> models.QuerySet[Any]:
        """Return all records, with what the columns need."""
        foreign = [name for name in self.fields if self.field(name).is_relation]
        rows = self.model._default_manager.all()
        return rows.select_related(*foreign) if foreign else rows

    @cached_property
    def listing(self) -> Listing:
        """The list page of this list."""
        shown = tuple(self.columns or self.fields)
        read = dict.fromkeys((*self.fields, *shown))
        names = [*read, *([self.retire_field] if self.retire_field else [])]
        columns = [_column(self.field(n), n, link=n == shown[0], hidden=n not in shown) for n in read]
        if self.retire_field:
            columns.append(Column(self.retire_field, _("状态"), template="ui/reference/state.html"))
        return Listing(
            name=f"reference-{self.slug}",
            title=self.model._meta.verbose_name,  # in the language of each reader, not of the first
            rows=self.rows,
            columns=columns,
            filters=tuple(f for f in (self._search(), *(_filter(self.field(n), n) for n in names)) if f),
            default_sort=self.sort or ",".join(str(part) for part in self.model._meta.ordering or ("pk",)),
            row_url=self.record_url,
            empty_text=_("可以逐条新增，也可以从 XLSX 导入。"),
        )

    def _search(self) -> Filter | None:
        return Search(*self.search) if self.search else None


def _column(field: models.Field[Any, Any], name: str, *, link: bool, hidden: bool) -> Column:
    kind = "text"
    if field.choices:
        kind = "choice"
    elif isinstance(field, models.BooleanField):
        kind = "yesno"
    elif isinstance(field, models.DateTimeField):
        kind = "instant"
    elif isinstance(field, models.DateField):
        kind = "day"
    elif isinstance(field, models.IntegerField | models.DecimalField | models.FloatField):
        kind = "number"
    sort = "" if field.is_relation else name
    return Column(name, field.verbose_name, kind=kind, sort=sort, link=link, hidden=hidden)


def _filter(field: models.Field[Any, Any], name: str) -> Filter | None:
    if field.choices:
        return Choice(name, field.verbose_name, list(field.flatchoices))
    if isinstance(field, models.BooleanField):
        return YesNo(name, field.verbose_name)
    if isinstance(field, models.DateField):
        return DateRange(name, field.verbose_name)
    return None


_LISTS: dict[str, ReferenceList] = {}


def register(reference: ReferenceList) -> ReferenceList:
    """Add ``reference``; a second one of the same slug is a programming error."""
    if reference.slug in _LISTS:
        raise ValueError(f"reference list {reference.slug} is registered twice")
    _LISTS[reference.slug] = reference
    return reference


def lists() -> tuple[ReferenceList, ...]:
    """Return every list, by slug."""
    return tuple(_LISTS[slug] for slug in sorted(_LISTS))


def get_list(slug: str) -> ReferenceList:
    """Return one list; raise NotFound (``reference_not_found``)."""
    if slug not in _LISTS:
        raise NotFound("reference_not_found")
    return _LISTS[slug]


def autodiscover() -> None:
    """Import the ``reference`` module of every installed app."""
    autodiscover_modules("reference")
