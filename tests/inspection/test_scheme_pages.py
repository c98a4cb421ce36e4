"""Pages of schemes, assessments and results: who sees what, what can be done there, the papers."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.inspection.scheme_world import City

from yunshu.domains.inspection.contracts import ASSESS, RULE_EDIT, VIEW
from yunshu.domains.inspection.models import Assessment, SchemeVersion, ScoreLine
from yunshu.domains.inspection.services import assessments
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return City()


@pytest.fixture
def boss(city: City) -> Client:
    return signed_in_client(staff_person((VIEW, ASSESS, RULE_EDIT), org=city.bureau))


@pytest.fixture
def clerk(city: City) -> Client:
    return signed_in_client(staff_person((VIEW,), org=city.unit))


def page(client: Client, name: str, /, *args: object, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(f"inspection:{name}", args=args), query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def send(client: Client, name: str, /, *args: object, status: int = 302, **words: object) -> str:
    answer = client.post(reverse(f"inspection:{name}", args=args), words)
    assert answer.status_code == status, answer.content.decode()
    return answer.headers.get("Location", answer.content.decode())


def test_a_version_shows_what_was_not_read_in_an_official_text(city, clerk):
    listed = page(clerk, "schemes")
    assert all(name in listed for name in ("国办检查指标", "广东省检查指标", "揭阳市检查指标"))
    shown = page(clerk, "scheme", city.version().number)
    assert all(word in shown for word in ("W4", "已核原文", "未核原文", "推定", "每处扣 0.05 分"))
    assert "复制为草稿" not in shown
    for name, args in (("copy_scheme", 1), ("new_indicator", 1)):
        page(clerk, name, *[city.version().number] * args, status=403)


def test_an_official_copies_edits_compares_and_publishes(city, boss):
    origin = city.version("jieyang")
    place = send(boss, "copy_scheme", origin.number, scheme="jieyang", name="2027 年版", source="测试发文")
    row = SchemeVersion.objects.get(state="draft")
    assert row.number in place
    editing = page(boss, "indicator", row.number, "D15")
    assert "这条公式怎样计" in editing
    words = {
        "code": "D15", "part": "deduction", "group": "功能设计", "name": "可用性", "points": "6", "text": "每个 0.1 分",
        "applies_to": ["portal", "department"], "checks": ["link_dead"], "certainty": "verified", "source": "测试",
    }  # fmt: skip
    refused = send(boss, "indicator", row.number, "D15", status=422, formula='{"kind": "flat"}', **words)
    assert "points：缺少" in refused
    send(boss, "indicator", row.number, "D15", formula='{"kind": "per_finding", "points": "0.1"}', **words)
    compared = page(boss, "compare_schemes", row.number, origin.number)
    assert "D15" in compared
    assert "计分公式" in compared
    boss.get(reverse("inspection:choose_scheme", args=[row.number]), {"other": origin.number})
    send(
        boss,
        "indicator",
        row.number,
        "D09",
        **{**words, "code": "D09", "points": "4", "formula": '{"kind": "manual", "points": 1}'},
    )
    assert "合计 99 分" in page(boss, "scheme", row.number)
    today = clock.city_date(city.now).isoformat()
    assert "合计 99 分" in send(boss, "scheme", row.number, status=422, valid_from=today)
    send(
        boss,
        "indicator",
        row.number,
        "D09",
        **{**words, "code": "D09", "points": "5", "formula": '{"kind": "manual", "points": 1}'},
    )
    send(boss, "scheme", row.number, valid_from=today)
    row.refresh_from_db()
    assert row.state == "in_force"


def test_a_draft_can_be_shortened_and_dropped(city, boss):
    send(boss, "copy_scheme", city.version().number, scheme="jieyang", name="试", source="试")
    row = SchemeVersion.objects.get(state="draft")
    send(boss, "remove_indicator", row.number, "D09")
    assert not row.indicators.filter(code="D09").exists()
    send(boss, "scheme", row.number, deed="drop")
    assert not SchemeVersion.objects.filter(pk=row.pk).exists()


def test_an_assessment_goes_from_form_to_circular_on_pages(city, boss, clerk):
    site, account = city.site(), city.account()
    for _ in range(2):
        city.finding(site, "message_late")
    city.finding(account, "account_stale", detail={"days": 30})
    today = clock.city_date(city.now)
    words = {
        "name": "测试季度检查", "kind": "quarter", "scope": "all", "org": city.bureau.code, "starts_on": today - timedelta(days=30),
        "ends_on": today, "versions": [city.version(c).number for c in ("gov2019", "jieyang")], "counts_mended": "on",
    }  # fmt: skip
    assert "截止日期不能早于" in send(
        boss, "new_assessment", status=422, **{**words, "ends_on": today - timedelta(days=60)}
    )
    send(boss, "new_assessment", **words)
    row = Assessment.objects.get()
    bonus = {"target": f"{city.version().number} B05", "site": site.number, "words": "测试理由"}
    assert "加分应在" in send(boss, "grant_bonus", row.number, status=422, points="9", **bonus)
    send(boss, "grant_bonus", row.number, points="2.5", **bonus)
    page(clerk, "assessment", row.number, status=404)
    send(boss, "act_assessment", row.number, verb="freeze")
    shown = page(boss, "assessment", row.number)
    assert all(word in shown for word in ("98.50", "96.00", "N2", "0.00", "100.00"))
    assert "重算相符" in send(boss, "act_assessment", row.number, status=200, verb="recompute")
    page(clerk, "circular", row.number, status=404)
    send(boss, "act_assessment", row.number, verb="publish")
    assert "只有已定格" in send(boss, "act_assessment", row.number, status=422, verb="publish")
    assert "不合格名单" in page(clerk, "circular", row.number)
    assert account.name in page(clerk, "assessment", row.number)
    page(clerk, "score_book", row.number, status=404)


def test_the_papers_hold_the_frozen_figures_and_nothing_else(city, boss):
    site = city.site(name="=1+1")
    links = [city.finding(site, "link_dead") for _ in range(4)]
    row = city.frozen()
    book = load_workbook(
        io.BytesIO(boss.get(reverse("inspection:score_book", args=[row.number])).content), read_only=True
    )
    names = book.sheetnames
    assert (names[0], names[-2:]) == ("总表", ["问题清单", "核对"])
    lines = [r for r in book[names[1]].iter_rows(values_only=True) if r[3] == "D15"]
    assert [(r[1], float(r[8]), r[12].split()) for r in lines] == [("=1+1", 0.2, [f.number for f in links])]
    total = sum(float(r[8]) for n in names[1:-2] for r in list(book[n].iter_rows(values_only=True))[1:])
    assert total == float(sum(line.deducted for line in ScoreLine.objects.all()))
    paper = Document(io.BytesIO(boss.get(reverse("inspection:circular_docx", args=[row.number])).content))
    text = "\n".join(p.text for p in paper.paragraphs)
    assert row.digest in text
    assert "政府网站 1 个，合格 1 个，不合格 0 个，合格率 100.00%" in text


def test_a_score_sheet_lists_findings_and_what_fixing_would_bring(city, boss, clerk):
    mine, theirs = city.site(), city.site(org=OrgFactory(parent=city.bureau))
    late = [city.finding(mine, "message_late") for _ in range(2)]
    row = city.frozen(kind="pre", scope="portal")
    sheet = row.assessed.get(number=mine.number, version__scheme__code="gov2019")
    shown = page(boss, "assessed", sheet.pk)
    assert all(f.number in shown for f in late)
    assert "整改这 2 项可提高 4" in shown
    page(clerk, "assessed", sheet.pk, status=404)
    done = city.frozen()
    assessments.publish_assessment(actor=city.boss, number=done.number, now=city.now)
    page(clerk, "assessed", done.assessed.filter(number=mine.number).first().pk)
    page(clerk, "assessed", done.assessed.filter(number=theirs.number).first().pk, status=404)
    listed = page(clerk, "assessed_objects")
    assert mine.name in listed
    assert f">{theirs.name}<" not in listed


def test_the_board_shows_what_is_open_and_a_unit_what_to_do_first(city, boss, clerk):
    site, other = city.site(), city.site(org=OrgFactory(parent=city.bureau))
    late = city.finding(site, "message_late", due_at=city.now - timedelta(days=1), state="notified")
    for _ in range(5):
        city.finding(other, "column_blank")
    board = page(boss, "board")
    assert all(word in board for word in ("留言答复超时", "空白栏目", city.unit.name, other.org.name))
    assert "空白栏目" not in page(clerk, "board")
    shown = page(clerk, "unit_results", city.unit.code, scheme="gov2019")
    assert all(word in shown for word in ("98.00", late.number, "整改这 1 项可提高 2"))
    assert "解除单项否决" in page(boss, "unit_results", other.org.code, scheme="jieyang")
    page(clerk, "unit_results", other.org.code, status=404)


@pytest.mark.parametrize("name", ["board", "schemes", "assessments", "assessed_objects", "new_assessment"])
def test_whoever_has_no_right_is_refused(city, name):
    stranger = signed_in_client(staff_person(()))
    page(stranger, name, status=403)


def test_lists_can_be_exported_and_narrowed(city, boss):
    city.site()
    city.frozen()
    assert "国办秘函" not in page(boss, "schemes", scheme="jieyang").split("<tbody", 1)[1]
    for name in ("schemes", "assessments", "assessed_objects"):
        answer = boss.get(reverse(f"inspection:{name}"), {"export": "csv"})
        assert answer.status_code == 200
