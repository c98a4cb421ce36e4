"""A new column keeps its default in the database, so that a release that does not know it can still insert rows.

Django drops the default after it has filled the column: the old release's next INSERT would fail (NOT NULL). A constant
default costs PostgreSQL nothing, neither when it is added nor later. What is made anew for each row (now, a random number) is
dropped as Django does: kept, it would be the moment of the migration for ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model

EMPTY = (list, dict, str, int, bool, tuple, set)
"""Callables that return the same at every call."""


def has_constant_default(field: "Field[object, object]") -> bool:
    """Say whether Django fills a new column with one value, the same whenever it is asked; a text without a default: the empty one."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return False
    if not field.has_default():
        return bool(field.blank and field.empty_strings_allowed)
    return not callable(field.default) or field.default in EMPTY


@contextmanager
def kept_defaults() -> Iterator[None]:
    """Within this, ``AddField`` leaves a constant default that it has set."""
    with patch.object(DatabaseSchemaEditor, "add_field", _add_field):
        yield


_django_add_field = DatabaseSchemaEditor.add_field


def _add_field(editor: DatabaseSchemaEditor, model: type[Model], field: "Field[object, object]") -> None:
    with patch.object(editor, "skip_default_on_alter", has_constant_default):
        _django_add_field(editor, model, field)
