"""Deliveries through the real thing: hub, NATS, two nodes, two databases; what stops them; who may do what."""

import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.exchange.hub import PEOPLE, RIGHTS, Office, made, running, until
from tests.exchange.world import NOW, World
from tests.factories.directory import staff
from tests.outpost.conftest import Pair, empty_pair, pair, scratch_urls

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import DeliveryState
from yunshu.domains.exchange.models import Delivery, NodeOrder, NodeReport, Resource, Route
from yunshu.domains.exchange.rules import deliveries as rules
from yunshu.domains.exchange.services import deliveries, switching
from yunshu.domains.ledger.models import Record
from yunshu.domains.notify.models import Notice
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes import orders

__all__ = ["empty_pair", "pair", "scratch_urls"]


@pytest.fixture
def office(db: None) -> Office:
    return made(World())


# without a hub --------------------------------------------------------------------------------------------------------


def test_a_node_is_let_in_only_by_its_own_fingerprint(office: Office) -> None:
    other = node_keys.generate(office.world.police.code, "n2", now=NOW)
    with pytest.raises(Refused, match="指纹"):
        services.enrol_node(
            actor=office.operator, card=other.signed_card, fingerprint=office.police.card.fingerprint, now=NOW
        )
    with pytest.raises(NotPermitted):
        services.enrol_node(
            actor=office.world.owner, card=other.signed_card, fingerprint=other.card.fingerprint, now=NOW
        )
    with pytest.raises(Refused, match="已登记"):
        office.enrol(office.police)
    renewed = node_keys.generate(office.world.police.code, "n1", now=NOW, version=2)
    office.enrol(renewed)
    assert services.card_of(selectors.get_node(office.operator, office.world.police.code, "n1")) == renewed.card


def test_an_agreement_finds_its_way_by_itself_where_each_side_has_one_node(office: Office) -> None:
    route = Route.objects.get(agreement=office.agree())
    assert (str(route.source_node.org.code), route.source_table) == (office.world.police.code, "public.person")
    assert (route.target_node.org.code, route.target_table) == (office.world.county.code, "person")


def test_each_side_sets_its_own_end_only(office: Office) -> None:
    agreement = office.agree()
    save = services.save_route
    with pytest.raises(NotPermitted):
        save(actor=office.world.owner, agreement=agreement.number, spec=services.RouteSpec(target_table="x"), now=NOW)
    with pytest.raises(NotPermitted):
        save(actor=office.world.clerk, agreement=agreement.number, spec=services.RouteSpec(source_table="x"), now=NOW)
    spec = services.RouteSpec(source_node="n9")
    with pytest.raises(Refused, match="本单位"):
        save(actor=office.world.owner, agreement=agreement.number, spec=spec, now=NOW)
    save(actor=office.world.clerk, agreement=agreement.number, spec=services.RouteSpec(target_table="mine"), now=NOW)
    assert Route.objects.get(agreement=agreement).target_table == "mine"


def test_two_agreements_never_write_to_one_table(office: Office) -> None:
    first, second = office.agree(), office.agree()
    assert Route.objects.get(agreement=second).target_table == "person_2"
    spec = services.RouteSpec(target_table="person")
    with pytest.raises(Refused, match="换一个表名"):
        services.save_route(actor=office.world.clerk, agreement=second.number, spec=spec, now=NOW)
    services.move_agreement(
        actor=office.world.clerk, number=first.number, verb="revoke", reason="换协议", now=clock.now()
    )
    services.save_route(actor=office.world.clerk, agreement=second.number, spec=spec, now=NOW)


def test_orders_carry_the_agreed_items_and_nothing_else(office: Office) -> None:
    agreement = office.agree()
    services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=False, now=clock.now())
    receive, send = NodeOrder.objects.order_by("pk")
    assert (receive.words["spec"]["role"], send.words["spec"]["role"]) == ("receive", "send")
    fields = send.words["spec"]["fields"]
    assert [field["name"] for field in fields] == ["id_number", "name", "division"]
    assert fields[0]["mask"] == {"mask": "hash"}
    assert send.words["spec"]["rows"] == {"is": "in", "column": "division", "values": ["445202"]}
    with pytest.raises(Conflict):
        services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=False, now=clock.now())


def test_a_followed_table_is_sent_whole_then_by_its_log_until_the_agreement_ends(office: Office) -> None:
    agreement, now = office.agree(), clock.now()
    follow = services.RouteSpec(mode="follow")
    services.save_route(actor=office.world.clerk, agreement=agreement.number, spec=follow, now=now)
    first = services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=False, now=now)
    assert [(o["mode"], o["follow"], o["since"]) for o in first.spec["orders"]] == [("refresh", True, "")] * 2
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.DONE, ended_at=now, receipt={"receipt": {}}, rows=1)
    second = services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=False, now=now)
    assert {o["since"] for o in second.spec["orders"]} == {first.number}
    deliveries.end(second, DeliveryState.STOPPED, "stopped_by_hand", now, by="test")
    services.move_agreement(actor=office.world.owner, number=agreement.number, verb="revoke", reason="Over", now=now)
    last = NodeOrder.objects.filter(delivery=second, verb="stop").order_by("-pk")[0]
    assert (last.node, last.words["spec"]["end_following"]) == (second.source_node, True)


def test_a_followed_table_between_two_databases_of_one_node_is_compared_as_a_whole() -> None:
    end = rules.End(org="1", node="n1", database="main", table="t")
    terms = {"resource": "R", "fields": [], "rows": None}
    [order] = rules.specs(terms, end, end, mode="follow", suite="x", watermark="", since="")
    assert (order["mode"], order["follow"]) == ("refresh", False)


def test_an_answer_to_a_query_is_never_encrypted_by_column(office: Office) -> None:
    world = office.world
    rows = [world.to_answer(world.request(world.published(), delivery=way)) for way in ("table", "query")]
    world.step(world.owner, rows[0], "grant", answer=world.answer(name="encrypt"))
    with pytest.raises(Refused):
        world.step(world.owner, rows[1], "grant", answer=world.answer(name="encrypt"))


def test_a_foreign_organisation_sees_and_orders_nothing(office: Office) -> None:
    agreement = office.agree()
    delivery = services.order_delivery(
        actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
    )
    foreign = staff(RIGHTS, org=office.world.bureau)
    assert not selectors.visible_deliveries(foreign).exists()
    with pytest.raises(NotFound):
        services.stop_delivery(actor=foreign, number=delivery.number, reason="x", now=NOW)
    with pytest.raises(NotFound):
        services.order_delivery(actor=foreign, agreement=agreement.number, whole=True, now=NOW)


def test_revoking_stops_a_running_delivery_and_leaves_nothing_behind(office: Office) -> None:
    agreement = office.agree()
    delivery = services.order_delivery(
        actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
    )
    services.move_agreement(
        actor=office.world.owner, number=agreement.number, verb="revoke", reason="不再需要", now=clock.now()
    )
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure_code) == (DeliveryState.STOPPED, "agreement_ended")
    stops = NodeOrder.objects.filter(verb="stop")
    assert [each.words["spec"]["discard"] for each in stops] == [True, True]
    with pytest.raises(Refused, match="没有生效"):
        services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now())


def test_the_clock_begins_what_is_due_once(office: Office) -> None:
    agreement = office.agree()
    now = clock.now() + timedelta(seconds=1)
    assert services.render_due(now=now) == 1
    assert services.render_due(now=now) == 0
    route = Route.objects.get(agreement=agreement)
    assert route.next_at == now + timedelta(days=1)


def test_what_nobody_signed_is_not_taken(office: Office) -> None:
    stranger = node_keys.generate(office.world.county.code, "n1", now=NOW)
    report = orders.new_report(orders.News.HEALTH, stranger.card, details={"version": "9"}, now=NOW)
    with pytest.raises(Refused):
        switching.take_report(orders.write_report(report, stranger.signers), NOW)
    assert not NodeReport.objects.exists()


def test_a_report_that_comes_twice_counts_once(office: Office) -> None:
    agreement = office.agree()
    delivery = services.order_delivery(
        actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
    )
    order = switching.waiting_orders()[1].order
    details = {"code": "source_drifted", "message": "person: name missing"}
    report = orders.new_report(orders.News.FAILED, office.police.card, order=order, details=details, now=NOW)
    letter = orders.write_report(report, office.police.signers)
    for _time in range(2):
        switching.take_report(letter, clock.now())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure_code) == (DeliveryState.FAILED, "source_drifted")
    assert Route.objects.get(agreement=agreement).failures == 1
    assert NodeReport.objects.count() == 1


def test_the_other_nodes_word_about_a_receipt_does_not_count(office: Office) -> None:
    """The consumer's node alone cannot make a delivery look arrived."""
    agreement = office.agree()
    delivery = services.order_delivery(
        actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
    )
    order = switching.waiting_orders()[0].order
    forged = {"receipt": {"receipt": {}, "source": {}, "target": {}}}
    report = orders.new_report(orders.News.RECEIPT, office.county.card, order=order, details=forged, now=NOW)
    switching.take_report(orders.write_report(report, office.county.signers), clock.now())
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.RUNNING


def test_both_sides_and_the_bureau_are_told_when_deliveries_keep_failing(office: Office) -> None:
    agreement = office.agree()
    for _time in range(rules.TOLD_AFTER):
        assert not Notice.objects.filter(kind="exchange.delivery").exists()
        services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now())
        row = Delivery.objects.get(ended_at__isnull=True)
        deliveries.end(row, DeliveryState.FAILED, "connection_lost", clock.now(), by="node")
    told = set(Notice.objects.filter(kind="exchange.delivery").values_list("person_id", flat=True))
    assert told > {each.person_id for each in (office.operator, office.world.owner, office.world.clerk)}
    assert office.world.checker.person_id not in told


def test_both_sides_are_told_when_an_agreement_ends(office: Office) -> None:
    agreement = office.agree()
    services.move_agreement(
        actor=office.world.owner, number=agreement.number, verb="suspend", reason="核查", now=clock.now()
    )
    notices = Notice.objects.filter(kind="exchange.delivery")
    told = {each.person_id for each in notices}
    assert told > {office.world.owner.person_id, office.world.clerk.person_id}
    assert not told & {office.world.checker.person_id, office.operator.person_id}
    assert "核查" in notices[0].body


@pytest.mark.parametrize(("failures", "minutes"), [(1, 2), (2, 4), (3, 8), (99, 360)])
def test_a_failure_is_tried_again_ever_more_slowly(failures: int, minutes: int) -> None:
    assert rules.again_at(failures, NOW) == NOW + timedelta(minutes=minutes)


# with a hub -----------------------------------------------------------------------------------------------------------


def ended(delivery: Delivery) -> bool:
    delivery.refresh_from_db()
    return delivery.ended_at is not None and delivery.stream_closed


@pytest.mark.slow
def test_a_delivery_arrives_receipted_on_the_ledger_and_a_barred_node_gets_no_more(
    committed_db: object, pair: Pair, tmp_path: Path
) -> None:
    pair.source.execute(PEOPLE)
    office = made(World())
    agreement = office.agree()
    with running(tmp_path, office, pair):
        delivery = services.order_delivery(
            actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
        )
        until(lambda: ended(delivery))
        assert (delivery.state, delivery.failure) == (DeliveryState.DONE, "")
        assert (delivery.rows, delivery.quarantined) == (200, 0)
        came = pair.target.execute("SELECT * FROM incoming.person").fetchall()
        assert len(came) == 200
        assert {row[2] for row in came} == {"445202"}
        assert all(row[1].startswith("张*") and len(row[0]) == 64 for row in came)
        assert Record.objects.filter(kind="exchange.receipt", subject=delivery.number).count() == 1
        agreement.refresh_from_db()
        assert agreement.last_delivered_at == delivery.ended_at
        assert Resource.objects.get(pk=agreement.resource_id).fresh_until == delivery.ended_at + timedelta(days=1)
        seen = selectors.get_node(office.operator, office.world.police.code, "n1")
        until(lambda: (seen.refresh_from_db(), seen.program_version == "test")[1])

        services.bar_node(
            actor=office.operator, org=office.world.county.code, name="n1", reason="密钥被盗", now=clock.now()
        )
        with pytest.raises(Refused, match="切断"):
            services.order_delivery(actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now())
        barred = selectors.get_node(office.operator, office.world.county.code, "n1")
        last = barred.last_seen_at
        threading.Event().wait(2)
        barred.refresh_from_db()
        threading.Event().wait(1.5)
        again = selectors.get_node(office.operator, office.world.county.code, "n1").last_seen_at
        assert again == barred.last_seen_at
        assert last is not None


@pytest.mark.slow
def test_what_fails_is_told_with_its_reason_and_both_nodes_let_go(
    committed_db: object, pair: Pair, tmp_path: Path
) -> None:
    office = made(World())
    agreement = office.agree()
    with running(tmp_path, office, pair):
        delivery = services.order_delivery(
            actor=office.world.clerk, agreement=agreement.number, whole=True, now=clock.now()
        )
        until(lambda: ended(delivery))
    assert (delivery.state, delivery.failure_code) == (DeliveryState.FAILED, "table_missing")
    assert Route.objects.get(agreement=agreement).failures == 1
    with psycopg.connect(pair.target_url) as connection:
        assert connection.execute("SELECT to_regclass('incoming.person')").fetchone() == (None,)
