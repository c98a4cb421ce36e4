"""No trigger that protects a record can be passed over by the application's role."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.exchange.world import World

from yunshu.domains.exchange.models import ResourceVersion


@pytest.mark.django_db
def test_the_applications_role_cannot_have_triggers_ignored() -> None:
    row = World().published().versions.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname::text)::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", cursor.fetchone())
    for act in (
        lambda: ResourceVersion.objects.filter(pk=row.pk).update(digest="0"),
        lambda: ResourceVersion.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_the_applications_role_cannot_switch_triggers_off() -> None:
    for statement in (
        "ALTER TABLE exchange_resourceversion DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " LANGUAGE sql AS 'SELECT true'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
