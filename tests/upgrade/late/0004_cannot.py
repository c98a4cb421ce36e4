"""A constraint that the rows there break."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_adds")]

    operations = [
        migrations.AddConstraint(
            "deadletter", models.CheckConstraint(condition=models.Q(failures__gt=5), name="outbox_dead_letter_failed")
        )
    ]
