"""Reading and writing the records of a reference list: form, save, retire, history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.models import modelform_factory
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.ui.reference.declaration import ReferenceList
from yunshu.lib.ui.templatetags.ui import cell
from yunshu.lib.ui.who import who_words

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

HISTORY_LIMIT = 50


@dataclass(frozen=True)
class Change:
    """One field that changed, old and new in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One entry of a record's history."""

    at: datetime
    who: str
    title: str
    changes: tuple[Change, ...]


class RecordForm(ModelForm):
    """A form of one record. Says beside the field, in the list's own words, which constraint of the table is broken."""

    refusals: ClassVar[Mapping[str, tuple[str, Any]]] = {}

    def clean(self) -> dict[str, Any]:
        """Return what was cleaned; add an error for each constraint that it breaks, before Django names the constraint."""
        trial = copy(self.instance)
        for name, value in self.cleaned_data.items():
            setattr(trial, name, value)
        unclean = set(self.fields) - set(self.cleaned_data)
        for constraint in trial._meta.constraints:
            if constraint.name in self.refusals:
                try:
                    constraint.validate(type(trial), trial, exclude=unclean)
                except ValidationError:
                    self.add_error(*self.refusals[constraint.name])
        return self.cleaned_data


def form_class(reference: ReferenceList) -> type[forms.ModelForm[Any]]:
    """Return the form for a record of the list."""

    class ListForm(RecordForm):
        refusals = reference.refusals

    return modelform_factory(
        reference.model, form=ListForm, fields=list(reference.fields), formfield_callback=_form_field
    )


def _form_field(field: models.Field[Any, Any], **kwargs: Any) -> Any:
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    elif isinstance(field, models.TimeField):
        kwargs["widget"] = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    elif isinstance(field, models.TextField):
        kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
    return field.formfield(**kwargs)


def get_record(reference: ReferenceList, pk: int, *, lock: bool = False) -> models.Model:
    """Return one record; raise NotFound (``record_not_found``)."""
    rows = reference.model._default_manager.select_for_update() if lock else reference.rows()
    record: models.Model | None = rows.filter(pk=pk).first()
    if record is None:
        raise NotFound("record_not_found")
    return record


def version_of(reference: ReferenceList, record: models.Model) -> str:
    """Return a digest of what the record says now; a form carries it to notice that somebody was faster."""
    names = [*reference.fields, *([reference.retire_field] if reference.retire_field else [])]
    text = "\x1f".join(reference.field(name).value_to_string(record) for name in names)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@transaction.atomic
def save(
    reference: ReferenceList, viewer: Any, data: Mapping[str, Any], now: datetime, *, pk: int | None = None
) -> forms.ModelForm[Any]:
    """Create a record, or change record ``pk``; return the form, with its errors if it was not saved.

    Raises NotPermitted, NotFound (``record_not_found``) and Conflict (``record_changed``) when ``data``'s
    ``_version`` is not the record's.
    """
    viewer.require(reference.edit)
    record = get_record(reference, pk, lock=True) if pk is not None else None
    if record is not None and data.get("_version") != version_of(reference, record):
        raise Conflict("record_changed", _("这条记录刚被他人修改，请核对最新内容后再保存。"))
    form = form_class(reference)(data, instance=record)
    if form.is_valid():
        saved = form.save()
        if reference.on_change:
            reference.on_change(viewer, saved, now)
    return form


@transaction.atomic
def set_retired(reference: ReferenceList, viewer: Any, pk: int, now: datetime, *, retired: bool) -> models.Model:
    """Retire or restore a record. Raises NotPermitted, NotFound, and Refused (``no_retirement``)."""
    viewer.require(reference.edit)
    if not reference.retire_field:
        raise Refused("no_retirement", _("这类记录不能停用。"))
    record = get_record(reference, pk, lock=True)
    setattr(record, reference.retire_field, not retired)
    record.save(update_fields=[reference.retire_field])
    if reference.on_change:
        reference.on_change(viewer, record, now)
    return record


def facts(reference: ReferenceList, record: models.Model) -> list[tuple[str, Any]]:
    """Return what the record says, field by field in words, for those who may only read."""
    columns = {column.name: column for column in reference.listing.columns}
    return [(str(columns[name].label), cell(columns[name].of(record), columns[name].kind)) for name in reference.fields]


def history(reference: ReferenceList, record: models.Model) -> list[Entry]:
    """Return what happened to the record, the latest first; empty for a model that is not tracked."""
    events = getattr(reference.model, "pgh_event_model", None)
    if events is None:
        return []
    found = list(
        events.objects.filter(pgh_obj_id=record.pk)
        .select_related("pgh_context")
        .order_by("-pgh_id")[: HISTORY_LIMIT + 1]
    )
    pairs = zip(found, [*found[1:], None], strict=True)
    return [_entry(reference, event, before) for event, before in pairs][:HISTORY_LIMIT]


def _entry(reference: ReferenceList, event: Any, before: Any) -> Entry:
    names = [*reference.fields, *([reference.retire_field] if reference.retire_field else [])]
    changes = [] if before is None else [_change(reference, name, before, event) for name in names]
    context = (event.pgh_context.metadata if event.pgh_context else {}) or {}
    title = _("新增") if before is None else _("修改")
    return Entry(event.pgh_created_at, who_words(context.get("who", "")), title, tuple(c for c in changes if c))


def _change(reference: ReferenceList, name: str, before: Any, after: Any) -> Change | None:
    field = reference.field(name)
    old, new = getattr(before, field.attname), getattr(after, field.attname)
    return None if old == new else Change(str(field.verbose_name), _words(field, old), _words(field, new))


def _words(field: models.Field[Any, Any], value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(dict(field.flatchoices).get(value, value) if field.choices else value)
