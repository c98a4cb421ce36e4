"""Reports that can be counted again, the performance table's measurements, the wall that shows nobody."""

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook
from tests.factories.directory import signed_in_client, staff, staff_person
from tests.hotline.hotline_world import MONDAY, Hotline

from yunshu.domains.hotline import contracts, metrics, reporting
from yunshu.domains.hotline.models import FigureReport, ProvinceTicket, ScreenSet
from yunshu.domains.hotline.selectors import screen as wall
from yunshu.domains.hotline.services import reports
from yunshu.domains.hotline.services.reports import ReportSpec
from yunshu.domains.hotline.services.screen import FRESH, refreshed
from yunshu.domains.ledger.models import Record as LedgerRecord
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.measure import Scope

WALL_QUERIES = 22
JULY = MONDAY + timedelta(days=35)
RIGHTS = (contracts.REPORT_MAKE, contracts.TICKET_MANAGE, contracts.FIGURES_VIEW)


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline()


def made(hotline: Hotline, **more: object) -> FigureReport:
    words = {"org": hotline.bureau.code, "kind": "monthly", "starts_on": date(2026, 6, 9), **more}
    row = reports.ask(actor=staff(RIGHTS, org=hotline.city), spec=ReportSpec(**words), now=JULY)  # type: ignore[arg-type]
    return reports.make(number=row.number, now=JULY)


def test_a_report_is_frozen_proven_and_counted_again(hotline: Hotline) -> None:
    hotline.closed()
    actor = staff(RIGHTS, org=hotline.city)
    row = made(hotline)
    assert (row.starts_on, row.ends_on, row.done) == (date(2026, 6, 1), date(2026, 6, 30), row.steps)
    assert row.digest == reports.digest_of(FigureReport.objects.get().figures)
    assert LedgerRecord.objects.filter(number=row.record, subject=row.number).exists()
    assert reports.differences(actor=actor, number=row.number) == []
    hotline.closed()
    changed = {
        each["name"]: (each["then"], each["now"]) for each in reports.differences(actor=actor, number=row.number)
    }
    assert changed["受理诉求量"] == ("1", "2")
    assert reports.make(number=row.number, now=JULY).digest == row.digest


def test_both_papers_say_the_frozen_figures(hotline: Hotline) -> None:
    hotline.closed()
    row = made(hotline)
    words = Document(io.BytesIO(reporting.docx(row)))
    cells = [[cell.text for cell in line.cells] for line in words.tables[0].rows]
    book = load_workbook(io.BytesIO(reporting.xlsx(row)))
    lines = [[str(value) for value in line] for line in book["全部指标"].iter_rows(values_only=True)]
    assert lines == cells
    shown = {line[0]: line[1] for line in cells}
    assert (shown["受理诉求量"], shown["按时办结率（含延期）"]) == ("1", "100.00%")
    assert len(shown) == len(row.figures["totals"]) + 1


def test_a_regular_report_is_made_once_and_never_of_days_to_come(hotline: Hotline) -> None:
    made(hotline)
    with pytest.raises(Conflict):
        made(hotline)
    with pytest.raises(Refused) as refused:
        made(hotline, starts_on=date(2026, 7, 9))
    assert refused.value.code == "period_unfit"
    with pytest.raises(NotPermitted):
        reports.ask(
            actor=hotline.agent,
            spec=ReportSpec(org=hotline.bureau.code, kind="daily", starts_on=date(2026, 6, 9)),
            now=JULY,
        )


def test_a_special_report_is_narrowed_and_a_regular_one_is_not(hotline: Hotline) -> None:
    hotline.closed(channel="web")
    hotline.closed()
    row = made(
        hotline, kind="special", starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 30), filters={"channel": "web"}
    )
    assert {each["code"]: each["numerator"] for each in row.figures["totals"]}["closed"] == 1
    assert {each["code"]: each["numerator"] for each in made(hotline).figures["totals"]}["closed"] == 2


def test_every_morning_the_reports_of_what_has_ended_are_asked_for(hotline: Hotline) -> None:
    hotline.closed()
    first_monday = MONDAY.replace(hour=0, minute=10)
    assert len(reports.ask_regular(now=first_monday)) == 3
    assert reports.ask_regular(now=first_monday) == []
    assert len(reports.ask_regular(now=first_monday + timedelta(days=1))) == 1
    kinds = dict(FigureReport.objects.values_list("kind", "starts_on").exclude(starts_on=date(2026, 6, 1)))
    assert kinds == {"daily": date(2026, 5, 31), "weekly": date(2026, 5, 25), "monthly": date(2026, 5, 1)}


def test_a_report_is_downloaded_by_whoever_may_and_nobody_else(hotline: Hotline) -> None:
    row = made(hotline)
    client = signed_in_client(staff_person(RIGHTS, org=hotline.city))
    assert "按时办结率" in client.get(reverse("hotline:report", args=[row.number])).content.decode()
    answer = client.get(reverse("hotline:report_paper", args=[row.number, "docx"]))
    assert answer.content[:2] == b"PK"
    elsewhere = signed_in_client(staff_person(RIGHTS, org=hotline.urban))
    assert elsewhere.get(reverse("hotline:report_paper", args=[row.number, "docx"])).status_code == 404
    other = signed_in_client(staff_person((contracts.FIGURES_VIEW,), org=hotline.city))
    assert other.get(reverse("hotline:report", args=[row.number])).status_code == 403


@pytest.mark.parametrize("metric", metrics.METRICS, ids=lambda metric: metric.code)
def test_every_measurement_has_its_parts_and_its_tickets(hotline: Hotline, metric: metrics.Metric) -> None:
    row = hotline.closed(kind="consult")
    ProvinceTicket.objects.create(ticket=row, side="down", upper_number="GD1", joined_at=row.received_at)
    scope = Scope(org_code=hotline.bureau.code, starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 30))
    found = metric.measure(scope)
    assert found.denominator == 1
    assert [record.value for record in found.records] == ["计入分子" if found.numerator else "未计入分子"]
    assert found.value == (100 if (found.numerator == 1) != ("accuracy" in metric.code) else 0)
    assert metric.open_record
    sheet = metric.open_record(found.records[0].number)
    assert sheet
    assert not any("陈" in value or "138" in value for _name, value in sheet.facts)
    empty = metric.measure(Scope(org_code=hotline.bureau.code, starts_on=date(2025, 6, 1), ends_on=date(2025, 6, 30)))
    assert (empty.value, empty.denominator) == (None, 0)


def test_a_record_that_is_not_there_opens_nothing(hotline: Hotline) -> None:
    assert metrics.ticket_sheet("RX0") is None
    report = hotline.registered(kind="report", title="某局长受贿")
    sheet = metrics.ticket_sheet(report.number)
    assert sheet
    assert "受贿" not in sheet.title


def test_the_wall_is_computed_once_for_everybody_and_again_a_second_later(hotline: Hotline) -> None:
    hotline.handled()
    first = refreshed(MONDAY)
    hotline.handled()
    assert refreshed(MONDAY + FRESH / 2).figures == first.figures
    assert refreshed(MONDAY + FRESH).figures["open"]["total"] == 2
    assert ScreenSet.objects.count() == 1


def test_the_wall_counts_what_is_open_late_and_where(hotline: Hotline) -> None:
    hotline.district.division_code = "445202"
    hotline.district.save(update_fields=["division_code"])
    row = hotline.handled(division="445202", category="0301")
    hotline.closed(division="445202")
    assert row.due_at
    found = wall.figures(row.due_at + timedelta(minutes=5))
    assert (found["open"]["total"], found["open"]["overdue"], found["day"]["received"]) == (1, 1, 0)
    assert found["divisions"] == [
        {"code": "445202", "name": "榕城区", "n": 1, "late": 1},
        {"code": "", "name": "", "n": 0, "late": 0},
    ]
    assert found["waiting"][0]["late_s"] == 300
    today = wall.figures(hotline.now)
    assert today["hot"] == [{"code": "0301", "name": "路灯", "n": 1}]
    assert (today["day"], today["trend"][-1]["closed"]) == ({"received": 2, "direct": 0, "closed": 1}, 1)


def test_the_wall_names_nobody_and_says_nothing_of_a_sealed_ticket(hotline: Hotline) -> None:
    plain, sealed = hotline.registered(), hotline.registered(kind="report", title="某局长受贿", category="0301")
    found = wall.figures(MONDAY)
    said = str(found)
    assert plain.number in said
    assert not any(word in said for word in ("陈某", "13812345678", "不亮", "受贿", sealed.number))


def test_the_kiosk_opens_the_wall_and_nothing_else(hotline: Hotline) -> None:
    row = hotline.handled()
    kiosk = signed_in_client(staff_person((contracts.SCREEN_VIEW,), org=hotline.city))
    page = kiosk.get(reverse("hotline:screen")).content.decode()
    assert "/console/hotline/" not in page.replace(reverse("hotline:screen"), "")
    assert row.number not in kiosk.get(reverse("hotline:tickets")).content.decode()
    desk = signed_in_client(staff_person((contracts.SCREEN_VIEW, contracts.TICKET_MANAGE), org=hotline.city))
    assert f"{reverse('hotline:tickets')}?open=1" in desk.get(reverse("hotline:screen")).content.decode()
    assert (
        f"{reverse('hotline:tickets')}?open=1"
        not in desk.get(reverse("hotline:screen"), {"kiosk": ""}).content.decode()
    )
    assert signed_in_client(staff_person(contracts.DESK_RIGHTS)).get(reverse("hotline:screen")).status_code == 403


def test_a_report_that_is_not_there_is_not_found(hotline: Hotline) -> None:
    with pytest.raises(NotFound):
        reports.make(number="RB0", now=JULY)


def test_the_walls_questions_are_few_and_a_second_viewer_asks_none_of_them(hotline: Hotline) -> None:
    for _n in range(3):
        hotline.handled(category="0301")
    with CaptureQueriesContext(connection) as first:
        refreshed(MONDAY)
    assert len(first) <= WALL_QUERIES
    with CaptureQueriesContext(connection) as second:
        refreshed(MONDAY)
    assert len(second) == 1


def test_the_wall_is_read_in_each_viewers_language(hotline: Hotline) -> None:
    hotline.handled()
    client = signed_in_client(staff_person((contracts.SCREEN_VIEW,), org=hotline.city))
    client.cookies["django_language"] = "en"
    assert "Request for help" in client.get(reverse("hotline:screen")).content.decode()
    client.cookies["django_language"] = "zh-hans"
    assert "求助" in client.get(reverse("hotline:screen")).content.decode()
