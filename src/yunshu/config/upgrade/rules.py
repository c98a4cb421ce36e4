"""Which migrations may run while the release before them still serves: expand freely, contract a release later.

``faults`` looks at every migration that is newer than the last release, operation by operation, against the models of its
moment; it needs no database. What a migration itself has made (a new table, a new column) it may change as it likes.

A migration that takes away what an older release used says so: ``contract_of = "0.1.0"`` names the release since which
nobody uses it any more. It is refused where that release is not out yet, or is not the one before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.postgres import operations as postgres
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django_pg_migration_tools import operations as safer

from yunshu.config.upgrade.releases import Key, Release, number_of
from yunshu.lib.migrating import Backfill, has_constant_default

CONTRACT = "contract_of"
LARGE = frozenset(
    [
        "directory.signin",
        "workflow.case",
        "workflow.flowevent",
        "workflow.task",
        "workflow.reminder",
        "ledger.record",
        "ledger.batch",
        "hotline.ticket",
        "hotline.ticketclock",
        "hotline.ticketstep",
        "hotline.assignment",
        "hotline.prediction",
        "hotline.call",
        "hotline.callevent",
        "hotline.recording",
        "hotline.contact",
        "hotline.sealedidentity",
        "hotline.rating",
        "hotline.agentspell",
        "operations.statuschange",
        "exchange.call",
        "exchange.callbatch",
        "exchange.delivery",
        "exchange.deliverystep",
        "exchange.nonce",
        "inspection.page",
        "inspection.visit",
        "inspection.linkcheck",
        "inspection.picture",
        "inspection.finding",
        "inspection.findingstep",
        "files.blob",
        "files.attachment",
        "notify.notice",
        "outbox.outboxentry",
        "outbox.handledevent",
    ]
)
"""Tables that a city fills with more than a hundred thousand rows in three years, and (``…event``) their histories."""
_REENTRANT = (
    safer.SaferAddIndexConcurrently,
    safer.SaferRemoveIndexConcurrently,
    safer.SaferAddUniqueConstraint,
    safer.SaferRemoveUniqueConstraint,
    safer.SaferAlterFieldSetNotNull,
    safer.SaferAddFieldForeignKey,
    safer.SaferAddFieldOneToOne,
    safer.SaferAddCheckConstraint,
    safer.SaferRemoveCheckConstraint,
    postgres.ValidateConstraint,
    Backfill,
)
_REMOVES = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
    safer.SaferRemoveFieldForeignKey,
)
_SQL = (
    (re.compile(r"\bDROP\s+(TABLE|COLUMN|VIEW)\b", re.I), "drops what the running release may use"),
    (re.compile(r"\bRENAME\b", re.I), "renames what the running release may use"),
    (
        re.compile(r"\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b", re.I),
        "rewrites a table under an exclusive lock",
    ),
    (
        re.compile(r"\bSET\s+NOT\s+NULL\b", re.I),
        "reads the whole table under an exclusive lock: SaferAlterFieldSetNotNull",
    ),
    (re.compile(r"\bTRUNCATE\b|\bLOCK\s+TABLE\b", re.I), "locks a whole table"),
)


@dataclass
class _Course:
    """The models as the migrations before made them, and what is new since the last release."""

    state: ProjectState
    new_models: set[str] = field(default_factory=set)
    new_fields: set[tuple[str, str]] = field(default_factory=set)

    def is_large(self, label: str) -> bool:
        return label not in self.new_models and (label in LARGE or label.removesuffix("event") in LARGE)


def faults(loader: MigrationLoader, releases: tuple[Release, ...]) -> list[str]:
    """Return what is wrong with the migrations that are newer than the last release, a line each; none: all may run."""
    released = _released(loader, releases[-1].leaves)
    course = _Course(loader.project_state(sorted(released), at_end=True))
    found = []
    for migration in _newer(loader, released):
        found += [f"{migration.app_label}.{migration.name}: {fault}" for fault in _of(migration, course, releases)]
    return found


def contract_of(migration: Migration) -> str:
    """Return the release since which nobody uses what ``migration`` takes away; empty: it takes nothing away."""
    return str(getattr(migration, CONTRACT, ""))


def _released(loader: MigrationLoader, leaves: frozenset[Key]) -> set[Key]:
    return {key for leaf in leaves for key in loader.graph.forwards_plan(leaf)}


def _newer(loader: MigrationLoader, released: set[Key]) -> Iterator[Migration]:
    seen = set(released)
    for leaf in sorted(loader.graph.leaf_nodes()):
        for key in loader.graph.forwards_plan(leaf):
            if key not in seen:
                seen.add(key)
                yield loader.graph.nodes[key]


def _of(migration: Migration, course: _Course, releases: tuple[Release, ...]) -> Iterator[str]:
    is_ours = str(type(migration).__module__).startswith(("yunshu.", "tests."))
    contract = contract_of(migration)
    if contract and number_of(contract, releases) < 0:
        yield f"{CONTRACT} = {contract!r} is no release of deploy/releases.toml"
    for operation in migration.operations:
        said = list(_operation(operation, migration, course)) if is_ours else []
        operation.state_forwards(migration.app_label, course.state)
        yield from (f"{operation.describe()}: {fault}" for fault in said)
        _remember(operation, migration.app_label, course)


def _operation(operation: Operation, migration: Migration, course: _Course) -> Iterator[str]:
    label = f"{migration.app_label}.{getattr(operation, 'model_name', getattr(operation, 'name', '')).lower()}"
    is_new = label in course.new_models or (label, getattr(operation, "name", "").lower()) in course.new_fields
    if isinstance(operation, _REENTRANT):
        yield from () if not migration.atomic else ("needs atomic = False",)
        return
    if not migration.atomic and not isinstance(operation, postgres.AddConstraintNotValid):
        yield "may not be in a migration with atomic = False, which may be run a second time"
    if is_new:
        return
    contract = bool(contract_of(migration))
    if isinstance(operation, _REMOVES) and not contract:
        yield f"the running release may still use it; take it away a release later, with {CONTRACT}"
    elif isinstance(operation, operations.AddField):
        yield from _added(operation.field, is_large=course.is_large(label))
    elif isinstance(operation, operations.AlterField):
        old = course.state.models[migration.app_label, operation.model_name.lower()].fields[operation.name]
        yield from _altered(old, operation.field, is_contract=contract)
    elif isinstance(operation, operations.RunSQL):
        yield from _sql(operation, is_contract=contract)
    elif isinstance(operation, operations.RunPython) and operation.reverse_code is None:
        yield "cannot be taken back when a later migration fails: give reverse_code (RunPython.noop)"
    elif course.is_large(label):
        yield from _on_large(operation)


def _on_large(operation: Operation) -> Iterator[str]:
    if isinstance(operation, operations.AddIndex):
        yield "locks a large table against writers: SaferAddIndexConcurrently"
    if isinstance(operation, operations.AddConstraint) and not isinstance(operation, postgres.AddConstraintNotValid):
        yield "reads a large table under a lock: SaferAddCheckConstraint, SaferAddUniqueConstraint"


def _added(field_: "models.Field[object, object]", *, is_large: bool) -> Iterator[str]:
    has_default = field_.has_db_default() or has_constant_default(field_)
    if not field_.null and not has_default and not field_.many_to_many:
        yield "the running release inserts rows without it: null=True, db_default, or a constant default"
    if is_large and (field_.unique or getattr(field_, "db_index", False)):
        yield "makes an index under a lock: db_index=False and SaferAddIndexConcurrently, or SaferAddFieldForeignKey"


def _altered(
    old: "models.Field[object, object]", new: "models.Field[object, object]", *, is_contract: bool
) -> Iterator[str]:
    if old.null and not new.null:
        yield "reads the table under an exclusive lock, and the running release may still write NULL: SaferAlterFieldSetNotNull"
    if not is_contract and type(old) is not type(new):
        yield f"another type of column; add a new column and take this one away a release later, with {CONTRACT}"
    elif (old.max_length or 0) > (new.max_length or 10**9):
        yield "shorter than the running release may write"
    if new.unique and not old.unique:
        yield "makes an index under a lock: SaferAddUniqueConstraint"


def _sql(operation: operations.RunSQL, *, is_contract: bool) -> Iterator[str]:
    text = operation.sql if isinstance(operation.sql, str) else " ".join(map(str, operation.sql))
    yield from (why for pattern, why in _SQL if not is_contract and pattern.search(text))
    if operation.reverse_sql is None:
        yield "cannot be taken back when a later migration fails: give reverse_sql (RunSQL.noop)"


def _remember(operation: Operation, app: str, course: _Course) -> None:
    if isinstance(operation, operations.CreateModel):
        course.new_models.add(f"{app}.{operation.name.lower()}")
    elif isinstance(operation, operations.AddField):
        course.new_fields.add((f"{app}.{operation.model_name.lower()}", operation.name.lower()))
