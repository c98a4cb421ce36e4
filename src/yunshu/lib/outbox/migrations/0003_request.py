"""Facts are found by the request that made them; the indexes are made while people work."""

from django.db import migrations, models
from django_pg_migration_tools.operations import SaferAddIndexConcurrently

BY_REQUEST = models.Index(
    condition=models.Q(("request_id", ""), _negated=True),
    fields=["request_id"],
    name="outbox_request",
    opclasses=["varchar_pattern_ops"],
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0002_triggers")]
    operations = [
        SaferAddIndexConcurrently("handledevent", models.Index(fields=["event_id"], name="outbox_handled_of")),
        SaferAddIndexConcurrently("outboxentry", BY_REQUEST),
    ]
