"""Assets in the books: registered, moved, counted; what the database refuses whoever asks."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger.models import Record
from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW
from yunshu.domains.operations.models import Asset, AssetModel, Movement, StocktakeScan
from yunshu.domains.operations.selectors import assets as selectors
from yunshu.domains.operations.services import assets as services
from yunshu.domains.operations.services import stocktaking
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture
def org(db: None) -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Staff:
    return staff((ASSET_VIEW, ASSET_EDIT), org=org)


def registered(keeper: Staff, org: Org, serial: str = "S1", **more: Any) -> Asset:
    AssetModel.objects.get_or_create(code="m1", defaults={"kind": "desktop", "maker": "Maker", "name": "M1"})
    spec = services.AssetSpec(kind="desktop", model="m1", serial=serial)
    return services.register_asset(actor=keeper, org=org.code, spec=spec, now=NOW, **more)


def move(keeper: Staff, row: Asset, verb: str, **more: Any) -> Asset:
    spec = services.MoveSpec(verb=verb, **({"reason": "事由"} | more))
    return services.move_asset(actor=keeper, number=row.number, move=spec, now=NOW)


def test_what_somebody_holds_is_in_use_and_what_nobody_holds_in_stock(keeper: Staff, org: Org) -> None:
    assert registered(keeper, org).state == "in_stock"
    assert registered(keeper, org, "S2", holder="示例").state == "in_use"


def test_a_life_from_stock_to_disposal_stands_movement_by_movement_and_on_the_ledger(keeper: Staff, org: Org) -> None:
    row = registered(keeper, org, location="库房")
    move(keeper, row, "issue", holder="示例", location="501")
    for verb in ("recover", "erase", "dispose"):
        move(keeper, row, verb)
    row.refresh_from_db()
    assert (row.state, row.holder, row.moves) == ("disposed", "", 5)
    told = [m.verb for m in selectors.movements_of(row)][::-1]
    assert told == ["register", "issue", "recover", "erase", "dispose"]
    assert Record.objects.filter(kind="operations.asset", subject=row.number).count() == 5


@pytest.mark.parametrize(
    ("verb", "more", "error", "code"),
    [
        ("erase", {}, Conflict, "verb_not_possible"),
        ("send_repair", {"reason": " "}, Refused, "reason_missing"),
        ("transfer", {}, Refused, "place_missing"),
        ("relocate", {}, Refused, "place_missing"),
        ("no_such_verb", {}, Conflict, "verb_not_possible"),
    ],
)
def test_a_movement_that_may_not_be_is_refused(
    keeper: Staff, org: Org, verb: str, more: dict[str, str], error: type[Exception], code: str
) -> None:
    row = registered(keeper, org)
    with pytest.raises(error) as refused:
        move(keeper, row, verb, **more)
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert row.movements.count() == 1


def test_a_serial_of_a_model_stands_once(keeper: Staff, org: Org) -> None:
    registered(keeper, org)
    with pytest.raises(Refused, match="序列号"):
        registered(keeper, org)


def test_a_transfer_needs_the_right_at_both_ends(keeper: Staff, org: Org) -> None:
    row, below, other = registered(keeper, org), OrgFactory(parent=org), OrgFactory()
    with pytest.raises(NotPermitted):
        move(keeper, row, "transfer", org=other.code)
    assert move(keeper, row, "transfer", org=below.code).org == below


def test_a_stranger_finds_no_asset_and_a_reader_moves_none(keeper: Staff, org: Org) -> None:
    row = registered(keeper, org)
    with pytest.raises(NotFound):
        move(staff((ASSET_VIEW, ASSET_EDIT)), row, "issue")
    with pytest.raises(NotPermitted):
        move(staff((ASSET_VIEW,), org=org), row, "issue")


def test_several_move_together_or_none(keeper: Staff, org: Org) -> None:
    rows = [registered(keeper, org, f"S{n}") for n in range(3)]
    move(keeper, rows[2], "write_off")
    numbers = [r.number for r in rows]
    with pytest.raises(Conflict):
        services.move_assets(actor=keeper, numbers=numbers, move=services.MoveSpec(verb="issue"), now=NOW)
    assert set(Asset.objects.values_list("state", flat=True)) == {"in_stock", "missing"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations_asset SET state = 'disposed'",
        "UPDATE operations_asset SET location = 'elsewhere'",
        "UPDATE operations_asset SET number = 'ZC-other'",
        "DELETE FROM operations_asset",
        "UPDATE operations_movement SET reason = 'another'",
        "DELETE FROM operations_movement",
        "INSERT INTO operations_movement (asset_id, seq, verb, source, target, org_id, location, holder, reason,"
        " reference, by, at) SELECT id, 2, 'dispose', 'in_stock', 'disposed', org_id, '', '', '', '', 'x', now()"
        " FROM operations_asset",
        "INSERT INTO operations_movement (asset_id, seq, verb, source, target, org_id, location, holder, reason,"
        " reference, by, at) SELECT id, 2, 'erase', 'recovered', 'erased', org_id, '', '', '', '', 'x', now()"
        " FROM operations_asset",
        "INSERT INTO operations_movement (asset_id, seq, verb, source, target, org_id, location, holder, reason,"
        " reference, by, at) SELECT id, 9, 'issue', 'in_stock', 'in_use', org_id, '', '', '', '', 'x', now()"
        " FROM operations_asset",
    ],
)
def test_the_database_lets_no_asset_move_without_an_allowed_movement(keeper: Staff, org: Org, statement: str) -> None:
    registered(keeper, org)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def counted(keeper: Staff, org: Org) -> tuple[Any, list[Asset]]:
    rows = [registered(keeper, org, f"S{n}", location="501") for n in range(3)]
    take = stocktaking.start_stocktake(actor=keeper, org=org.code, title="年度盘点", with_below=False, now=NOW)
    return take, rows


def scan(keeper: Staff, take: Any, code: str, location: str = "") -> StocktakeScan:
    return stocktaking.record_scan(actor=keeper, number=take.number, code=code, location=location, now=NOW)


def test_a_stock_taking_says_what_was_found_misplaced_surplus_and_missing(keeper: Staff, org: Org) -> None:
    take, rows = counted(keeper, org)
    stranger = registered(keeper, org, "S9")
    assert scan(keeper, take, f"https://x.test/a/{rows[0].number}/", "501").outcome == "found"
    assert scan(keeper, take, "S1", "楼道").outcome == "misplaced"
    assert scan(keeper, take, stranger.number).outcome == "surplus"
    assert scan(keeper, take, "没有标签的打印机").outcome == "surplus"
    count = selectors.count_of(take)
    assert (count.expected, count.found, count.misplaced, count.surplus, count.missing) == (3, 1, 1, 2, 1)
    assert [line.asset for line in selectors.missing_lines(take)] == [rows[2]]


def test_the_newest_record_of_a_thing_counts(keeper: Staff, org: Org) -> None:
    take, rows = counted(keeper, org)
    scan(keeper, take, rows[0].number, "502")
    scan(keeper, take, rows[0].number, "501")
    assert (selectors.count_of(take).misplaced, selectors.count_of(take).found) == (0, 1)


def test_a_report_is_signed_once_and_stays(keeper: Staff, org: Org) -> None:
    take, rows = counted(keeper, org)
    scan(keeper, take, rows[0].number)
    done = stocktaking.close_stocktake(actor=keeper, number=take.number, conclusion="两台待查。", now=NOW)
    assert done.report["counts"]["missing"] == 2
    assert Record.objects.filter(kind="operations.stocktake", subject=take.number).count() == 2
    with pytest.raises(Conflict):
        scan(keeper, take, rows[1].number)
    for act in (
        lambda: StocktakeScan.objects.create(stocktake=take, code="x", outcome="surplus", by="x", at=NOW),
        lambda: type(take).objects.filter(pk=take.pk).update(conclusion="别的"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_an_organisation_counts_once_at_a_time_and_not_nothing(keeper: Staff, org: Org) -> None:
    with pytest.raises(Refused, match="没有需要盘点"):
        stocktaking.start_stocktake(actor=keeper, org=org.code, title="盘点", with_below=False, now=NOW)
    counted(keeper, org)
    with pytest.raises(Conflict, match="尚未结束"):
        stocktaking.start_stocktake(actor=keeper, org=org.code, title="盘点", with_below=False, now=NOW)


def test_a_serial_that_two_things_bear_is_not_guessed(keeper: Staff, org: Org) -> None:
    take, _rows = counted(keeper, org)
    spec = services.AssetSpec(kind="printer", serial="S1")
    services.register_asset(actor=keeper, org=org.code, spec=spec, now=NOW)
    with pytest.raises(Refused, match="多件资产"):
        scan(keeper, take, "S1")


def test_corrections_of_what_is_known_are_on_the_ledger_with_before_and_after(keeper: Staff, org: Org) -> None:
    row = registered(keeper, org)
    spec = services.AssetSpec(kind="desktop", model="m1", serial="S1", warranty_until=date(2029, 3, 1))
    services.change_asset(actor=keeper, number=row.number, spec=spec, now=NOW)
    services.change_asset(actor=keeper, number=row.number, spec=spec, now=NOW)
    assert Record.objects.filter(kind="operations.asset", subject=row.number).count() == 2
    assert Movement.objects.count() == 1
