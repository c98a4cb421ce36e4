"""Records: made with the change they prove, sealed into batches, followed to final, opened, destroyed; never rewritten."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff, staff_person

from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import rules, selectors, services
from yunshu.domains.ledger.contracts import LEDGER_DESTROY, LEDGER_OPEN, LEDGER_OPERATE, LEDGER_VIEW, State
from yunshu.domains.ledger.models import Alarm, Batch, Record
from yunshu.lib.consortium.leaves import ENTRY, leaf
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox.models import OutboxEntry

db = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MACHINE = System(name="test")
EVERYTHING = [LEDGER_VIEW, LEDGER_OPEN, LEDGER_DESTROY, LEDGER_OPERATE]


def recorded(subject: str = "JX-1", **payload: object) -> Record:
    number = services.record(
        kind="evaluation.table.approved", subject=subject, payload=payload or {"n": 1}, by=MACHINE, now=NOW
    )
    return Record.objects.get(number=number)


def seal(number: int, entries: Sequence[bytes]) -> bytes:
    return b"%d:" % number + b"|".join(entries)


@db
def test_a_database_given_back_goes_on_behind_the_batches_it_has_forgotten() -> None:
    services.seal_batch(seal, NOW)
    first, _second = recorded("A"), services.seal_batch(seal, NOW, after=60)
    first.refresh_from_db()
    assert first.batch is not None
    assert first.batch.number == 61
    later = recorded("B")
    services.seal_batch(seal, NOW, after=60)
    later.refresh_from_db()
    assert later.batch is not None
    assert later.batch.number == 62


@db
def test_a_number_that_a_forgotten_batch_has_taken_is_not_believed() -> None:
    ours, theirs = recorded("A"), recorded("B")
    services.seal_batch(seal, NOW)
    bodies = [bytes(row.body) for row in (ours, theirs)]
    assert services.is_ours(1, leaf(ENTRY, bodies[0]), 2)
    assert not services.is_ours(1, leaf(ENTRY, bodies[1]), 2)
    assert not services.is_ours(1, leaf(ENTRY, bodies[0]), 1)
    services.note_taken(1, NOW)
    assert selectors.unfinished_batches() == []
    services.seal_batch(seal, NOW)
    ours.refresh_from_db()
    assert ours.batch is not None
    assert (ours.batch.number, ours.place, selectors.state_of(ours, NOW)) == (2, 0, State.RECORDED)


def final(row: Record) -> None:
    services.seal_batch(seal, NOW)
    row.refresh_from_db()
    assert row.batch is not None
    services.note_ordered(row.batch.number, first_index=10, block=2, now=NOW)
    services.note_final([row.batch.number], NOW)
    row.refresh_from_db()


@db
def test_a_record_opens_to_exactly_what_was_said() -> None:
    row = recorded(amount=Decimal("5195.75"), at=NOW, name="张三")
    opened = services.open_record(actor=staff(EVERYTHING), number=row.number, reason="年度审计", now=NOW)

    assert json.loads(opened["text"])["payload"] == {"amount": "5195.75", "at": "2026-03-02T02:00:00Z", "name": "张三"}
    assert rules.opens(opened["text"].encode(), bytes.fromhex(opened["salt"]), bytes(row.body))
    changed = opened["text"].replace("张三", "李四")
    assert not rules.opens(changed.encode(), bytes.fromhex(opened["salt"]), bytes(row.body))


@db
def test_the_leaf_says_nothing_about_the_payload_and_two_equal_records_look_different() -> None:
    one, two = recorded(name="张三"), recorded(name="张三")
    assert "张三".encode() not in bytes(one.body)
    assert json.loads(bytes(one.body))["sha256"] != json.loads(bytes(two.body))["sha256"]


def test_a_record_outside_a_transaction_is_a_programming_error(committed_db: object) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        services.record(kind="x", subject="y", payload={}, by=MACHINE, now=NOW)


@db
def test_a_batch_takes_what_waits_once_and_keeps_its_bytes() -> None:
    rows = [recorded(subject=f"S{n}") for n in range(3)]

    assert services.seal_batch(seal, NOW) == 3
    assert services.seal_batch(seal, NOW) == 0
    late = recorded(subject="late")
    assert services.seal_batch(seal, NOW) == 1

    first, second = Batch.objects.order_by("number")
    assert bytes(first.message) == seal(1, [bytes(row.body) for row in rows])
    assert [row.place for row in first.records.order_by("pk")] == [0, 1, 2]
    assert second.records.get() == late


@db
def test_a_record_goes_from_recorded_to_final_and_then_stands() -> None:
    row = recorded()
    assert selectors.state_of(row, NOW) is State.RECORDED
    services.seal_batch(seal, NOW)
    services.note_ordered(1, first_index=40, block=3, now=NOW)
    row.refresh_from_db()
    assert (selectors.state_of(row, NOW), row.leaf_index) == (State.ORDERED, 40)
    services.note_final([1], NOW)
    services.note_ordered(1, first_index=99, block=9, now=NOW)
    services.note_lost(1)
    row.refresh_from_db()
    assert (selectors.state_of(row, NOW), row.leaf_index) == (State.FINAL, 40)


@db
def test_what_was_ordered_but_not_final_when_an_epoch_ends_waits_again() -> None:
    row = recorded()
    services.seal_batch(seal, NOW)
    services.note_ordered(1, first_index=40, block=3, now=NOW)
    services.note_lost(1)
    row.refresh_from_db()
    assert (selectors.state_of(row, NOW), row.leaf_index) == (State.RECORDED, None)
    assert [batch.number for batch in selectors.unfinished_batches()] == [1]
    assert services.note_final([1], NOW) == 0


@db
def test_a_record_that_takes_too_long_is_an_alarm() -> None:
    assert selectors.state_of(recorded(), NOW + timedelta(seconds=rules.LATE_SECONDS + 1)) is State.ALARM


@db
def test_what_was_recorded_cannot_be_rewritten_by_the_application() -> None:
    final(recorded())
    for change in (
        lambda: Record.objects.update(subject="other"),
        lambda: Record.objects.update(payload={"n": 2}),
        lambda: Record.objects.update(leaf_index=1),
        lambda: Record.objects.all().delete(),
        lambda: Batch.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@db
def test_destroying_takes_text_and_salt_leaves_the_leaf_and_is_itself_recorded() -> None:
    row = recorded(name="张三")
    actor = staff(EVERYTHING)
    with pytest.raises(Refused, match="最终确认"):
        services.destroy(actor=actor, number=row.number, reason="个人信息保护法第四十七条", now=NOW)
    final(row)
    services.destroy(actor=actor, number=row.number, reason="个人信息保护法第四十七条", now=NOW)
    row.refresh_from_db()

    assert (row.payload, row.salt) == (None, None)
    assert bytes(row.body)
    with pytest.raises(NotFound):
        services.open_record(actor=actor, number=row.number, reason="年度审计", now=NOW)
    with pytest.raises(Conflict):
        services.destroy(actor=actor, number=row.number, reason="再次", now=NOW)
    assert Record.objects.get(kind="ledger.record.destroyed").subject == row.number


@db
def test_only_the_right_role_opens_and_destroys() -> None:
    row = recorded()
    final(row)
    reader = staff([LEDGER_VIEW])
    with pytest.raises(NotPermitted):
        services.open_record(actor=reader, number=row.number, reason="想看", now=NOW)
    with pytest.raises(NotPermitted):
        services.destroy(actor=reader, number=row.number, reason="想删", now=NOW)
    with pytest.raises(NotPermitted):
        selectors.get_record(staff(), row.number)


@db
def test_an_alarm_is_told_once_and_handled_once() -> None:
    told = [
        services.raise_alarm(kind="split", member="bureau", about="split 1 40", evidence="…", now=NOW) for _ in range(2)
    ]
    assert told == [True, False]
    assert OutboxEntry.objects.filter(subject="ledger.alarm.raised.v1").count() == 1
    alarm, actor = Alarm.objects.get(), staff(EVERYTHING)
    with pytest.raises(Refused):
        services.handle_alarm(actor=actor, alarm_id=alarm.pk, handling=" ", now=NOW)
    services.handle_alarm(actor=actor, alarm_id=alarm.pk, handling="已更换消息服务器", now=NOW)
    with pytest.raises(Conflict):
        services.handle_alarm(actor=actor, alarm_id=alarm.pk, handling="再次", now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Alarm.objects.update(evidence="none")


@db
def test_the_pages_open_for_readers_and_say_what_is_missing() -> None:
    row = recorded()
    final(row)
    services.raise_alarm(kind="split", member="bureau", about="split 1 40", evidence="证据正文", now=NOW)
    alarm = Alarm.objects.get()
    reader, stranger = signed_in_client(staff_person([LEDGER_VIEW])), signed_in_client(staff_person())
    pages = {
        reverse("ledger:home"): "没有配置账本成员",
        reverse("ledger:records"): row.number,
        reverse("ledger:record", args=[row.number]): "已最终确认",
        reverse("ledger:alarms"): "split 1 40",
        reverse("ledger:alarm", args=[alarm.pk]): "证据正文",
        reverse("ledger:head"): "没有应答",
    }
    for address, words in pages.items():
        assert words in reader.get(address).content.decode()
        assert stranger.get(address).status_code == 403
    assert reader.get(reverse("ledger:evidence", args=[alarm.pk])).content.decode() == "证据正文"
    assert reader.get(reverse("ledger:receipt", args=[row.number])).status_code == 422
    assert reader.post(reverse("ledger:opening", args=[row.number])).status_code == 403
    assert reader.post(reverse("ledger:destroy", args=[row.number])).status_code == 403
    assert reader.get(reverse("ledger:record", args=["CZ-none"])).status_code == 404


@db
def test_an_auditor_downloads_the_opening_and_an_operator_handles_the_alarm() -> None:
    row = recorded(name="张三")
    final(row)
    services.raise_alarm(kind="split", member="bureau", about="split 1 40", evidence="…", now=NOW)
    browser = signed_in_client(staff_person(EVERYTHING))

    assert browser.post(reverse("ledger:opening", args=[row.number]), {"why": " "}).status_code == 422
    assert not Record.objects.filter(kind="ledger.record.opened").exists()
    opened = json.loads(browser.post(reverse("ledger:opening", args=[row.number]), {"why": "年度审计"}).content)
    assert "张三" in opened["text"]
    told = Record.objects.get(kind="ledger.record.opened")
    assert (told.subject, told.payload) == (row.number, {"reason": "年度审计"})
    address = reverse("ledger:alarm", args=[Alarm.objects.get().pk])
    assert browser.post(address, {"handling": ""}).status_code == 422
    assert browser.post(address, {"handling": "已查明"}).status_code == 302
    destroy = reverse("ledger:destroy", args=[row.number])
    assert browser.post(destroy, {"reason": ""}).status_code == 422
    assert browser.post(destroy, {"reason": "个人信息保护法第四十七条"}).status_code == 302
