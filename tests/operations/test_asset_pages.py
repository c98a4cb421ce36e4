"""Pages of assets: what a keeper does there, what a reader may not, labels, the phone, the workbook."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW
from yunshu.domains.operations.models import Asset, AssetModel, Stocktake

pytestmark = pytest.mark.django_db


@pytest.fixture
def org(db: None) -> Org:
    AssetModel.objects.create(code="m1", kind="desktop", maker="Maker", name="M1")
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Client:
    return signed_in_client(staff_person((ASSET_VIEW, ASSET_EDIT), org=org))


@pytest.fixture
def reader(org: Org) -> Client:
    return signed_in_client(staff_person((ASSET_VIEW,), org=org))


def registered(keeper: Client, org: Org, serial: str = "S1", **more: str) -> Asset:
    words = {"org": org.code, "kind": "desktop", "model": "m1", "serial": serial} | more
    answer = keeper.post(reverse("operations:new_asset"), words)
    assert answer.status_code == 302, answer.content.decode()
    return Asset.objects.get(serial=serial)


def page(client: Client, name: str, *args: str, **query: str) -> str:
    answer = client.get(reverse(f"operations:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_keeper_registers_moves_and_corrects_on_pages(keeper: Client, org: Org) -> None:
    row = registered(keeper, org, location="库房")
    address = reverse("operations:asset", args=[row.number])
    refused = keeper.post(address, {"verb": "recover"})
    assert refused.status_code == 422
    assert "请填写事由" in refused.content.decode()
    assert keeper.post(address, {"verb": "issue", "holder": "示例"}).status_code == 302
    edited = {
        "kind": "desktop",
        "model": "m1",
        "serial": "S1",
        "bought_on": "2026-03-02",
        "warranty_until": "2026-03-01",
    }
    wrong = keeper.post(reverse("operations:edit_asset", args=[row.number]), edited)
    assert "保修截止不能早于购置日期" in wrong.content.decode()
    shown = page(keeper, "asset", row.number)
    assert all(word in shown for word in ("领用", "登记入库", "库房", "示例"))


def test_a_twin_is_named_at_its_field(keeper: Client, org: Org) -> None:
    registered(keeper, org)
    again = keeper.post(
        reverse("operations:new_asset"), {"org": org.code, "kind": "desktop", "model": "m1", "serial": "S1"}
    )
    assert (again.status_code, "该型号已有相同序列号的资产" in again.content.decode()) == (422, True)


def test_a_reader_reads_and_changes_nothing(keeper: Client, reader: Client, org: Org) -> None:
    row = registered(keeper, org)
    assert row.number in page(reader, "assets")
    assert "登记变动" not in page(reader, "asset", row.number)
    assert reader.get(reverse("operations:new_asset")).status_code == 403
    assert reader.post(reverse("operations:asset", args=[row.number]), {"verb": "issue"}).status_code == 200
    row.refresh_from_db()
    assert row.state == "in_stock"


def test_a_stranger_is_told_that_there_is_no_such_asset(keeper: Client, org: Org) -> None:
    row = registered(keeper, org)
    stranger = signed_in_client(staff_person((ASSET_VIEW,)))
    for name in ("asset", "seen"):
        assert stranger.get(reverse(f"operations:{name}", args=[row.number])).status_code == 404


def test_labels_are_printed_for_what_the_list_shows(keeper: Client, org: Org) -> None:
    one, other = registered(keeper, org), registered(keeper, org, "S2")
    shown = page(keeper, "labels", q="S1")
    assert one.number in shown
    assert other.number not in shown
    assert shown.count("<svg") >= 1


def test_a_scanned_label_records_the_thing_in_the_open_stock_taking(keeper: Client, org: Org) -> None:
    row = registered(keeper, org, location="501")
    keeper.post(reverse("operations:start_stocktake"), {"org": org.code, "title": "年度盘点"})
    take = Stocktake.objects.get()
    address = reverse("operations:seen", args=[row.number])
    assert "记为已见到" in keeper.get(address).content.decode()
    assert "位置不符" in keeper.post(address, {"code": row.number, "location": "502"}).content.decode()
    by_hand = keeper.post(
        reverse("operations:scan", args=[take.number]), {"code": "S1", "location": "501"}, follow=True
    )
    assert "账实相符" in by_hand.content.decode()
    signed = keeper.post(reverse("operations:close_stocktake", args=[take.number]), {"conclusion": "相符。"})
    assert signed.status_code == 302
    assert "相符。" in page(keeper, "stocktake", take.number)
    assert "年度盘点" in page(keeper, "stocktakes")


def workbook(*rows: Any) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("assets.xlsx", out.getvalue())


HEAD = ("使用单位", "资产类别", "型号代码", "序列号", "使用人", "购置日期")


def upload(keeper: Client, *rows: Any) -> Any:
    return keeper.post(reverse("operations:import_assets"), {"file": workbook(HEAD, *rows)})


def test_a_workbook_is_looked_at_first_and_written_whole(keeper: Client, org: Org) -> None:
    answer = upload(
        keeper, (org.code, "台式计算机", "m1", "S1", "示例", "2026-03-01"), (org.name, "打印机", "", "S2", "", "")
    )
    assert (answer.status_code, Asset.objects.count()) == (200, 0)
    sealed = answer.context["sealed"]
    assert keeper.post(reverse("operations:import_assets"), {"sealed": sealed}).status_code == 302
    assert set(Asset.objects.values_list("serial", "state")) == {("S1", "in_use"), ("S2", "in_stock")}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("no-such", "台式计算机", "", "S1", "", ""), "不存在"),
        (("{org}", "飞机", "", "S1", "", ""), "“飞机”不在类别表中，可填：台式计算机、"),
        (("{org}", "台式计算机", "m9", "S1", "", ""), "型号不存在"),
        (("{org}", "台式计算机", "m1", "S1", "", "三月"), "不是日期"),
        (("{org}", "台式计算机", "m1", "S1", "", "2026年2月30日"), "不是日期"),
        (("{org}", "台式计算机", "m1", "S1", "", "2026-3/1"), "不是日期"),
        (("{org}", "台式计算机", "m1", "S2", "", ""), "重复"),
    ],
)
def test_a_workbook_with_one_bad_row_writes_nothing(keeper: Client, org: Org, row: Any, why: str) -> None:
    bad = tuple(text.format(org=org.code) for text in row)
    answer = upload(keeper, (org.code, "台式计算机", "m1", "S2", "", ""), bad)
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    sealed = answer.context["sealed"]
    assert keeper.post(reverse("operations:import_assets"), {"sealed": sealed}).status_code == 422
    assert not Asset.objects.exists()


@pytest.mark.parametrize("text", ["2026-11-01", "2026/11/1", "2026年11月1日", "2026 年 11 月 1 日", "2026.11.01"])
def test_a_day_is_read_as_people_write_it_and_the_unit_is_named_beside_its_code(
    keeper: Client, org: Org, text: str
) -> None:
    answer = upload(keeper, (org.code, "台式计算机", "", "S1", "", text))
    assert [row.spec.bought_on for row in answer.context["rows"]] == [date(2026, 11, 1)]
    assert f'{org.name} <code class="muted">{org.code}</code>' in answer.content.decode()


def test_rows_altered_between_looking_and_confirming_are_not_taken(keeper: Client, org: Org) -> None:
    answer = upload(keeper, (org.code, "台式计算机", "m1", "S1", "", ""))
    sealed = answer.context["sealed"]
    assert keeper.post(reverse("operations:import_assets"), {"sealed": sealed[:-2] + "xx"}).status_code == 422
    assert not Asset.objects.exists()


def test_what_is_no_workbook_is_refused_in_words(keeper: Client) -> None:
    file = SimpleUploadedFile("a.xlsx", b"PK not a workbook")
    answer = keeper.post(reverse("operations:import_assets"), {"file": file})
    assert (answer.status_code, "读不出这个文件" in answer.content.decode()) == (422, True)


def test_the_template_has_the_head_that_the_import_reads(keeper: Client, org: Org) -> None:
    answer = keeper.get(reverse("operations:import_template"))
    book = load_workbook(io.BytesIO(answer.content))
    head = [cell.value for cell in book.worksheets[0][1]]
    filled = dict.fromkeys(head, "") | {"使用单位": org.code, "资产类别": "打印机"}
    file = workbook(head, list(filled.values()))
    assert keeper.post(reverse("operations:import_assets"), {"file": file}).status_code == 200
