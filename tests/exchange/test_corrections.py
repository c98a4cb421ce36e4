"""Corrections: reported, verified within the clock, delivered to every copy, ended by themselves, told to who reported."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.hub import PEOPLE, RIGHTS, Office, made, running, until
from tests.exchange.world import ITEMS, World, wrong
from tests.factories.directory import OrgFactory, staff
from tests.outpost.conftest import Pair, empty_pair, pair, scratch_urls

from yunshu.domains.exchange import corrections, services
from yunshu.domains.exchange.choices import DeliveryState
from yunshu.domains.exchange.models import Correction, Delivery, Element
from yunshu.domains.exchange.rules import corrections as rules
from yunshu.domains.exchange.services import deliveries
from yunshu.domains.ledger.models import Record
from yunshu.domains.notify.models import Notice
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

__all__ = ["empty_pair", "pair", "scratch_urls"]


@pytest.fixture
def office(db: None) -> Office:
    return made(World())


def move(office: Office, row: Correction, verb: str, actor: Any = None, reason: str = "已核对户籍底册。") -> Correction:
    return services.move_correction(
        actor=actor or office.world.owner, number=row.number, verb=verb, reason=reason, now=clock.now()
    )


def arrive(delivery: Delivery) -> None:
    """Let a delivery end as one that both nodes signed."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DONE, ended_at=clock.now(), receipt={"receipt": {}}, rows=1
    )


def fail(delivery: Delivery) -> None:
    deliveries.end(delivery, DeliveryState.FAILED, "connection_lost", clock.now(), by="node")


def test_a_wrong_record_reaches_its_source_with_a_clock(office: Office) -> None:
    row = wrong(office.agree(), actor=office.world.clerk)
    assert (row.stage, row.source) == (rules.VERIFYING, office.world.police)
    task = workflow.open_task_of(workflow.get_case(rules.CODE, row.number))
    assert task is not None
    assert task.due_at is not None
    assert Record.objects.filter(kind="exchange.correction", subject=row.number).exists()
    assert corrections.get_correction(office.world.owner, row.number) == row


def test_an_item_that_somebody_else_collects_goes_to_who_collects_it(office: Office) -> None:
    civil = OrgFactory(name="市民政局", parent=office.world.city)
    items = tuple(replace(item, source_org=civil.code) if item.name == "name" else item for item in ITEMS)
    agreement = office.agree(resource=office.world.published(items=items))
    assert wrong(agreement, actor=office.world.clerk).source == civil
    assert wrong(agreement, actor=office.world.clerk, items=["name", "division"]).source == office.world.police


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"items": []}, "items"),
        ({"items": ["no_such"]}, "items"),
        ({"record_key": " "}, "record_key"),
        ({"proposed": ""}, "proposed"),
        ({"grounds": ""}, "grounds"),
    ],
)
def test_a_report_that_lacks_something_is_refused(office: Office, more: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        wrong(office.agree(), actor=office.world.clerk, **more)
    assert refused.value.where == where
    assert not Correction.objects.exists()


def test_a_stranger_neither_reports_for_others_nor_sees_nor_answers(office: Office) -> None:
    agreement = office.agree()
    stranger = staff(RIGHTS, org=office.world.bureau)
    with pytest.raises(NotPermitted):
        wrong(agreement, actor=stranger)
    row = wrong(agreement, actor=office.world.clerk)
    with pytest.raises(NotFound):
        corrections.get_correction(stranger, row.number)
    with pytest.raises(NotFound):
        move(office, row, "correct", stranger)
    with pytest.raises((NotPermitted, Conflict)):
        move(office, row, "correct", office.world.clerk)


def test_a_correction_travels_to_every_copy_and_ends_by_itself(office: Office) -> None:
    agreement, query = office.agree(), office.agree(delivery="query")
    row = move(office, wrong(agreement, actor=office.world.clerk), "correct")
    assert row.stage == rules.SPREADING
    [copy] = corrections.copies_of(row)
    assert (copy.agreement, copy.state) == (agreement, "under_way")
    assert copy.delivery is not None
    assert copy.delivery.is_whole
    assert query not in [each.agreement for each in corrections.copies_of(row)]
    assert services.spread_corrections(now=clock.now()) == 0
    arrive(copy.delivery)
    assert services.spread_corrections(now=clock.now()) == 1
    row.refresh_from_db()
    assert row.stage == rules.SETTLED
    assert (row.record_key, row.said, row.proposed) == ("", "", "")
    assert len(row.subject) == 64
    assert services.spread_corrections(now=clock.now()) == 0
    told = Notice.objects.filter(kind="exchange.correction", person_id=office.world.clerk.person_id)
    assert [each.title.partition("：")[0] for each in told.order_by("pk")] == [
        "数据异议更正送达中",
        "数据已在来源更正",
        "数据异议已更正",
    ]


def test_a_delivery_that_was_ordered_before_the_correction_does_not_count(office: Office) -> None:
    agreement = office.agree()
    early = services.order_delivery(
        actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now() - timedelta(minutes=1)
    )
    row = move(office, wrong(agreement, actor=office.world.clerk), "correct")
    [copy] = corrections.copies_of(row)
    assert (copy.state, copy.delivery) == ("waiting", None)
    assert "交付在进行" in copy.trouble
    arrive(early)
    services.spread_corrections(now=clock.now())
    [copy] = corrections.copies_of(row)
    assert copy.state == "under_way"


def test_a_failed_delivery_is_ordered_again_after_a_while(office: Office) -> None:
    row = move(office, wrong(office.agree(), actor=office.world.clerk), "correct")
    [copy] = corrections.copies_of(row)
    assert copy.delivery is not None
    fail(copy.delivery)
    services.spread_corrections(now=clock.now())
    assert Delivery.objects.count() == 1
    services.spread_corrections(now=clock.now() + timedelta(minutes=3))
    assert Delivery.objects.count() == 2


def test_a_copy_whose_agreement_ends_is_not_waited_for(office: Office) -> None:
    agreement = office.agree()
    row = move(office, wrong(agreement, actor=office.world.clerk), "correct")
    services.move_agreement(
        actor=office.world.clerk, number=agreement.number, verb="revoke", reason="不再需要", now=clock.now()
    )
    assert services.spread_corrections(now=clock.now()) == 1
    row.refresh_from_db()
    assert row.stage == rules.SETTLED


def test_where_nobody_holds_a_copy_it_ends_at_once(office: Office) -> None:
    row = move(office, wrong(office.agree(delivery="query"), actor=office.world.clerk), "correct")
    assert row.stage == rules.SETTLED


def test_copies_of_the_same_element_from_the_same_source_are_corrected_too(office: Office) -> None:
    Element.objects.create(code="DE1", name="姓名", data_type="C")
    items = tuple(replace(item, element="DE1") if item.name == "name" else item for item in ITEMS)
    first = office.agree(resource=office.world.published(items=items))
    renamed = tuple(replace(item, name="xm") if item.name == "name" else item for item in items)
    other = office.world.published(name="常住人口", items=renamed)
    row_items = {"id_number": "hash", "xm": "partial", "division": "keep"}
    asked = office.world.to_answer(office.world.request(other, items=tuple(row_items), **_term()))
    answer = services.AnswerSpec(masks=office.world.answer(**{"xm": "partial"}).masks | {}, opinion="同意")
    masks = {name: mask for name, mask in answer.masks.items() if name in row_items}
    office.world.step(office.world.owner, asked, "grant", answer=replace(answer, masks=masks))
    row = move(office, wrong(first, actor=office.world.clerk), "correct")
    assert {each.agreement.resource for each in corrections.copies_of(row)} == {first.resource, other}


def _term() -> dict[str, Any]:
    today = clock.city_date(clock.now())
    return {"starts_on": today, "ends_on": today + timedelta(days=200)}


def test_who_is_told_that_it_is_right_may_object_and_the_bureau_decides(office: Office) -> None:
    row = wrong(office.agree(), actor=office.world.clerk)
    with pytest.raises(Refused):
        move(office, row, "uphold", reason=" ")
    move(office, row, "uphold")
    move(office, row, "object", office.world.clerk)
    row = move(office, row, "mediate_correct", office.world.checker)
    assert row.stage == rules.VERIFYING
    row = move(office, row, "correct")
    assert row.stage == rules.SPREADING


@pytest.mark.slow
def test_the_right_value_arrives_in_the_consumers_table(committed_db: object, pair: Pair, tmp_path: Path) -> None:
    pair.source.execute(PEOPLE)
    office = made(World())
    agreement = office.agree()
    who = f"{2:018d}"
    with running(tmp_path, office, pair):
        first = services.order_delivery(
            actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
        )
        until(lambda: done(first))
        row = wrong(agreement, actor=office.world.clerk, record_key=who, proposed="李四")
        pair.source.execute("UPDATE person SET name = '李四' WHERE id_number = %s", [who])
        move(office, row, "correct")
        until(lambda: services.spread_corrections(now=clock.now()) == 1)
        assert pair.target.execute("SELECT count(*) FROM incoming.person WHERE name = '李*'").fetchone() == (1,)


def done(delivery: Delivery) -> bool:
    delivery.refresh_from_db()
    return delivery.state == DeliveryState.DONE and delivery.stream_closed
