"""Filling a column of a large table in batches, each a transaction of its own; killed, it goes on where rows are unfilled."""

import time
from typing import Any

import structlog
from django.db import OperationalError, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg.errors import DeadlockDetected, LockNotAvailable

log = structlog.get_logger()
FIRST_ROWS, FEWEST_ROWS, MOST_ROWS = 1_000, 50, 20_000
AIM_S, REST = 0.15, 0.5
LOCK_TIMEOUT_MS, TRIES = 400, 60


class Backfill(Operation):
    """``UPDATE model SET assign WHERE missing``, in batches by primary key.

    The primary key is the number ``id``. ``missing`` is true of rows that are not filled yet, so that a second run finds only what is left: SQL, as is ``assign``.
    A batch lasts about ``AIM_S`` seconds and waits for another's row no longer than ``LOCK_TIMEOUT_MS``; between two batches
    it rests, so that those who write are not slowed by it alone.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, model_name: str, *, assign: str, missing: str) -> None:
        self.model_name, self.assign, self.missing = model_name, assign, missing

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how it is written in a migration."""
        return type(self).__name__, [self.model_name], {"assign": self.assign, "missing": self.missing}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Rows change, models do not."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Fill."""
        connection = connections[schema_editor.connection.alias]
        if connection.in_atomic_block:
            raise RuntimeError("a backfill needs a migration with atomic = False")
        meta = to_state.apps.get_model(app_label, self.model_name)._meta
        quote, key = connection.ops.quote_name, meta.get_field("id")
        fill(connection, table=quote(meta.db_table), key=quote(key.column), assign=self.assign, missing=self.missing)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing: whoever takes the column away takes its content along."""

    def describe(self) -> str:
        """Say it in a line."""
        return f"Backfill {self.model_name}: {self.assign}"


def fill(connection: Any, *, table: str, key: str, assign: str, missing: str) -> int:
    """Fill ``table`` and return how many rows were; ``connection`` is Django's or psycopg's, in autocommit."""
    update = (
        f"WITH batch AS (SELECT {key} FROM {table} WHERE {key} > %(after)s ORDER BY {key} LIMIT %(rows)s),"  # noqa: S608
        f" filled AS (UPDATE {table} SET {assign} WHERE {key} IN (SELECT {key} FROM batch) AND ({missing}) RETURNING 1)"
        f" SELECT (SELECT max({key}) FROM batch), (SELECT count(*) FROM filled)"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min({key}) - 1 FROM {table}")  # noqa: S608
        after = cursor.fetchone()[0]
        rows, filled = FIRST_ROWS, 0
        cursor.execute("SELECT current_setting('lock_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_MS}ms"])
        try:
            while after is not None:
                began = time.monotonic()
                last, count = _batch(cursor, update, {"after": after, "rows": rows})
                took = time.monotonic() - began
                if last is None:
                    break
                after, filled = last, filled + count
                rows = max(FEWEST_ROWS, min(MOST_ROWS, int(rows * min(2.0, AIM_S / max(took, 0.001)))))
                time.sleep(took * REST if count else 0)
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])
    log.info("migrating.backfilled", table=table, rows=filled)
    return filled


def _batch(cursor: Any, update: str, words: dict[str, int]) -> tuple[int | None, int]:
    """Do one batch; one that meets a locked row or a deadlock is done again, with fewer rows each time."""
    for tried in range(TRIES):
        try:
            cursor.execute(update, words)
            last, count = cursor.fetchone()
        except (OperationalError, LockNotAvailable, DeadlockDetected) as error:
            cause = error.__cause__ if isinstance(error, OperationalError) and error.__cause__ else error
            if not isinstance(cause, LockNotAvailable | DeadlockDetected) or tried == TRIES - 1:
                raise
            words = words | {"rows": max(1, words["rows"] // 2)}
            time.sleep(min(1.0, 0.05 * 2**tried))
        else:
            return last, count
    raise AssertionError("the last try returns or raises")
