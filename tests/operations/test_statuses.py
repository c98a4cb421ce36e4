"""The condition of a target is stored and told in one transaction, once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.operations.watch_world import NOW, target

from yunshu.domains.operations.models import Status, StatusChange
from yunshu.domains.operations.services.statuses import Verdict, record_verdicts
from yunshu.lib.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def told() -> list[dict[str, object]]:
    return [e.payload for e in OutboxEntry.objects.filter(subject="operations.target.state_changed.v1").order_by("pk")]


def test_a_change_is_stored_and_told_once() -> None:
    one = target()
    down = Verdict(number=one.number, condition="down", since=NOW, error="timeout", cause=one.number)

    assert record_verdicts([down], LATER) == 1
    assert record_verdicts([down], LATER + timedelta(minutes=1)) == 0

    status = Status.objects.get(target=one)
    assert (status.condition, status.since, status.error, status.cause) == ("down", NOW, "timeout", one)
    (event,) = told()
    assert event["number"] == one.number
    assert (event["state"], event["was"], event["cause"]) == ("down", "", one.number)
    assert StatusChange.objects.count() == 1


def test_another_cause_of_the_same_outage_is_told_and_keeps_its_beginning() -> None:
    room, one = target(), target()
    record_verdicts([Verdict(number=one.number, condition="down", since=NOW, cause=one.number)], LATER)

    record_verdicts([Verdict(number=one.number, condition="down", since=LATER, cause=room.number)], LATER)

    assert Status.objects.get(target=one).since == NOW
    assert [(e["state"], e["was"], e["cause"]) for e in told()] == [
        ("down", "", one.number),
        ("down", "down", room.number),
    ]


def test_a_target_that_is_gone_is_passed_over() -> None:
    assert record_verdicts([Verdict(number="JC-none", condition="up", since=NOW)], NOW) == 0


def test_a_refused_transaction_tells_nothing() -> None:
    one = target()

    def told_and_refused() -> None:
        with transaction.atomic():
            record_verdicts([Verdict(number=one.number, condition="up", since=NOW)], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        told_and_refused()
    assert not told()
    assert not Status.objects.exists()


def test_changes_cannot_be_rewritten() -> None:
    one = target()
    record_verdicts([Verdict(number=one.number, condition="up", since=NOW)], NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        StatusChange.objects.update(condition="down")
