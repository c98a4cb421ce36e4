"""Writes only what differs, so that the history has a line for each real change and none for none."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def change(row: Row, values: Mapping[str, Any]) -> Row:
    """Set the given fields on ``row`` and save those that differ; return it."""
    different = [name for name, value in values.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, values[name])
    if different:
        row.save(update_fields=different)
    return row
