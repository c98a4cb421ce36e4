"""A new column keeps its default in the database, so that a release that does not know it can still insert rows.

Django drops the default after it has filled the column: the old release's next INSERT would fail (NOT NULL). A constant
default costs PostgreSQL nothing, neither when it is added nor later.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model


@contextmanager
def kept_defaults() -> Iterator[None]:
    """Within this, ``AddField`` leaves the default that it has set."""
    with patch.object(DatabaseSchemaEditor, "add_field", _add_field):
        yield


_django_add_field = DatabaseSchemaEditor.add_field


def _add_field(editor: DatabaseSchemaEditor, model: type[Model], field: "Field[object, object]") -> None:
    with patch.object(editor, "skip_default_on_alter", lambda _field: True):
        _django_add_field(editor, model, field)
