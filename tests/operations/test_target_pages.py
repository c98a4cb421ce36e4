"""Pages of what is watched: who may see and change what, the forms, the trial, the sheet."""

import io
import socket
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person
from tests.operations.test_figures import START, probed, seen
from tests.operations.watch_world import needs, target

from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.ledger.models import Record
from yunshu.domains.operations import checks
from yunshu.domains.operations.contracts import INCIDENT_REPORT, TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.models import Heartbeat, StatusChange, Target
from yunshu.domains.operations.services import importing, incidents, statuses
from yunshu.domains.operations.target_forms import CHECK_FORMS
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Push, Snmp, Tcp

pytestmark = pytest.mark.django_db
AT = "/console/operations"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Client:
    return signed_in_client(staff_person([TARGET_VIEW, TARGET_EDIT], org=org))


@pytest.fixture
def reader(org: Org) -> Client:
    return signed_in_client(staff_person([TARGET_VIEW], org=org))


def said(org: Org, **more: Any) -> dict[str, Any]:
    words = {"name": "门户", "kind": "site", "org": org.code, "code": "portal", "interval_s": 30, "timeout_s": 5}
    return words | {"confirm": 1, "boundary": "midpoint"} | more


@pytest.mark.parametrize("page", ["", "targets/", "targets/?format=csv", "report/", "samples/"])
def test_pages_open_for_whoever_may_view_and_for_nobody_else(reader: Client, org: Org, page: str) -> None:
    assert reader.get(f"{AT}/{page}").status_code == 200
    stranger = signed_in_client(staff_person(org=org))
    assert stranger.get(f"{AT}/{page}").status_code == 403
    assert Client().get(f"{AT}/{page}").status_code == 302


def test_a_target_of_another_organisation_is_as_good_as_absent(keeper: Client) -> None:
    other = target()
    for page in ("", "edit/", "needs/", "history/"):
        assert keeper.get(f"{AT}/targets/{other.number}/{page}").status_code == 404
    assert keeper.post(f"{AT}/targets/{other.number}/key/").status_code == 404


def test_a_reader_may_not_change_anything(reader: Client, org: Org) -> None:
    one = target(org)
    for page in ("new/", f"{one.number}/edit/", f"{one.number}/needs/", f"{one.number}/retire/", "import/"):
        assert reader.post(f"{AT}/targets/{page}", said(org)).status_code == 403
    assert Target.objects.count() == 1


def test_a_target_is_entered_with_its_check_and_proven(keeper: Client, org: Org) -> None:
    words = said(org) | {"check-url": "https://www.example.cn/", "check-method": "GET", "check-verify_tls": "on"}

    answer = keeper.post(f"{AT}/targets/new/?check=http", words)

    row = Target.objects.get(code="portal")
    assert answer.url == f"{AT}/targets/{row.number}/"
    assert (row.state, row.check_form["url"]) == ("active", "https://www.example.cn/")
    assert Record.objects.get(kind="operations.target").payload["deed"] == "added"
    assert "example.cn" not in str(Record.objects.get(kind="operations.target").payload)


def test_without_an_address_it_is_left_blank_and_not_watched(keeper: Client, org: Org) -> None:
    keeper.post(f"{AT}/targets/new/?check=", said(org))
    row = Target.objects.get(code="portal")
    assert (row.state, row.check_form) == ("planned", {})
    assert "待补" in keeper.get(f"{AT}/targets/{row.number}/").content.decode()


@pytest.mark.parametrize(
    ("kind", "words", "field"),
    [
        ("http", {"check-url": "ftp://x/", "check-method": "GET"}, "check-url"),
        ("tcp", {"check-host": "256.1.1.1", "check-port": 80}, "check-host"),
        (
            "snmp",
            {
                "check-host": "10.0.0.1",
                "check-port": 161,
                "check-version": "2c",
                "check-auth": "sha256",
                "check-privacy": "aes128",
                "check-readings": "电池",
            },
            "check-readings",
        ),
        (
            "modbus",
            {"check-host": "10.0.0.1", "check-port": 502, "check-unit": 1, "check-readings": "温度 1 holding foo"},
            "check-readings",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_is_written(
    keeper: Client, org: Org, kind: str, words: dict[str, Any], field: str
) -> None:
    answer = keeper.post(f"{AT}/targets/new/?check={kind}", said(org) | words)
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not Target.objects.exists()


@pytest.mark.parametrize("kind", sorted(CHECK_FORMS))
def test_every_kind_of_check_has_a_form(keeper: Client, kind: str) -> None:
    assert keeper.get(f"{AT}/targets/new/?check={kind}").status_code == 200


def test_a_trial_looks_once_and_stores_nothing(keeper: Client, org: Org) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = said(org) | {"check-host": "127.0.0.1", "check-port": server.getsockname()[1], "try": "1"}
        answer = keeper.post(f"{AT}/targets/new/?check=tcp", words)
    assert "试探成功" in answer.content.decode()
    assert not Target.objects.exists()
    answer = keeper.post(f"{AT}/targets/new/?check=tcp", words)
    assert "试探失败" in answer.content.decode()
    assert "refused" in answer.content.decode()


def test_a_secret_is_kept_sealed_and_stays_when_its_field_is_left_blank(keeper: Client, org: Org) -> None:
    words = {
        "check-host": "10.0.0.1",
        "check-port": 161,
        "check-version": "2c",
        "check-auth": "sha256",
        "check-privacy": "aes128",
    }
    words |= {"check-readings": "电池电量% 1.3.6.1.2.1.33.1.2.4.0 20~", "check-community": "s3cret"}
    keeper.post(f"{AT}/targets/new/?check=snmp", said(org) | words)
    row = Target.objects.get()
    assert "s3cret" not in str(row.check_form)
    page = keeper.get(f"{AT}/targets/{row.number}/edit/").content.decode()
    assert "s3cret" not in page
    assert "1.3.6.1.2.1.33.1.2.4.0 20~" in page

    keeper.post(f"{AT}/targets/{row.number}/edit/?check=snmp", said(org, name="电源") | words | {"check-community": ""})

    row.refresh_from_db()
    check = checks.opened(row.check_form)
    assert isinstance(check, Snmp)
    assert (row.name, check.community, check.oids[0].bound.low) == ("电源", "s3cret", 20)


def test_a_circle_of_needs_is_refused_by_the_page_and_by_the_database(keeper: Client, org: Org) -> None:
    room, line = target(org), target(org)
    needs(room, line)
    words = {
        "needs-TOTAL_FORMS": 1,
        "needs-INITIAL_FORMS": 0,
        "needs-0-upstream": room.number,
        "needs-0-group": "",
        "needs-0-least": 1,
    }

    answer = keeper.post(f"{AT}/targets/{line.number}/needs/", words)

    assert answer.status_code == 422
    assert "成了环" in answer.content.decode()
    assert not line.needs.exists()


def test_a_retired_target_keeps_its_past_and_cannot_be_changed(keeper: Client, org: Org) -> None:
    one = target(org)
    keeper.post(f"{AT}/targets/{one.number}/retire/", {"on": "2026-03-02", "reason": "合同到期"})
    one.refresh_from_db()
    assert (one.state, str(one.retired_on)) == ("retired", "2026-03-02")
    assert keeper.post(f"{AT}/targets/{one.number}/edit/?check=", said(org)).status_code == 422


def test_a_heartbeat_is_heard_by_its_secret_alone(keeper: Client, org: Org) -> None:
    one = target(org, check_form=checks.stored(Push()))
    page = keeper.post(f"{AT}/targets/{one.number}/key/").content.decode()
    address = page.split("POST http://testserver")[1].split("<")[0].strip()

    assert Client().post(address).status_code == 204
    assert Heartbeat.objects.filter(target=one).exists()
    assert Client().post("/heartbeat/wrong").status_code == 404
    assert Client().get(address).status_code == 405


def test_figures_for_prometheus_need_the_token(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "metrics.prom").write_text("yunshu_prober_done 1\n")
    settings.METRICS_TOKEN = "t"
    assert Client().get("/metrics").status_code == 404
    assert b"yunshu_prober_done 1\n" in Client().get("/metrics", headers={"Authorization": "Bearer t"}).content
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_history_opens_down_to_the_sample(reader: Client, org: Org) -> None:
    one = probed(org=org)
    seen(one, START, 1800)
    seen(one, START + 1800, 1800, ok=False)
    page = reader.get(
        f"{AT}/targets/{one.number}/history/?from=2026-03-02&to=2026-03-02&at={START + 2000}&counting=1"
    ).content.decode()
    assert 'class="state-down"' in page
    assert "区间内的样本" in page
    assert "Uptime Kuma" in page
    assert reader.get(f"{AT}/targets/{one.number}/history/?from=2026-03-02&to=2026-03-02&format=csv").status_code == 200
    assert reader.get(f"{AT}/targets/{one.number}/history/?hours=24").status_code == 200
    assert reader.get(f"{AT}/targets/{one.number}/history/?from=2099-01-01&to=2099-01-02").status_code == 200


def sheet(
    *rows: tuple[Any, ...], head: tuple[str, ...] = ("代码", "名称", "类别", "主管单位", "探测地址", "依赖于")
) -> io.BytesIO:
    book = Workbook()
    for row in (head, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "targets.xlsx"
    return out


def test_a_sheet_is_shown_first_and_written_when_confirmed(keeper: Client, org: Org) -> None:
    rows = [
        ("line-a", "甲线", "线路", org.code, "icmp://10.0.0.1", ""),
        ("oa", "公文", "信息系统", org.name, "tcp://10.0.0.2:443", "line-a"),
    ]

    shown = keeper.post(f"{AT}/targets/import/", {"file": sheet(*rows)})
    assert shown.context["total"] == 2
    assert not Target.objects.exists()
    keeper.post(f"{AT}/targets/import/", {"confirm": shown.context["sealed"]})

    oa = Target.objects.get(code="oa")
    assert checks.opened(oa.check_form) == Tcp("10.0.0.2", 443)
    assert [n.upstream.code for n in oa.needs.all()] == ["line-a"]
    again = keeper.post(f"{AT}/targets/import/", {"file": sheet(*rows)})
    assert {v.outcome for v in again.context["verdicts"]} == {"same"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("a", "甲", "线路", "没有的单位", "", ""), "没有的单位"),
        (("a", "甲", "线路", None, "ftp://x", ""), "看不懂"),
        (("a", "甲", "火箭", None, "", ""), "类别"),
        (("a", "甲", "线路", None, "", "nobody"), "nobody"),
    ],
)
def test_one_bad_row_and_nothing_is_written(keeper: Client, org: Org, row: tuple[Any, ...], why: str) -> None:
    given = (*row[:3], row[3] or org.code, *row[4:])
    answer = keeper.post(f"{AT}/targets/import/", {"file": sheet(("b", "乙", "线路", org.code, "", ""), given)})
    assert answer.status_code == 422
    assert why in answer.context["verdicts"][0].reason
    assert not Target.objects.exists()


def test_an_export_is_read_back_as_it_was(keeper: Client, org: Org) -> None:
    a, b, c = (target(org, check_form=checks.stored(Tcp("10.0.0.1", 80 + n))) for n in range(3))
    needs(c, a, b, group="出口", least=1)
    names = [str(title) for title in importing.COLUMNS.values()]
    rows = list(importing.sheet(list(Target.objects.order_by("code"))))
    answer = keeper.post(f"{AT}/targets/import/", {"file": sheet(*rows[1:], head=tuple(names))})
    outcomes = {v.code: (v.outcome, v.reason) for v in answer.context["verdicts"]}
    assert {outcome for outcome, _why in outcomes.values()} <= {"same", "changed"}
    assert outcomes[a.code][0] == "same"


def test_the_live_page_groups_an_outage_by_its_cause_and_names_who_holds_it(reader: Client, org: Org) -> None:
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at=time(8, 30), ends_at=time(17, 30))
    room, oa, hall = target(org), target(org), target(org)
    needs(oa, room)
    for one in (room, oa, hall):
        one.state = "active"
        one.save()
    down = [statuses.Verdict(number=t.number, condition="down", since=NOW, cause=room.number) for t in (room, oa)]
    statuses.record_verdicts([*down, statuses.Verdict(number=hall.number, condition="up", since=NOW)], NOW)
    spec = incidents.ReportSpec(title="一号机房断电", target=room.number)
    opened = incidents.report_incident(actor=staff([INCIDENT_REPORT], org=org), org_code=org.code, spec=spec, now=NOW)

    page = reader.get(f"{AT}/")

    (trouble,) = page.context["board"].troubles
    assert (trouble.cause, [s.target for s in trouble.explains]) == (room, [oa])
    assert trouble.holding is not None
    assert trouble.holding.number == opened.number
    assert trouble.holding.who == opened.org.name
    assert opened.number in page.content.decode()
    assert reader.get(f"{AT}/", headers={"HX-Request": "true"}).content.decode().lstrip().startswith('<div id="board"')


def test_what_has_no_address_is_called_the_same_everywhere_and_counted(reader: Client, org: Org) -> None:
    http = {"kind": "http", "url": "https://www.example.cn/"}
    blank, composite, silent = target(org, state="planned"), target(org), target(org, check_form=http)
    needs(composite, blank)
    needs(silent, blank)
    page = reader.get(f"{AT}/")
    text, board = page.content.decode(), page.context["board"]
    assert {t.name: word for group in board.wall for t, word in group.cells} == {
        blank.name: "blank",
        composite.name: "blank",
        silent.name: "silent",
    }
    assert (board.counts["blank"], board.counts["silent"]) == (2, 1)
    assert [
        f"{t.name} · {word}" in text for t, word in ((blank, "待补"), (composite, "待补"), (silent, "尚无样本"))
    ] == [
        True,
        True,
        True,
    ]
    listed = reader.get(f"{AT}/targets/", {"format": "csv"})
    rows = b"".join(listed.streaming_content).decode()  # type: ignore[attr-defined]
    assert (rows.count("待补"), rows.count("尚无样本")) == (2, 1)


def test_the_latest_changes_stand_in_the_order_of_their_time(reader: Client, org: Org) -> None:
    for minute in (5, 1, 9):
        StatusChange.objects.create(target=target(org), condition="up", since=NOW + timedelta(minutes=minute), at=NOW)
    since = [change.since for change in reader.get(f"{AT}/").context["board"].changes]
    assert since == sorted(since, reverse=True)


def test_the_live_page_names_an_open_fault_that_no_probe_saw(reader: Client, org: Org) -> None:
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at=time(8, 30), ends_at=time(17, 30))
    spec = incidents.ReportSpec(title="登录失败", target=target(org).number, priority="P2")
    row = incidents.report_incident(actor=staff([INCIDENT_REPORT], org=org), org_code=org.code, spec=spec, now=NOW)
    text = reader.get(f"{AT}/").content.decode()
    assert all(word in text for word in (row.number, "登录失败", "2026-03-02 12:00", "无人承办", "有人报告的故障见下"))
    other = signed_in_client(staff_person([TARGET_VIEW]))
    assert row.number not in other.get(f"{AT}/").content.decode()


def test_a_promise_shows_what_is_left_of_it_and_how_fast_it_is_spent(reader: Client, org: Org) -> None:
    one = probed(org=org, promise="99.9")
    now = int(clock.now().timestamp())
    seen(one, now - 3600, 3600, ok=False)
    page = reader.get(f"{AT}/targets/{one.number}/")
    assert page.context["alarms"]
    assert page.context["budget"].left_low_s < page.context["budget"].allowed_s
    assert "允许中断消耗过快" in page.content.decode()
