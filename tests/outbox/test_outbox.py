"""The outbox by itself: a fact belongs to its transaction, stays as it was told, and is handled once."""

import json

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from tests.outbox.effects import EffectMade

from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.outbox import Handler, handles, publish
from yunshu.lib.outbox.handling import MAX_FAILURES, attempt, dead_letters, handle_once, replay, status
from yunshu.lib.outbox.models import DeadLetter, HandledEvent, OutboxEntry


class Listener:
    """Counts what it hears; fails while ``broken``."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.broken = False

    def __call__(self, event: EffectMade) -> None:
        self.heard.append(event.n)
        if self.broken:
            raise RuntimeError("broken")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def handler(listener: Listener) -> Handler:
    return Handler("tests.listener", EffectMade, listener)


def message(event_id: int, n: int = 7) -> bytes:
    return json.dumps({"id": event_id, "subject": EffectMade.subject, "request_id": "r", "payload": {"n": n}}).encode()


@pytest.mark.django_db
def test_a_fact_is_written_in_the_callers_transaction_and_goes_with_it() -> None:
    with transaction.atomic():
        publish(EffectMade(n=1))
    with transaction.atomic():
        publish(EffectMade(n=2))
        transaction.set_rollback(True)

    (entry,) = OutboxEntry.objects.all()
    assert (entry.subject, entry.payload, entry.published_at) == ("tests.effect.made.v1", {"n": 1}, None)


def test_publishing_outside_a_transaction_is_a_programming_error(committed_db) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish(EffectMade(n=1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM outbox_outboxentry",
        "UPDATE outbox_outboxentry SET payload = '{}'",
        "UPDATE outbox_outboxentry SET published_at = now(), subject = 'x'",
        "INSERT INTO outbox_outboxentry (subject, payload, occurred_at, request_id, published_at) "
        "VALUES ('x', '{}', now(), '', now())",
    ],
)
def test_the_application_cannot_alter_what_was_told(statement: str) -> None:
    publish(EffectMade(n=1))

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_fact_is_marked_published_once() -> None:
    publish(EffectMade(n=1))
    mark = "UPDATE outbox_outboxentry SET published_at = now()"

    with connection.cursor() as cursor:
        cursor.execute(mark)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(mark)


@pytest.mark.django_db
def test_the_mark_of_handling_cannot_be_removed_by_the_application(handler: Handler) -> None:
    handle_once(handler, 1, {"n": 7})

    with pytest.raises(IntegrityError), transaction.atomic():
        HandledEvent.objects.all().delete()


def test_the_owner_prunes_only_what_is_published(committed_db) -> None:
    with transaction.atomic():
        publish(EffectMade(n=1))

    with psycopg.connect(committed_db.owner_url) as owner, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        owner.execute("DELETE FROM outbox_outboxentry")
    with psycopg.connect(committed_db.owner_url) as owner:
        owner.execute("UPDATE outbox_outboxentry SET published_at = now()")
        assert owner.execute("DELETE FROM outbox_outboxentry").rowcount == 1


@pytest.mark.django_db
def test_a_listener_hears_a_fact_once_however_often_it_is_delivered(handler: Handler, listener: Listener) -> None:
    assert [attempt(handler, message(5)), attempt(handler, message(5)), attempt(handler, message(6))] == [None] * 3

    assert listener.heard == [7, 7]


@pytest.mark.django_db
def test_a_failing_listener_is_tried_ever_more_slowly_then_set_aside_and_replayed(
    handler: Handler, listener: Listener
) -> None:
    listener.broken = True
    pauses = [attempt(handler, message(5)) for _ in range(MAX_FAILURES)]

    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, None]
    assert not HandledEvent.objects.exists()
    (letter,) = dead_letters()
    assert (letter.failures, letter.error, status()["dead_letters"]) == (MAX_FAILURES, "RuntimeError('broken')", 1)

    handles(EffectMade, name="tests.listener")(listener_function := _hearing(listener))
    assert listener_function is not None
    listener.broken = False
    replay(letter.pk)
    assert not DeadLetter.objects.exists()
    with pytest.raises(NotFound):
        replay(letter.pk)


def _hearing(listener: Listener):
    def hear(event: EffectMade) -> None:
        listener(event)

    return hear
