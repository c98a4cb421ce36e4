"""Indexes under which a filtered log is counted without reading its tickets; made while people work."""

from django.db import migrations, models
from django_pg_migration_tools.operations import SaferAddIndexConcurrently, SaferRemoveIndexConcurrently

SIGHT = models.Index(name="hotline_ticket_sight", fields=["id"], include=["desk", "unit", "accused", "is_confidential"])
VERB = models.Index(name="hotline_step_of_verb", fields=["verb", "-at", "-id"], include=["ticket"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("hotline", "0013_counted_calls")]
    operations = [
        SaferAddIndexConcurrently("missedcall", models.Index(name="hotline_missed_due", fields=["due_at", "id"])),
        SaferAddIndexConcurrently("ticket", SIGHT),
        SaferAddIndexConcurrently("ticketstep", VERB),
        SaferRemoveIndexConcurrently("ticketstep", "hotline_step_verb"),
    ]
