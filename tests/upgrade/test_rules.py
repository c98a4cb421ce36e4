"""What may run while the release before still serves: each operation that could hurt it is named, and only those."""

from dataclasses import dataclass, field

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.utils import timezone
from django_pg_migration_tools.operations import SaferAddIndexConcurrently, SaferAlterFieldSetNotNull

from yunshu.config.upgrade import releases, rules
from yunshu.config.upgrade.releases import Release
from yunshu.lib.migrating import Backfill, has_constant_default

OUT = (Release("0.1.0", "0" * 40, frozenset({("hotline", "0001_first")})),)
INDEX = models.Index(fields=["title"], name="ticket_title")
SHORT = models.CheckConstraint(condition=models.Q(title__lt="z"), name="ticket_title_short")


@dataclass
class Made:
    """A migration of the hotline that is newer than the release."""

    operations: list[Operation]
    atomic: bool = True
    contract: str = ""
    state: ProjectState = field(default_factory=ProjectState)

    def faults(self) -> list[str]:
        for name in ("Ticket", "ScoreForm"):
            fields = [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.CharField(max_length=20, null=True)),
            ]
            self.state.add_model(ModelState("hotline", name, fields))
        words = {"operations": self.operations, "atomic": self.atomic, rules.CONTRACT: self.contract}
        made = type("Migration", (migrations.Migration,), words | {"__module__": "yunshu.made"})("0002_next", "hotline")
        return list(rules._of(made, rules._Course(self.state), OUT))


def added(model: str, **words: object) -> Operation:
    return migrations.AddField(model, "more", models.CharField(max_length=9, **words))


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("scoreform", "title"), "may still use it"),
        (migrations.DeleteModel("ScoreForm"), "may still use it"),
        (migrations.RenameField("scoreform", "title", "name"), "may still use it"),
        (migrations.RenameModel("ScoreForm", "Form"), "may still use it"),
        (added("scoreform"), "inserts rows without it"),
        (added("ticket", null=True, db_index=True), "makes an index under a lock"),
        (migrations.AlterField("scoreform", "title", models.CharField(max_length=20)), "SaferAlterFieldSetNotNull"),
        (migrations.AlterField("scoreform", "title", models.TextField(null=True)), "another type"),
        (migrations.AlterField("scoreform", "title", models.CharField(max_length=9, null=True)), "shorter"),
        (migrations.AddIndex("ticket", INDEX), "SaferAddIndexConcurrently"),
        (migrations.AddConstraint("ticket", SHORT), "SaferAddCheckConstraint"),
        (migrations.RunSQL("ALTER TABLE hotline_ticket DROP COLUMN title", ""), "drops"),
        (migrations.RunSQL("ALTER TABLE hotline_ticket ALTER COLUMN title TYPE text", ""), "rewrites"),
        (migrations.RunSQL("SELECT 1"), "reverse_sql"),
        (migrations.RunPython(migrations.RunPython.noop), "reverse_code"),
        (Backfill("ticket", assign="title = ''", missing="title IS NULL"), "atomic = False"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_could_hurt_the_running_release_is_named(operation: Operation, why: str) -> None:
    (fault,) = Made([operation]).faults()
    assert why in fault


@pytest.mark.parametrize(
    "operation",
    [
        added("ticket", null=True),
        added("ticket", default=""),
        added("ticket", db_default="x"),
        added("scoreform", null=True, db_index=True),
        migrations.AlterField("ticket", "title", models.CharField("标题", max_length=40, null=True)),
        migrations.AddIndex("scoreform", INDEX),
        migrations.AddConstraint("scoreform", SHORT),
        AddConstraintNotValid("ticket", SHORT),
        migrations.RunSQL("UPDATE hotline_scoreform SET title = ''", migrations.RunSQL.noop),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_only_adds_is_free(operation: Operation) -> None:
    assert Made([operation]).faults() == []


def test_a_large_table_is_changed_by_operations_that_may_run_again() -> None:
    steps = [
        Backfill("ticket", assign="title = ''", missing="title IS NULL"),
        SaferAlterFieldSetNotNull("ticket", "title", models.CharField(max_length=20)),
        SaferAddIndexConcurrently("ticket", INDEX),
    ]
    assert Made(steps, atomic=False).faults() == []
    assert len(Made([added("ticket", null=True), *steps], atomic=False).faults()) == 1
    assert Made([AddIndexConcurrently("ticket", INDEX)], atomic=False).faults()


def test_what_the_same_upgrade_has_made_may_be_changed() -> None:
    fields = [("id", models.BigAutoField(primary_key=True)), ("title", models.CharField(max_length=20))]
    steps = [migrations.CreateModel("Fresh", fields), migrations.RemoveField("fresh", "title")]
    assert Made([*steps, added("scoreform", null=True), migrations.RemoveField("scoreform", "more")]).faults() == []


def test_a_contract_names_the_release_since_which_nobody_uses_what_it_takes_away() -> None:
    assert Made([migrations.RemoveField("ticket", "title")], contract="0.1.0").faults() == []
    (fault,) = Made([migrations.RemoveField("ticket", "title")], contract="0.9.0").faults()
    assert "no release" in fault


@pytest.mark.parametrize(
    ("field_", "stays"),
    [
        (models.IntegerField(default=0), True),
        (models.JSONField(default=dict), True),
        (models.CharField(max_length=9, blank=True), True),
        (models.CharField(max_length=9), False),
        (models.DateTimeField(default=timezone.now), False),
        (models.DateTimeField(auto_now_add=True), False),
    ],
)
def test_only_a_default_that_is_the_same_for_every_row_stays_in_the_database(
    field_: "models.Field[object, object]", *, stays: bool
) -> None:
    assert has_constant_default(field_) is stays


@pytest.mark.slow
def test_no_migration_since_the_last_release_hurts_the_release_before() -> None:
    assert rules.faults(MigrationLoader(None), releases.read()) == []
