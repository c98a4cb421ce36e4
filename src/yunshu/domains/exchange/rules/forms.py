"""Entries as JSON and back, their digests, and what changed between two of them."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from yunshu.domains.exchange.contracts import EntryForm, ItemForm

_FORM: TypeAdapter[EntryForm] = TypeAdapter(EntryForm)
ENTRY_FIELDS = tuple(f.name for f in fields(EntryForm) if f.name not in {"items", "code"})
ITEM_FIELDS = tuple(f.name for f in fields(ItemForm) if f.name not in {"ordinal"})


def to_json(form: EntryForm) -> dict[str, Any]:
    """Return the entry as JSON-ready values."""
    plain: dict[str, Any] = _FORM.dump_python(form, mode="json")
    return plain


def from_json(plain: dict[str, Any]) -> EntryForm:
    """Rebuild the entry; raises pydantic's ValidationError for anything else."""
    return _FORM.validate_python(plain)


def canonical(plain: Any) -> bytes:
    """Return JSON with sorted keys and no blanks: equal values, equal bytes."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(plain: Any) -> str:
    """Return SHA-256 over the canonical JSON."""
    return hashlib.sha256(canonical(plain)).hexdigest()


def numbered(form: EntryForm) -> EntryForm:
    """Return the entry with its items numbered from 1."""
    return replace(form, items=tuple(replace(item, ordinal=n) for n, item in enumerate(form.items, 1)))


def changes(old: EntryForm, new: EntryForm) -> list[tuple[str, Any, Any]]:
    """Return ``(where, old, new)`` of every difference; items are matched by column name, None where one is absent."""
    found: list[tuple[str, Any, Any]] = [
        (name, getattr(old, name), getattr(new, name))
        for name in ENTRY_FIELDS
        if getattr(old, name) != getattr(new, name)
    ]
    before, after = {i.name: i for i in old.items}, {i.name: i for i in new.items}
    for name in [*before, *(n for n in after if n not in before)]:
        found += _item_changes(name, before.get(name), after.get(name))
    return found


def _item_changes(name: str, old: ItemForm | None, new: ItemForm | None) -> list[tuple[str, Any, Any]]:
    if old is None or new is None:
        return [(f"items.{name}", old and old.title, new and new.title)]
    return [
        (f"items.{name}.{field}", getattr(old, field), getattr(new, field))
        for field in ITEM_FIELDS
        if getattr(old, field) != getattr(new, field)
    ]
