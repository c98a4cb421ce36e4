"""A call that was answered ends on a ticket or a reason; numbers are shown by role; recordings are sealed and listened to for a reason."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.hotline.hotline_world import CONTENT
from tests.hotline.phone_world import CALLER, Phones

from yunshu.domains.hotline.models import Call, MissedCall, RecordingListen
from yunshu.domains.hotline.rules.quality import Piece
from yunshu.domains.hotline.selectors import calls, phone, quality, staffing
from yunshu.domains.hotline.services import phone_desk, phone_missed, phone_recordings
from yunshu.domains.hotline.services.registering import TicketSpec
from yunshu.domains.ledger.models import Record
from yunshu.lib.cti.events import Recorded
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

SPEC = TicketSpec(kind="help", title="路灯不亮", content="三天不亮。", phone="")


@pytest.fixture
def phones(db: None, settings: Any, tmp_path: Path) -> Phones:
    settings.RECORDINGS_FOLDER, settings.PHONE_SPOOL = tmp_path / "kept", tmp_path / "spool"
    settings.PHONE_SPOOL.mkdir()
    return Phones()


def settled(phones: Phones, call: Call, answer: str = "", **more: Any) -> Call:
    words = {name: getattr(SPEC, name) for name in SPEC.__dataclass_fields__} | more
    phone_desk.settle_with_ticket(
        actor=phones.first, number=call.number, spec=TicketSpec(**words), answer=answer, now=phones.later(seconds=9)
    )
    call.refresh_from_db()
    return call


def test_a_call_ends_on_a_ticket_that_knows_its_number_channel_and_call(phones: Phones) -> None:
    call = settled(phones, phones.answered())
    assert call.ticket
    assert (call.ticket.channel, call.ticket.source_number, call.ticket.contact.phone) == ("phone", call.number, CALLER)
    assert call.stages.last().kind == "settled"
    assert calls.of_ticket(phones.first, call.ticket) == [call]


def test_what_was_answered_on_the_telephone_closes_its_ticket(phones: Phones) -> None:
    call = settled(phones, phones.answered(), answer="已告知办理地点和材料。")
    assert call.ticket
    assert (call.ticket.state, call.ticket.answer) == ("closed", "已告知办理地点和材料。")


def test_a_call_is_owed_until_it_has_a_ticket_or_a_reason_and_once_only(phones: Phones) -> None:
    call = phones.answered()
    assert list(phone.owed(phones.first.person_id)) == [call]
    with pytest.raises(Refused, match="事由"):
        phone_desk.settle_without(actor=phones.first, number=call.number, reason="", words="", now=phones.now)
    phone_desk.settle_without(actor=phones.first, number=call.number, reason="harassment", words="", now=phones.now)
    assert not phone.owed(phones.first.person_id).exists()
    with pytest.raises(Conflict, match="已经办结"):
        settled(phones, call)


def test_only_the_calls_agent_or_the_shift_leader_settles_it(phones: Phones) -> None:
    call = phones.answered()
    with pytest.raises(NotPermitted, match="班长"):
        phone_desk.settle_without(actor=phones.second, number=call.number, reason="invalid", words="", now=phones.now)
    with pytest.raises(NotFound):
        phone_desk.settle_without(actor=phones.handler, number=call.number, reason="invalid", words="", now=phones.now)
    phone_desk.settle_without(actor=phones.leader, number=call.number, reason="invalid", words="", now=phones.now)


def test_a_call_is_joined_to_a_known_ticket_and_what_was_said_is_added(phones: Phones) -> None:
    row, call = phones.registered(), phones.answered()
    phone_desk.settle_with_known(
        actor=phones.first, number=call.number, ticket=row.number, words="又坏了两盏。", now=phones.now
    )
    assert Call.objects.get().ticket == row
    assert row.steps.last().words == "又坏了两盏。"


def test_a_report_by_telephone_leaves_its_callers_number_in_no_table(phones: Phones) -> None:
    phones.abandoned()
    MissedCall.objects.all().update(caller="13900000000")
    Call.objects.update(caller="13900000000")
    call = settled(phones, phones.answered(), kind="report")
    assert (call.is_sealed, call.caller) == (True, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{name}" AS t WHERE t::text LIKE %s', [f"%{CALLER}%"])
            assert cursor.fetchone() == (0,), name


def test_numbers_are_whole_for_the_calls_agent_and_the_leader_and_masked_for_others(phones: Phones) -> None:
    call = phones.answered()
    seen = {who: calls.number_for(getattr(phones, who), call) for who in ("first", "second", "leader")}
    assert seen == {"first": CALLER, "second": "*******5678", "leader": CALLER}
    assert calls.masked(call) == "*******5678"
    assert list(calls.visible_calls(phones.handler)) == []


def test_the_callers_open_tickets_and_last_five_are_known(phones: Phones) -> None:
    phones.closed()
    rows = [phones.registered(phone=CONTENT.phone) for _ in range(6)]
    found = calls.history(phones.first, phones.answered())
    assert len(found.last) == 5
    assert {row.pk for row in found.open} <= {row.pk for row in rows}


def test_somebody_to_call_back_is_claimed_once_and_kept_until_reached(phones: Phones) -> None:
    entry = phones.abandoned().missed
    assert entry
    phone_missed.claim(actor=phones.first, pk=entry.pk, now=phones.now)
    with pytest.raises(Conflict, match="认领"):
        phone_missed.claim(actor=phones.second, pk=entry.pk, now=phones.now)
    phone_missed.note_outcome(actor=phones.first, pk=entry.pk, outcome="no_answer", words="", now=phones.now)
    phone_missed.claim(actor=phones.second, pk=entry.pk, now=phones.now)
    done = phone_missed.note_outcome(actor=phones.second, pk=entry.pk, outcome="reached", words="", now=phones.now)
    assert (done.closed_by_id, done.outcome) == (phones.second.person_id, "reached")
    with pytest.raises(Conflict, match="已经联系上"):
        phone_missed.claim(actor=phones.first, pk=entry.pk, now=phones.now)


def recorded(phones: Phones, settings: Any, call: Call) -> bytes:
    source = settings.PHONE_SPOOL / f"{call.ref}.pcm"
    source.write_bytes(bytes(range(256)) * 100)
    store = phone_recordings.Store()
    store.take(Recorded(call=call.ref, at=phones.now, reference=str(source), seconds=1.6))
    return (settings.RECORDINGS_FOLDER / f"{call.ref}.sm4").read_bytes()


def test_a_recording_is_sealed_heard_for_a_reason_and_each_hearing_is_proven(phones: Phones, settings: Any) -> None:
    call = phones.answered()
    assert b"RIFF" not in recorded(phones, settings, call)
    with pytest.raises(NotPermitted):
        phone_recordings.listen(actor=phones.first, number=call.number, reason="核查", now=phones.now)
    with pytest.raises(Refused, match="事由"):
        phone_recordings.listen(actor=phones.leader, number=call.number, reason=" ", now=phones.now)
    made = phone_recordings.listen(actor=phones.leader, number=call.number, reason="核查服务", now=phones.now)
    wav = phone_recordings.sound(actor=phones.leader, listen_id=made.pk, now=phones.now)
    assert wav[:4] == b"RIFF"
    assert Record.objects.filter(kind="hotline.listen").exists()
    with pytest.raises(NotFound, match="一小时"):
        phone_recordings.sound(actor=phones.leader, listen_id=made.pk, now=phones.later(hours=2))
    with pytest.raises(NotFound):
        phone_recordings.sound(actor=phones.manager, listen_id=made.pk, now=phones.now)


def test_a_confidential_tickets_recording_needs_leave_to_know_the_caller(phones: Phones, settings: Any) -> None:
    call = phones.answered()
    recorded(phones, settings, call)
    settled(phones, call, kind="report")
    with pytest.raises(NotPermitted, match="获准"):
        phone_recordings.listen(actor=phones.leader, number=call.number, reason="核查", now=phones.now)


def test_recordings_survive_a_new_key_are_adopted_and_end_with_their_time(phones: Phones, settings: Any) -> None:
    from yunshu.domains.hotline.vault import vault

    call = phones.answered()
    (settings.PHONE_SPOOL / f"{call.ref}.pcm").write_bytes(b"\0\1" * 8000)
    assert phone_recordings.adopt(phones.now) == 1
    vault().rotate()
    made = phone_recordings.listen(actor=phones.leader, number=call.number, reason="核查", now=phones.now)
    assert phone_recordings.sound(actor=phones.leader, listen_id=made.pk, now=phones.now)[:4] == b"RIFF"
    assert phone_recordings.erase_old(now=phones.now) == 0
    assert phone_recordings.erase_old(now=phones.later(days=settings.RECORDING_DAYS + 1)) == 1
    assert not list(settings.RECORDINGS_FOLDER.iterdir())
    assert RecordingListen.objects.count() == 1
    with pytest.raises(Refused, match="删除"):
        phone_recordings.listen(actor=phones.leader, number=call.number, reason="核查", now=phones.now)


def test_skills_are_set_by_the_leader_only(phones: Phones) -> None:
    spec = phone_desk.SkillSpec(person_id=phones.first.person_id, skills=("teochew", "business"))
    with pytest.raises(NotPermitted):
        phone_desk.set_skills(actor=phones.first, spec=spec)
    phone_desk.set_skills(actor=phones.leader, spec=spec)
    assert phone.skills_of(phones.first.person_id) == ("business", "teochew")


def test_without_telephones_every_verb_says_how_to_switch_them_on(phones: Phones) -> None:
    with pytest.raises(Refused, match="尚未接入电话"):
        phone_desk.sign_in(actor=phones.first, telephone="8001")
    assert "尚未接入电话" in phone_desk.standing(phones.first).problem


def test_answered_calls_are_drawn_for_checks_and_calls_that_came_say_how_many_are_needed(phones: Phones) -> None:
    call, _lost = phones.answered(), phones.abandoned()
    day = call.offered_at.astimezone(CITY_ZONE)
    monday = day.date() - timedelta(days=day.weekday())
    assert quality.population(call.desk, "call", "random", 0, monday) == [
        Piece(key=call.number, person_id=phones.first.person_id)
    ]
    assert sum(staffing.counted(call.desk, 1, monday + timedelta(days=7)).values()) == 2
