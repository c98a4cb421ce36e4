"""The trail under seal: a day that was touched, by whatever power, differs from what the ledger says of it."""

from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from tests.factories.directory import PersonFactory

from yunshu.domains.directory.models import SignIn
from yunshu.domains.ledger import trail
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel import clock


def signed_in(at, name="clerk"):
    return SignIn.objects.create(at=at, username=name, outcome="ok", method="password", address="10.0.0.1")


def faults(days=None):
    return [(v.day, fault) for v in trail.verify_days(*(days or ())) for fault in v.faults]


@pytest.mark.django_db
def test_each_day_is_sealed_once_and_agrees():
    now = clock.now()
    signed_in(now - timedelta(days=3))
    signed_in(now - timedelta(days=1))
    PersonFactory()

    assert trail.seal_days(now) == 3
    assert trail.seal_days(now) == 0
    assert trail.seal_days(now + timedelta(days=1)) == 1
    assert [v.rows for v in trail.verify_days()][:3] == [1, 0, 1]
    assert faults() == []
    said = Record.objects.filter(kind=trail.DAY).latest("subject").payload["tables"]
    assert said["directory_personevent"]["rows"] >= 1


@pytest.mark.django_db
def test_a_row_that_comes_late_is_named_with_its_day():
    now = clock.now()
    day = clock.city_date(now - timedelta(days=1))
    signed_in(now - timedelta(days=1))
    trail.seal_days(now)
    signed_in(now - timedelta(days=1), "ghost")

    ((found, fault),) = faults()
    assert found == day
    assert fault == "登录记录：封存 1 行，现有 2 行，摘要不符"
    assert faults((day + timedelta(days=1),)) == []


@pytest.mark.parametrize(
    ("act", "named"),
    [
        ("UPDATE directory_signin SET username = 'somebody'", "登录记录：封存 1 行，现有 1 行"),
        ("DELETE FROM directory_signin", "登录记录：封存 1 行，现有 0 行"),
        ("UPDATE ledger_record SET payload = '{\"tables\": {}}'", "日摘要与账本叶内容不符"),
    ],
)
def test_no_power_over_the_database_hides_a_change(committed_db, act, named, capsys):
    now = clock.now()
    signed_in(now - timedelta(days=1))
    trail.seal_days(now)
    call_command("audit_verify")
    with psycopg.connect(committed_db.superuser_url, dbname=committed_db.name) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(act)

    with pytest.raises(CommandError, match="1 天不符"):
        call_command("audit_verify")
    assert named in capsys.readouterr().err


@pytest.mark.django_db
def test_where_no_day_was_sealed_nothing_is_said_to_agree(capsys):
    call_command("audit_verify")
    said = capsys.readouterr().out
    assert "没有封存过的日子" in said
    assert "全部相符" not in said
