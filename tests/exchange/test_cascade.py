"""The level above, over real HTTP with a simulator: each message once and in order whatever goes wrong, and what it means."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.exchange.province import Province, province
from tests.exchange.world import NOW, World, from_above, joined, owed
from tests.factories.directory import staff

from yunshu.domains.exchange import cascade as reading
from yunshu.domains.exchange import services
from yunshu.domains.exchange.contracts import DELIVERY_VIEW, NODE_OPERATE, REQUEST_ANSWER, REQUEST_EDIT
from yunshu.domains.exchange.models import CascadeMessage, DataDebt, EntryReport, UpperLink, UpperTask
from yunshu.domains.exchange.rules import cascade as rules
from yunshu.domains.ledger.models import Record
from yunshu.domains.notify.models import Notice
from yunshu.domains.workflow import api as workflow
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
UPPER = {"side": "upper", "name": "机动车登记信息", "content": "号牌号码、所有人", "basis": "核验低保对象财产"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def above(world: World, tmp_path: Path) -> Iterator[Province]:
    with province(tmp_path) as found:
        yield found


def ask(world: World, **more: Any) -> DataDebt:
    spec = services.DebtSpec(**({**UPPER, **more}))
    return services.ask_debt(actor=world.clerk, org_code=world.county.code, spec=spec, now=NOW)


def in_order(above: Province) -> bool:
    numbers = [number for number, _kind in above.taken()]
    return numbers == list(range(1, len(numbers) + 1))


def test_a_published_entry_goes_up_and_its_number_comes_back(world: World, above: Province) -> None:
    row = world.published()
    above.go(2)
    report = EntryReport.objects.get(resource=row)
    assert (report.state, report.version) == ("accepted", 1)
    assert report.upper_number.startswith("MNQ")
    assert above.entries() == {row.code: 1}


def test_a_change_goes_up_as_the_next_version_and_a_retired_entry_leaves(world: World, above: Province) -> None:
    row = world.published()
    for verb in ("change", "submit_change", "publish_change"):
        world.move(world.checker if verb == "publish_change" else world.owner, row, verb)
    above.go(2)
    assert above.entries() == {row.code: 2}
    world.move(world.owner, row, "ask_retire")
    world.move(world.checker, row, "retire")
    above.go()
    assert above.entries() == {}
    assert EntryReport.objects.get(resource=row).state == "retired"


def test_an_entry_that_the_level_above_refuses_is_told_to_its_owner_and_sent_again(
    world: World, above: Province
) -> None:
    above.desk.faults.switch("refuse", 1)
    row = world.published()
    above.go()
    report = EntryReport.objects.get(resource=row)
    assert report.state == "returned"
    assert Notice.objects.filter(kind="exchange.cascade", person_id=world.owner.person_id).exists()
    refused = CascadeMessage.objects.get(state="refused")
    operator = staff((DELIVERY_VIEW, NODE_OPERATE), org=world.city)
    services.send_again(actor=operator, message=refused.pk, now=NOW)
    above.go(2)
    report.refresh_from_db()
    assert report.state == "accepted"
    with pytest.raises(Conflict):
        services.send_again(actor=operator, message=CascadeMessage.objects.filter(state="done")[0].pk, now=NOW)


@pytest.mark.parametrize("fault", ["lost_ack", "away", "wrong_signature", "duplicate", "disorder", "amnesia"])
def test_whatever_goes_wrong_each_message_arrives_once_and_in_order(world: World, above: Province, fault: str) -> None:
    for _each in range(3):
        ask(world)
    above.go()
    above.desk.faults.switch(fault, 2)
    debts = [ask(world) for _each in range(5)]
    for number in range(4):
        above.give("task.send", upper_number=f"T{number}", title="核对目录", content="核对", due_on="2026-04-01")
    above.go(5)
    assert in_order(above)
    assert len(above.taken()) == 8
    assert all(DataDebt.objects.get(pk=each.pk).received_at for each in debts)
    assert sorted(UpperTask.objects.values_list("upper_number", flat=True)) == ["T0", "T1", "T2", "T3"]
    assert not CascadeMessage.objects.filter(state="waiting").exists()
    assert above.turn.line.trouble == ""


def test_what_a_stranger_signed_is_not_taken_and_the_page_says_so(world: World, above: Province) -> None:
    above.give("task.send", upper_number="T1", title="核对目录", content="核对", due_on="")
    above.desk.faults.switch("wrong_signature", 1)
    above.go()
    assert not UpperTask.objects.exists()
    assert "签名不符" in UpperLink.objects.get().trouble
    above.go()
    assert UpperTask.objects.count() == 1


def test_a_city_that_was_restored_from_a_backup_goes_on_behind_what_the_province_has(
    world: World, above: Province
) -> None:
    for _each in range(3):
        ask(world)
    above.go()
    with above.desk.book.act() as act:  # what the city sent after its backup
        act.execute("UPDATE taken SET id = id || 'x' WHERE number > 1")
    CascadeMessage.objects.filter(way="up", number__gt=1).update(state="waiting")
    above.go(3)
    assert in_order(above)
    assert len(above.taken()) == 5
    assert not CascadeMessage.objects.filter(state="waiting").exists()


def test_an_acknowledgement_of_another_message_does_not_count(
    world: World, above: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = above.desk.take
    monkeypatch.setattr(Desk, "take", lambda _self, given: replace(taking(given), id="another"))
    ask(world)
    above.go()
    assert CascadeMessage.objects.get(way="up").state == "waiting"
    monkeypatch.undo()
    above.go()
    assert CascadeMessage.objects.get(way="up").state == "done"


def test_another_platform_above_is_not_spoken_to_by_mistake(world: World, above: Province) -> None:
    ask(world)
    above.go()
    words = {"name": "省", "address": "x", "is_simulator": False, "contract": above.place.contract}
    with pytest.raises(Refused) as refused:
        services.cascade.join(**words, fingerprint="other")
    assert refused.value.code == "upper_changed"
    assert services.cascade.join(**words, fingerprint="new", upper="same").pk == above.turn.line.pk
    fresh = services.cascade.join(**words, fingerprint="other", upper="other")
    assert (fresh.sent, fresh.taken, fresh.messages.count()) == (0, 0, 0)


@pytest.mark.parametrize("words", [{"title": "核\0对"}, {"upper_number": "9" * 61}])
def test_what_cannot_be_kept_is_refused_and_stops_nothing(world: World, above: Province, words: dict[str, Any]) -> None:
    plain = {"upper_number": "T1", "title": "核对", "content": "核对", "due_on": ""}
    above.give("task.send", **(plain | words))
    above.give("task.send", **(plain | {"upper_number": "T2"}))
    above.go()
    assert list(UpperTask.objects.values_list("upper_number", flat=True)) == ["T2"]
    assert [m.state for m in CascadeMessage.objects.filter(way="down").order_by("number")] == ["refused", "done"]


def test_a_message_that_cannot_be_written_gives_way_to_the_next(world: World, above: Province) -> None:
    services.cascade.post("entry.report", "X", {"cycle": "hourly"}, NOW)
    debt = ask(world)
    above.go(2)
    assert CascadeMessage.objects.get(number=1, way="up").state == "refused"
    debt.refresh_from_db()
    assert debt.received_at is not None


def test_without_a_line_nothing_waits_and_debts_are_kept_all_the_same(world: World) -> None:
    world.published()
    debt = ask(world)
    assert not CascadeMessage.objects.exists()
    row = services.move_debt(
        actor=staff((REQUEST_EDIT, REQUEST_ANSWER), org=world.city),
        number=debt.number,
        verb="deliver",
        reason="省里以文件方式给了",
        now=NOW,
    )
    assert row.stage == rules.DELIVERED


def test_catalogues_are_compared_and_what_differs_is_told_again(world: World, above: Province) -> None:
    rows = [world.published(name=f"数据{n}") for n in range(3)]
    above.go(2)
    with above.desk.book.act() as act:
        act.execute("DELETE FROM entry WHERE code = ?", (rows[0].code,))
        act.execute("UPDATE entry SET digest = 'x' WHERE code = ?", (rows[1].code,))
        act.execute("INSERT INTO entry VALUES ('445200', 'none/1', 'U', 1, 'x', 'gone')")
    UpperLink.objects.update(reconciled_at=None)
    above.go()
    line = UpperLink.objects.get()
    assert {each["what"] for each in line.differences} == {"missing", "stale", "surplus"}
    above.go()
    assert above.entries() == {row.code: 1 for row in rows}
    UpperLink.objects.update(reconciled_at=None)
    above.go()
    assert UpperLink.objects.get().differences == []


# debts ----------------------------------------------------------------------------------------------------------------


def test_the_provinces_debt_is_paid_by_the_provinces_word_alone(world: World, above: Province) -> None:
    debt = ask(world)
    assert debt.due_at is not None
    bureau = staff((REQUEST_EDIT, REQUEST_ANSWER), org=world.city)
    with pytest.raises(Refused) as refused:
        services.move_debt(actor=bureau, number=debt.number, verb="deliver", reason="给了", now=NOW)
    assert refused.value.code == "upper_says"
    receipt = {"rows": 120, "resource": "机动车登记信息"}
    above.give("debt.answer", number=debt.number, verdict="delivered", reason="已回流", receipt=receipt)
    above.go(2)
    debt.refresh_from_db()
    assert (debt.stage, debt.receipt) == (rules.DELIVERED, receipt)
    assert Record.objects.filter(kind="exchange.debt", subject=debt.number).count() == 2
    assert Notice.objects.filter(kind="exchange.cascade", person_id=world.clerk.person_id).exists()


def test_a_denied_debt_can_be_insisted_on(world: World, above: Province) -> None:
    debt = ask(world)
    above.give("debt.answer", number=debt.number, verdict="denied", reason="没有这项数据", receipt={})
    above.go()
    later = NOW + timedelta(days=30)
    row = services.move_debt(actor=world.clerk, number=debt.number, verb="insist", reason="省厅有", now=later)
    assert row.stage == rules.OWED
    assert row.due_at is not None
    assert row.due_at > later
    above.go()
    assert [kind for _number, kind in above.taken()] == ["debt.ask", "debt.insist"]


def test_a_debtor_is_reminded_once_a_day(world: World, above: Province) -> None:
    debt = ask(world)
    services.chase_debt(actor=world.clerk, number=debt.number, now=NOW)
    with pytest.raises(Refused) as refused:
        services.chase_debt(actor=world.clerk, number=debt.number, now=NOW + timedelta(hours=23))
    assert refused.value.code == "chased_today"
    services.chase_debt(actor=world.clerk, number=debt.number, now=NOW + timedelta(hours=25))
    above.go()
    assert [kind for _number, kind in above.taken()] == ["debt.ask", "debt.chase", "debt.chase"]


def test_the_citys_debt_to_a_county_is_paid_by_a_delivery_that_arrived(world: World) -> None:
    agreement = world.agreed()
    debt = owed(agreement)
    assert debt.supplier == world.police
    words = {"actor": world.owner, "number": debt.number, "verb": "deliver", "reason": "已送达", "now": NOW}
    for number in ("", agreement.number):
        with pytest.raises(Refused) as refused:
            services.move_debt(**words, agreement=number)
        assert refused.value.code == "debt_unproven"
    services.deliver_begun(agreement, NOW)
    assert services.move_debt(**words, agreement=agreement.number).agreement == agreement


def test_the_database_holds_that_a_paid_debt_has_proof(world: World) -> None:
    debt = owed(world.agreed())
    with pytest.raises(DatabaseError), transaction.atomic():
        DataDebt.objects.filter(pk=debt.pk).update(stage=rules.DELIVERED)


def test_strangers_see_neither_debts_nor_tasks_nor_messages(world: World) -> None:
    debt = owed(world.agreed())
    from_above(upper_number="T1", title="核对", content="核对", due_on="")
    stranger = staff((REQUEST_EDIT,), org=world.bureau)
    with pytest.raises(NotFound):
        reading.get_debt(stranger, debt.number)
    with pytest.raises(NotFound):
        services.move_debt(actor=stranger, number=debt.number, verb="withdraw", reason="", now=NOW)
    assert not reading.visible_tasks(stranger).exists()
    assert not reading.visible_messages(stranger).exists()
    with pytest.raises(NotPermitted):
        services.ask_debt(actor=stranger, org_code=world.county.code, spec=services.DebtSpec(**UPPER), now=NOW)


# tasks and cases ------------------------------------------------------------------------------------------------------


def test_a_task_from_above_is_assigned_answered_sent_back_and_closed(world: World, above: Province) -> None:
    above.give("task.send", upper_number="T9", title="编制目录", content="编制殡葬目录", due_on="2026-04-01")
    above.go()
    row = UpperTask.objects.get()

    def move(actor: Any, verb: str, **more: Any) -> None:
        services.move_task(actor=actor, number=row.number, verb=verb, reason="理由", now=NOW, **more)
        row.refresh_from_db()

    with pytest.raises(Refused) as refused:
        move(world.checker, "assign")
    assert refused.value.where == "org"
    move(world.checker, "assign", org_code=world.police.code)
    task = workflow.open_task_of(workflow.get_case(rules.TASK, row.number))
    assert task is not None
    assert task.org == world.police
    with pytest.raises(NotFound):
        move(world.clerk, "answer")
    move(world.owner, "answer")
    with pytest.raises(Refused):
        move(world.checker, "accepted")
    above.give("task.verdict", upper_number="T9", verdict="returned", reason="不完整")
    above.go(2)
    row.refresh_from_db()
    assert (row.stage, row.verdict) == (rules.ASSIGNING, "不完整")
    move(world.checker, "decline")
    above.give("task.verdict", upper_number="T9", verdict="accepted", reason="")
    above.go(2)
    row.refresh_from_db()
    assert row.stage == rules.CLOSED
    assert [kind for _n, kind in above.taken()] == ["task.answer", "task.answer"]


def test_the_same_task_twice_is_one_and_a_broken_one_stops_nothing(world: World) -> None:
    words = {"upper_number": "T1", "title": "核对", "content": "核对", "due_on": ""}
    from_above(number=1, **words)
    from_above(number=2, **words)
    from_above(number=3, upper_number="T2")
    from_above("debt.answer", number=4, number_="x", verdict="received")
    from_above(number=5, **(words | {"upper_number": "T3", "due_on": "soon"}))
    from_above(number=6, **(words | {"upper_number": "T4"}))
    assert sorted(UpperTask.objects.values_list("upper_number", flat=True)) == ["T1", "T4"]
    assert CascadeMessage.objects.filter(way="down", state="refused").count() == 3
    assert UpperLink.objects.get().taken == 6


def test_a_case_goes_up_and_its_answer_is_told(world: World, above: Province) -> None:
    spec = services.CaseSpec(kind="correction", name="省社保参保信息", content="参保地有误", basis="工单")
    row = services.send_case(actor=world.clerk, org_code=world.county.code, spec=spec, now=NOW)
    above.go(2)
    row.refresh_from_db()
    assert row.state == "received"
    above.give("case.answer", number=row.number, verdict="granted", answer="已更正")
    above.go()
    row.refresh_from_db()
    assert (row.state, row.answer) == ("granted", "已更正")
    assert Notice.objects.filter(kind="exchange.cascade", person_id=world.clerk.person_id).exists()


def test_a_message_and_its_words_stay(world: World) -> None:
    joined()
    services.cascade.post("debt.chase", "X", {"number": "X"}, NOW)
    row = CascadeMessage.objects.get()
    for change in ({"body": {}}, {"number": 9}, {"kind": "void"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CascadeMessage.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
