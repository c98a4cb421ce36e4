"""What happens on the telephones is written down: calls, their events, whom to call back."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.hotline.phone_world import CALLER, Phones

from yunshu.domains.hotline.models import AgentSeat, AgentSpell, Call, CallEvent, MissedCall
from yunshu.domains.hotline.services.phone_log import Note, SeatNote, SpellNote, recover, write, write_seats


@pytest.fixture
def phones(db: None) -> Phones:
    return Phones()


def test_a_call_has_the_time_of_each_stage_and_its_events_without_the_number(phones: Phones) -> None:
    call = phones.answered()
    assert (call.outcome, call.agent_id, call.caller) == ("answered", phones.first.person_id, CALLER)
    times = [call.offered_at, call.queued_at, call.rang_at, call.answered_at, call.ended_at]
    assert times == sorted(times)
    kinds = [event.kind for event in call.stages.all()]
    assert kinds == ["offered", "queued", "ringing", "screen_pop", "answered", "ended"]
    assert not any(CALLER in str(event.data) for event in CallEvent.objects.all())


def test_who_reached_nobody_stands_on_the_list_once_and_is_gone_when_they_call_again(phones: Phones) -> None:
    first, again = phones.abandoned("a"), phones.abandoned("b")
    (entry,) = MissedCall.objects.all()
    assert (entry.times, entry.cause, first.missed, again.missed) == (2, "abandoned", entry, entry)
    assert entry.due_at == first.ended_at + timedelta(minutes=60)
    phones.answered("c")
    entry.refresh_from_db()
    assert (entry.outcome, entry.closed_by_id) == ("came_back", phones.first.person_id)


def test_a_withheld_number_is_no_entry(phones: Phones) -> None:
    write([Note(kind="offered", ref="x", at=phones.now), Note(kind="ended", ref="x", at=phones.now)])
    assert Call.objects.get().outcome == "abandoned"
    assert not MissedCall.objects.exists()


def test_what_ran_when_the_process_died_is_lost_and_to_be_called_back(phones: Phones) -> None:
    phones.happens("waits", "offered", "queued")
    phones.happens("talks", "offered", person="13900000001")
    phones.happens("talks", "ringing", "answered", agent=phones.first)
    assert recover(phones.later(seconds=5)) == 2
    assert set(Call.objects.values_list("outcome", "ended_by")) == {("lost", "lost")}
    assert set(MissedCall.objects.values_list("caller", "cause")) == {(CALLER, "lost"), ("13900000001", "lost")}
    assert recover(phones.later(seconds=5)) == 0


def test_a_call_that_is_known_begins_only_once_and_late_news_changes_no_end(phones: Phones) -> None:
    call = phones.answered()
    phones.happens("sip-1", "offered", "ended", data={"reason": "lost"})
    after = Call.objects.get()
    assert (after.outcome, after.ended_at) == ("answered", call.ended_at)


def test_events_cannot_be_changed_and_calls_not_deleted(phones: Phones) -> None:
    call = phones.answered()
    for act in (lambda: call.stages.update(kind="held"), call.stages.all().delete, call.delete):
        with pytest.raises((DatabaseError, Exception)), transaction.atomic():
            act()
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        cursor.execute("UPDATE hotline_callevent SET kind = 'held'")


def test_seats_and_spells_are_kept(phones: Phones) -> None:
    person, now = phones.first.person_id, phones.now
    seat = SeatNote(person=person, telephone=None, state="idle", reason=None, since=now)
    spell = SpellNote(person=person, state="break", reason=None, began=now - timedelta(minutes=5), ended=now)
    write_seats([seat], [spell])
    write_seats([SeatNote(person=person, telephone=None, state="break", reason=None, since=now)], [])
    assert AgentSeat.objects.get().state == "break"
    assert AgentSpell.objects.get().state == "break"
