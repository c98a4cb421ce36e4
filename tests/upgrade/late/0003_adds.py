"""Adds a column that must be filled: what the old release inserts gets the default from the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_triggers")]

    operations = [migrations.AddField("deadletter", "weight", models.IntegerField(default=3))]
