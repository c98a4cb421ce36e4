"""A list page: filters in the address, export of what is shown, actions on what is ticked, few queries."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from yunshu.domains.directory.models import Org
from yunshu.lib.ui.lists.export import disarmed, rearmed

pytestmark = pytest.mark.django_db
READER = {"X-Viewer": "reader"}
EDITOR = {"X-Viewer": "editor"}


@pytest.fixture
def orgs():
    root = Org.objects.create(code="C00", name="示例市", kind=Org.Kind.CITY, path="/c/")
    made = [
        Org(
            code=f"C{n:02}",
            name=f"=示例{n}",
            kind=Org.Kind.OFFICE if n % 2 else Org.Kind.BUREAU,
            path=f"/c/{n}/",
            parent=root,
        )
        for n in range(1, 12)
    ]
    return [root, *Org.objects.bulk_create(made)]


def rows_of(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_filters_narrow_and_can_be_taken_off(ui, orgs):
    page = ui.get("/orgs/?q=示例&kind=office", headers=READER).content.decode()
    assert "共 6 条" in page
    assert 'href="/orgs/?q=%E7%A4%BA%E4%BE%8B"' in page


def test_a_value_that_makes_no_sense_narrows_nothing(ui, orgs):
    assert (
        "共 12 条" in ui.get("/orgs/?kind=castle&is_active=7&sort=-nonsense&after=???", headers=READER).content.decode()
    )


def test_nothing_found_says_how_to_go_on(ui, orgs):
    page = ui.get("/orgs/?q=没有这样的", headers=READER).content.decode()
    assert "没有符合条件的记录" in page
    assert "清除筛选" in page


def test_an_empty_list_does_not_speak_of_filters(ui):
    assert "还没有记录" in ui.get("/orgs/", headers=READER).content.decode()


def test_htmx_gets_the_list_alone_and_a_clean_address(ui, orgs):
    response = ui.get("/orgs/?q=&kind=office", headers={**READER, "HX-Request": "true"})
    assert response["HX-Push-Url"] == "/orgs/?kind=office"
    assert "<html" not in response.content.decode()


def test_columns_are_chosen_and_remembered(ui, orgs):
    ui.get("/orgs/?cols=code&cols=uscc", headers=READER)
    page = ui.get("/orgs/", headers=READER).content.decode()
    assert "信用代码</" in page
    assert page.count('scope="col"') == 2


def test_the_export_is_what_is_shown_up_to_the_limit(ui, orgs):
    rows = rows_of(ui.get("/orgs/?sort=-code&cols=code&cols=name&format=csv", headers=READER))
    assert rows[:2] == [["机构编码", "机构名称"], ["C11", "'=示例11"]]
    assert rows[-1] == ["只导出前 8 条，请缩小筛选范围。"]
    assert len(rows) == 1 + 8 + 1


def test_a_workbook_holds_formulas_as_text(ui, orgs):
    response = ui.get("/orgs/?q=示例11&format=xlsx", headers=READER)
    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    assert [cell.data_type for cell in sheet[2]] == ["s"] * 4
    assert sheet["B2"].value == "=示例11"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-3", "@x", "\ttab", "平常", "'quoted", ""])
def test_disarming_is_undone_on_the_way_back(text):
    assert rearmed(disarmed(text)) == text
    assert not disarmed(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_number_of_queries_does_not_grow_with_the_rows(ui, orgs):
    counts = []
    for address in ("/orgs/?q=示例11", "/orgs/"):
        with CaptureQueriesContext(connection) as queries:
            ui.get(address, headers=READER)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_an_action_asks_first_and_touches_only_what_was_ticked(ui, orgs):
    ticked = [org.pk for org in orgs[1:3]]
    asked = ui.post("/orgs/", {"action": "off", "id": ticked}, headers=EDITOR)
    assert "停用后不能再选。" in asked.content.decode()
    assert not Org.objects.filter(is_active=False).exists()

    ui.post("/orgs/", {"action": "off", "id": ticked, "confirmed": "1"}, headers=EDITOR)
    assert set(Org.objects.filter(is_active=False).values_list("pk", flat=True)) == set(ticked)


def test_an_action_is_refused_without_permission_or_ticks(ui, orgs):
    assert ui.post("/orgs/", {"action": "off_now", "id": [orgs[1].pk]}, headers=READER).status_code == 403
    assert ui.post("/orgs/", {"action": "off_now"}, headers=EDITOR).status_code == 422
    assert ui.post("/orgs/", {"action": "explode", "id": [orgs[1].pk]}, headers=EDITOR).status_code == 404
    assert not Org.objects.filter(is_active=False).exists()
