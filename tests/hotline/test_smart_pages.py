"""Pages of the intelligence: help while registering, the panel of a ticket, checks of a reply, models, hotspots, the outlook."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.hotline import smart_world
from tests.hotline.hotline_world import Hotline
from tests.hotline.test_ticket_pages import as_, read, send

from yunshu.domains.hotline.models import Category, Hotspot, Prediction, SmartModel, Ticket, WeekTally
from yunshu.domains.hotline.services import radar, smart_suggest, weeks
from yunshu.lib.kernel import clock

TOLD = "我叫陈大文，电话13812345678，榕华街道云岭花园闻到煤气味，请尽快处理。"
QUERIES = {"panel": 62, "hotspots": 18, "hotspot": 22, "outlook": 14, "models": 16, "assist": 40}


@pytest.fixture
def hotline(db: None) -> Hotline:
    radar.forget()
    return Hotline(now=clock.now())


def asked(hotline: Hotline, client: Client, **more: str) -> str:
    """Ask for help with a form that is half filled in."""
    words = {"desk": hotline.bureau.code, "title": "闻到煤气味", "content": TOLD, "kind": "help"} | more
    return send(client, "assist", status=200, **words)


def test_help_marks_dangers_and_fills_the_form_without_registering(hotline: Hotline) -> None:
    page = asked(hotline, as_(hotline, "agent"))
    assert all(part in page for part in ('<mark title="燃气泄漏">', "请立即转 119", "全部填入表格", "陈大文"))
    filled = asked(hotline, as_(hotline, "agent"), fill_all="1")
    assert all(f'value="{value}"' in filled for value in ("陈大文", "13812345678", "榕华街道", "云岭花园"))
    assert '<option value="critical" selected>' in asked(hotline, as_(hotline, "agent"), fill="urgency=critical")
    assert not Ticket.objects.exists()


def test_help_comes_as_a_part_where_script_asks(hotline: Hotline) -> None:
    client = as_(hotline, "agent")
    words = {"title": "路灯不亮", "content": "榕华街道路灯不亮。"}
    part = client.post(reverse("hotline:assist"), words, headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in part, 'id="help"' in part) == (False, True)
    assert as_(hotline, "handler").post(reverse("hotline:assist"), words).status_code == 403


def test_help_with_a_report_looks_for_dangers_only_and_keeps_nothing(hotline: Hotline) -> None:
    page = asked(hotline, as_(hotline, "agent"), kind="report")
    assert ("只查险情" in page, "燃气泄漏" in page, "全部填入表格" in page) == (True, True, False)
    assert not Prediction.objects.exists()


def test_the_panel_is_for_the_desk_and_says_what_is_not_known(hotline: Hotline) -> None:
    hotline.duty()
    row = hotline.registered(title="路灯不亮", content="榕华街道云岭花园路灯三天不亮，请维修。")
    assert "几秒内出现" in read(as_(hotline, "agent"), "ticket", row.number)
    smart_suggest.suggest(row.number, now=hotline.now)
    page = read(as_(hotline, "agent"), "ticket", row.number)
    assert all(part in page for part in ("智能建议", "没有启用的模型", "目录 路灯", "没有学习，不是判断", "云岭花园"))
    row = hotline.dispatch(row)
    assert "智能建议" not in read(as_(hotline, "handler"), "ticket", row.number)


def test_a_suggestion_is_taken_over_from_the_page(hotline: Hotline) -> None:
    row = hotline.registered(title="路灯不亮", content="路灯三天不亮，请维修。")
    smart_suggest.suggest(row.number, now=hotline.now)
    made = row.predictions.get(kind="branch")
    send(as_(hotline, "agent"), "adopt", row.number, adopt=f"{made.pk}:{hotline.lamps.path}")
    row.refresh_from_db()
    assert row.category == hotline.lamps
    said = send(as_(hotline, "agent"), "adopt", row.number, status=422, adopt="x")
    assert "没有这条建议" in said


def test_a_department_leads_to_a_dispatch_that_is_filled_in(hotline: Hotline) -> None:
    hotline.duty(words=["不亮"], category=None)
    row = hotline.registered()
    smart_suggest.suggest(row.number, now=hotline.now)
    where = f"{reverse('hotline:dispatch', args=[row.number])}?unit={hotline.urban.code}"
    client = as_(hotline, "sorter")
    assert where in read(client, "ticket", row.number)
    assert f'value="{hotline.power.code}" selected' in read(client, "dispatch", row.number, unit=hotline.power.code)


def test_a_confidential_ticket_shows_dangers_only(hotline: Hotline) -> None:
    row = hotline.registered(kind="report", title="举报偷气", content="楼下闻到煤气味。")
    page = read(as_(hotline, "agent"), "ticket", row.number)
    assert ("只查险情" in page, "燃气泄漏" in page, "摘要" in page) == (True, True, False)


def test_a_reply_is_checked_before_it_is_handed_in_and_at_the_review(hotline: Hotline) -> None:
    row = hotline.handled(content="榕华大道路灯不亮，请问何时修复？")
    handler, reviewer = as_(hotline, "handler"), as_(hotline, "reviewer")
    said = send(handler, "ticket_form", row.number, "reply", status=200, check="1", words="收到。", measures="")
    assert ("可能不完整" in said, "未见：写明依据" in said) == (True, True)
    assert Ticket.objects.get(pk=row.pk).state == "handling"
    send(handler, "ticket_form", row.number, "reply", words="已于6月3日更换灯具。", measures="")
    page = read(reviewer, "ticket_form", row.number, "pass")
    assert ("答复检查" in page, '<mark title="写明措施">已于6月3日' in page) == (True, True)
    send(reviewer, "ticket_form", row.number, "pass", passes="1", words="")
    assert row.predictions.filter(kind="reply", uses__outcome="corrected").count() == 1


def test_models_are_shown_with_their_card_and_turned_by_a_manager(hotline: Hotline) -> None:
    page = read(as_(hotline, "agent"), "models")
    assert ("没有启用的模型" in page, "还没有训练过模型" in page) == (True, True)
    row = smart_world.model(hotline.now)
    assert row.version in read(as_(hotline, "agent"), "models")
    card = read(as_(hotline, "manager"), "model", row.version)
    assert all(part in card for part in ("0.870", "0.830", "97.0%", "其他 3", "交通 20"))
    said = send(as_(hotline, "manager"), "turn_model", row.version, status=422, verb="activate", reason="试用")
    assert "重新训练" in said
    client = as_(hotline, "agent")
    assert client.post(reverse("hotline:turn_model", args=[row.version]), {"verb": "activate"}).status_code == 403
    assert as_(hotline, "handler").get(reverse("hotline:model", args=[row.version])).status_code == 404


def test_a_hotspot_is_merged_and_another_dismissed_on_its_page(hotline: Hotline) -> None:
    spot, client = smart_world.hotspot(hotline), as_(hotline, "sorter")
    numbers = list(spot.members.values_list("ticket__number", flat=True))
    page = read(client, "hotspot", spot.number)
    assert all(part in page for part in (*numbers, "共同地点 云岭花园", "门限 3 件", "并案"))
    send(client, "merge_hotspot", spot.number, main=numbers[0], tickets=numbers, reason="同一件事")
    assert Ticket.objects.filter(parent__number=numbers[0]).count() == 2
    hotline.later(days=11)
    other = smart_world.hotspot(hotline)
    assert other.pk != spot.pk
    assert "请选择排除理由" in send(client, "dismiss_hotspot", other.number, status=422, dismissal="x")
    send(client, "dismiss_hotspot", other.number, dismissal="known", words="已抢修")
    assert "已知并在处理" in read(client, "hotspot", other.number)


def test_tickets_of_hotspots_are_filtered_and_strangers_see_none(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    lone = hotline.registered()
    page = read(as_(hotline, "agent"), "tickets", hot="1")
    assert (spot.key in page, lone.number in page) == (True, False)
    assert "并案</button>" not in read(as_(hotline, "agent"), "hotspot", spot.number)
    assert as_(hotline, "handler").get(reverse("hotline:hotspot", args=[spot.number])).status_code == 404
    assert spot.number not in read(as_(hotline, "handler"), "hotspots")


def tallied(hotline: Hotline, counts: list[int], topic: str = "城乡建设") -> None:
    monday = weeks.monday_of(clock.city_date(hotline.now))
    for back, count in enumerate(reversed(counts), 1):
        week = monday - timedelta(weeks=back)
        WeekTally.objects.create(desk=hotline.bureau, topic=topic, week=week, count=count)


def test_the_outlook_has_a_table_a_chart_and_an_export(hotline: Hotline) -> None:
    client = as_(hotline, "sorter")
    assert "还没有一整周的数据" in read(client, "outlook")
    tallied(hotline, [10] * 20 + [40])
    tallied(hotline, [3] * 4, topic="环境保护")
    page = read(client, "outlook")
    assert all(part in page for part in ("高于区间", "正常", "<svg", "5–15"))
    answer = client.get(reverse("hotline:outlook"), {"format": "csv"})
    body = b"".join(answer.streaming_content).decode()
    assert body.splitlines()[1].startswith("城乡建设,21,40,")
    assert client.get(reverse("hotline:outlook"), {"format": "xlsx"}).status_code == 200
    assert as_(hotline, "agent").get(reverse("hotline:outlook")).status_code == 403


def test_pages_ask_as_often_for_many_as_for_one(hotline: Hotline) -> None:
    spot, sorter = smart_world.hotspot(hotline), as_(hotline, "sorter")
    Category.objects.create(code="05", name="欠薪", path="劳动和社会保障/工资/拖欠工资")
    tallied(hotline, [10] * 20)
    smart_suggest.suggest(spot.key, now=hotline.now)
    where = {
        "panel": reverse("hotline:ticket", args=[spot.key]),
        "hotspots": reverse("hotline:hotspots"),
        "hotspot": reverse("hotline:hotspot", args=[spot.number]),
        "outlook": reverse("hotline:outlook"),
        "models": reverse("hotline:models"),
    }
    for name, address in where.items():
        sorter.get(address)
        with CaptureQueriesContext(connection) as queries:
            sorter.get(address)
        assert len(queries) <= QUERIES[name], f"{name}: {len(queries)}"
    with CaptureQueriesContext(connection) as queries:
        asked(hotline, sorter)
    assert len(queries) <= QUERIES["assist"], f"assist: {len(queries)}"
    assert (Hotspot.objects.count(), SmartModel.objects.count()) == (1, 0)
