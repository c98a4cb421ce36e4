"""A demand from the citizen's phone to the rating, seen by everybody who has it in hand; each in a browser of their own."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.e2e.conftest import Instance, sign_in
from tests.e2e.test_every_page import AXE, RUN_AXE, TAGS, TOO_WIDE

pytestmark = pytest.mark.e2e
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}
PLACE = {"latitude": 23.5497, "longitude": 116.37283, "accuracy": 25}
PEOPLE = {
    "agent": "huawu",
    "sorter": "paidan",
    "reviewer": "dafu",
    "manager": "rexian",
    "first": "zhujian",
    "second": "chengguan",
}
ON_PHONES = {"first", "second"}
FIRST, SECOND = "445200-016", "445200-031"
PICTURE = Path(__file__).parents[2] / "src/yunshu/lib/ui/static/ui/mark-192.png"
CALLER, NUMBER = "林某某", "13800138000"
HANDED_ON = ("已收到", "已受理", "已派给承办单位", "已改派承办单位", "承办单位已签收", "重新办理", "已办结", "您已评价")
STEPS = (
    "诉求人评价", "回访后办结", "重办", "审核通过，转回访", "提交答复", "签收", "同意退单，改派", "申请退单", "派单", "受理", "登记",
)  # fmt: skip
MODES = (("normal", "light"), ("large", "dark"))


@pytest.fixture
def hands(browser: Browser, instance: Instance) -> Iterator[dict[str, Page]]:
    """Open a browser for everybody: the citizen's is a phone with a place, the units' are phones, the desk's are wide."""
    with ExitStack() as stack:

        def opened(size: dict, **more: object) -> BrowserContext:
            context = browser.new_context(viewport=size, locale="zh-CN", reduced_motion="reduce", **more)  # type: ignore[arg-type]
            context.set_default_timeout(30_000)
            stack.callback(context.close)
            return context

        citizen = opened(PHONE, geolocation=PLACE, permissions=["geolocation"], has_touch=True)
        pages = {"citizen": citizen.new_page()}
        for role, who in PEOPLE.items():
            pages[role] = opened(PHONE if role in ON_PHONES else DESK).new_page()
            sign_in(pages[role], instance, who)
        yield pages


def sound(page: Page) -> None:
    """Find no fault on a page as it stands: axe in the modes that people choose, nothing wider than the screen."""
    page.evaluate(AXE)
    for size, theme in MODES:
        page.evaluate("([s, t]) => Object.assign(document.documentElement.dataset, {size: s, theme: t})", [size, theme])
        assert page.evaluate(RUN_AXE, TAGS) == [], (page.url, size, theme)
        assert page.evaluate(TOO_WIDE) <= 0, (page.url, size, theme)


def press(page: Page, name: str, leads: str = "") -> None:
    """Press a button and wait for what follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()
    expect(page.locator(".error-summary")).to_have_count(0)
    assert leads in page.url


def opens(page: Page, instance: Instance, number: str, form: str = "") -> None:
    """Open a ticket, or one of its forms, and look at it."""
    answer = page.goto(f"{instance.url}/console/hotline/tickets/{number}/{f'form/{form}/' if form else ''}")
    assert answer is not None
    assert answer.ok, (page.url, answer.status)
    sound(page)


def filed(page: Page, instance: Instance, **more: str) -> tuple[str, str]:
    """File a demand with a photo and where one stands; return its number and code."""
    page.goto(f"{instance.url}/12345/")
    sound(page)
    page.select_option("[name=kind]", more.get("kind", "help"))
    page.fill("[name=title]", more.get("title", "榕华大道路灯不亮"))
    page.fill("[name=content]", "从中山路口到东湖，三天不亮，夜里看不清路，请尽快维修。")
    page.select_option("[name=division]", "445202")
    page.fill("[name=address]", "榕华大道中山路口往东")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.locator("#place")).to_contain_text("误差约 25 米")
    page.set_input_files("[name=attachments]", PICTURE)
    page.fill("[name=name]", CALLER)
    page.fill("[name=phone]", NUMBER)
    sound(page)
    press(page, "提交", "/12345/tickets/RX")
    found = re.search(r"编号 (RX\S+?)，查询码 (\d{6})", page.inner_text("main"))
    assert found
    sound(page)
    return found[1], found[2]


def answered(hands: dict[str, Page], instance: Instance, number: str, words: str) -> None:
    """The second unit answers, another reviews."""
    opens(hands["second"], instance, number, "reply")
    hands["second"].fill("[name=words]", words)
    press(hands["second"], "提交", number)
    opens(hands["reviewer"], instance, number, "pass")
    hands["reviewer"].select_option("[name=passes]", "1")
    press(hands["reviewer"], "提交", number)


def called(hands: dict[str, Page], instance: Instance, number: str, solved: str, stars: str) -> None:
    """The agent calls the citizen back."""
    page = hands["agent"]
    opens(page, instance, number, "call")
    page.select_option("[name=reached]", "yes")
    page.select_option("[name=solved]", solved)
    page.select_option("[name=result_score]", stars)
    page.select_option("[name=process_score]", stars)
    press(page, "提交", number)


def sent_round(hands: dict[str, Page], instance: Instance, number: str) -> None:
    """Accepted, dispatched to the wrong unit, objected to, sent on by the court, signed by the right one."""
    opens(hands["agent"], instance, number)
    press(hands["agent"], "受理")
    dispatch = f"{instance.url}/console/hotline/tickets/{number}/dispatch/"
    hands["sorter"].goto(dispatch)
    sound(hands["sorter"])
    hands["sorter"].select_option("[name=unit]", FIRST)
    press(hands["sorter"], "派单", number)
    opens(hands["first"], instance, number, "object")
    hands["first"].select_option("[name=reason]", index=1)
    hands["first"].fill("[name=words]", "路灯由城管部门管养，不属于本单位职责。")
    hands["first"].fill("[name=basis]", "市城市管理部门权责清单：城市照明设施管养")
    hands["first"].select_option("[name=proposed]", SECOND)
    press(hands["first"], "提交", number)
    hands["sorter"].goto(f"{instance.url}/console/hotline/objections/")
    sound(hands["sorter"])
    hands["sorter"].get_by_role("link", name=number).click()
    hands["sorter"].get_by_role("link", name="改派").click()
    expect(hands["sorter"].locator("main")).to_contain_text("权责清单：城市照明设施管养")
    hands["sorter"].select_option("[name=unit]", SECOND)
    hands["sorter"].fill("[name=words]", "同意退单，依据成立。")
    press(hands["sorter"], "派单", number)
    opens(hands["second"], instance, number)
    press(hands["second"], "签收")


def test_a_demand_goes_through_seven_hands_and_back_to_the_citizen(hands: dict[str, Page], instance: Instance) -> None:
    citizen = hands["citizen"]
    number, code = filed(citizen, instance)
    sent_round(hands, instance, number)
    assert hands["first"].goto(f"{instance.url}/console/hotline/tickets/{number}/").status == 404  # type: ignore[union-attr]
    assert NUMBER not in hands["second"].content()
    assert "*******8000" in hands["second"].content()
    answered(hands, instance, number, "已派员检修，更换灯具三盏。")
    called(hands, instance, number, "0", "1")
    hands["agent"].fill("#reason", "诉求人说还是不亮。")
    press(hands["agent"], "重办")
    answered(hands, instance, number, "经查为电缆故障，已更换电缆，当晚恢复照明。")
    called(hands, instance, number, "1", "5")
    press(hands["agent"], "回访后办结")

    citizen.goto(f"{instance.url}/12345/tickets/{number}/")
    expect(citizen.locator("main")).to_contain_text("已更换电缆")
    sound(citizen)
    for name, value in (("solved", "1"), ("result_score", "5"), ("process_score", "4")):
        citizen.select_option(f"[name={name}]", value)
    press(citizen, "提交评价")
    seen = citizen.inner_text("main")
    assert [step for step in HANDED_ON if step not in seen] == []
    assert "退单" not in seen
    look_up(citizen, instance, number, code)
    stood_by(hands["manager"], instance, number)


def look_up(page: Page, instance: Instance, number: str, code: str) -> None:
    """Another phone knows nothing of it until it is told the code."""
    page.context.clear_cookies()
    assert page.goto(f"{instance.url}/12345/tickets/{number}/").status == 404  # type: ignore[union-attr]
    page.goto(f"{instance.url}/12345/tickets/")
    sound(page)
    page.fill("[name=number]", number.lower())
    page.fill("[name=code]", code)
    press(page, "查询", number)


def stood_by(page: Page, instance: Instance, number: str) -> None:
    """The manager reads each step in its order, and the ledger knows the receipt."""
    opens(page, instance, number)
    timeline = page.locator(".timeline").inner_text()
    places = [timeline.find(step) for step in STEPS]
    assert -1 not in places, dict(zip(STEPS, places, strict=True))
    assert "116.37283, 23.5497" in page.inner_text("main")
    photo = page.locator("main a", has_text=PICTURE.name).first.get_attribute("href")
    assert page.request.get(instance.url + (photo or "/nothing")).body() == PICTURE.read_bytes()
    page.wait_for_function(
        """async () => (await (await fetch(location.href)).text()).includes("下载存证回执")""",
        timeout=60_000,
        polling=1000,
    )
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载存证回执").first.click()
    assert b"c2sp.org/tlog-proof" in Path(download.value.path()).read_bytes()


def every_page(hands: dict[str, Page], instance: Instance, number: str, check: Callable[[Page, str], None]) -> None:
    """Visit what each member of staff can see of a ticket."""
    for role in PEOPLE:
        for place in (
            "",
            f"tickets/?q={number}",
            f"tickets/{number}/",
            f"tickets/{number}/print/",
            "objections/",
            "callbacks/",
        ):
            page = hands[role]
            page.goto(f"{instance.url}/console/hotline/{place}")
            check(page, page.content())


def test_the_identity_of_a_report_is_on_no_page(hands: dict[str, Page], instance: Instance) -> None:
    number, _code = filed(hands["citizen"], instance, kind="report", title="举报占道经营")
    opens(hands["agent"], instance, number)
    press(hands["agent"], "受理")
    hands["sorter"].goto(f"{instance.url}/console/hotline/tickets/{number}/dispatch/")
    hands["sorter"].select_option("[name=unit]", SECOND)
    press(hands["sorter"], "派单", number)
    told: list[str] = []
    every_page(
        hands, instance, number, lambda page, text: told.extend(page.url for word in (CALLER, NUMBER) if word in text)
    )
    assert told == []
    assert (
        number in hands["second"].content()
        or hands["second"].goto(f"{instance.url}/console/hotline/tickets/{number}/").ok
    )  # type: ignore[union-attr]
    draft = hands["citizen"].evaluate("() => localStorage.getItem('yunshu.demand')")
    assert draft is None, "nothing of a report stays on the phone"


def test_a_phone_without_a_place_or_a_network_loses_nothing(browser: Browser, instance: Instance) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", permissions=[], reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{instance.url}/12345/")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.locator("#place")).to_contain_text("写清地点，一样能办")
    page.select_option("[name=kind]", "help")
    page.fill("[name=title]", "巷口污水外溢")
    page.fill("[name=content]", "雨后一直在流。")
    page.fill("[name=phone]", NUMBER)
    context.set_offline(True)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#demand-status")).to_contain_text("还没有提交")
    sound(page)
    context.set_offline(False)
    page.close()
    page = context.new_page()
    page.goto(f"{instance.url}/12345/")
    expect(page.locator("#draft")).to_be_visible()
    assert page.input_value("[name=content]") == "雨后一直在流。"
    assert page.input_value("[name=phone]") == ""
    page.get_by_role("button", name="提交", exact=True).dblclick()
    page.wait_for_url("**/12345/tickets/RX**")
    page.goto(f"{instance.url}/12345/tickets/")
    expect(page.locator("main li a", has_text="巷口污水外溢")).to_have_count(1)
    page.goto(f"{instance.url}/12345/")
    expect(page.locator("#draft")).to_be_hidden()
    context.close()


def test_a_session_that_ended_costs_no_text(hands: dict[str, Page], instance: Instance) -> None:
    page = hands["agent"]
    page.goto(f"{instance.url}/console/hotline/tickets/new/")
    page.fill("[name=content]", "市民来电反映巷口污水外溢。")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="受理").click()
    page.wait_for_url("**/accounts/login/**")
    page.fill("input[name=login]", PEOPLE["agent"])
    page.fill("input[name=password]", instance.passwords[PEOPLE["agent"]])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/tickets/new/**")
    assert page.input_value("[name=content]") == "市民来电反映巷口污水外溢。"
