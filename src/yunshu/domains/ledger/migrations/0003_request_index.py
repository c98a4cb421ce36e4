"""Records are found by the request that made them; the index is made while people work."""

from django.db import migrations, models
from django_pg_migration_tools.operations import SaferAddIndexConcurrently

BY_REQUEST = models.Index(
    condition=models.Q(("request_id", ""), _negated=True),
    fields=["request_id"],
    name="ledger_record_request",
    opclasses=["varchar_pattern_ops"],
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0002_request")]
    operations = [SaferAddIndexConcurrently("record", BY_REQUEST)]
