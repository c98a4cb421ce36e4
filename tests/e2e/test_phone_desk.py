"""A call from its ringing to its ticket: SIPp dials the instance's own switch, the agent's browser rings, writes, settles."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.cti.phones import SIPP, telephone
from tests.e2e.conftest import Instance, sign_in
from tests.e2e.test_hotline import sound

from yunshu.config.bootstrap import machine

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not SIPP, reason="SIPp is not installed (.ci/programs)")]
RING_MS = "8000"
WITHIN_MS = 30_000
"""Longest that a telephone, a process and a page may take together on a busy machine."""
CALLER = "1391"
"""What SIPp calls itself the first time it calls."""
TITLE, CONTENT = "榕华大道路灯不亮", "从中山路口到东湖，三天不亮。"
STATE = ".phone-bar[data-state={}]"
DESK = {"width": 1440, "height": 900}
PEOPLE = {"keeper": "rexian", "agent": "huawu", "leader": "huawubz"}
ADDRESS = "/console/hotline/phone/"


@pytest.fixture
def hands(browser: Browser, instance: Instance) -> Iterator[dict[str, Page]]:
    """Open a browser for who keeps the lists, who answers and who leads the shift."""
    with ExitStack() as stack:
        pages = {}
        for role, who in PEOPLE.items():
            context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")  # type: ignore[arg-type]
            context.set_default_timeout(30_000)
            stack.callback(context.close)
            pages[role] = context.new_page()
            sign_in(pages[role], instance, who)
        yield pages


@pytest.fixture
def agent(hands: dict[str, Page], instance: Instance, tmp_path: Path) -> Iterator[Page]:
    """An agent who has signed in at a telephone of SIPp's, which rings a while and is picked up."""
    port, page = machine.free_port(), hands["agent"]
    hands["keeper"].goto(f"{instance.url}/console/lists/hotline-telephones/new/")
    for name, value in {"code": str(port), "name": "一号座席", "address": f"sip:agent@127.0.0.1:{port}"}.items():
        hands["keeper"].fill(f"[name={name}]", value)
    hands["keeper"].get_by_role("button", name="保存").click()
    hands["keeper"].wait_for_url(re.compile(r"hotline-telephones/(\d+/)?$"))
    with telephone("agent", "-d", RING_MS, port=port, folder=tmp_path):
        page.goto(instance.url + ADDRESS)
        page.select_option("#telephone", str(port))
        page.get_by_role("button", name="签入").click()
        expect(page.locator(STATE.format("idle"))).to_be_visible(timeout=WITHIN_MS)
        yield page
        page.get_by_role("button", name="签出").click()
        expect(page.locator(STATE.format("out"))).to_be_visible(timeout=WITHIN_MS)


def written(page: Page) -> None:
    """Write down a demand while speaking: what the browser finds missing is said at its field, in the page and its language."""
    page.fill("[name=ticket-title]", " ")
    page.fill("[name=ticket-content]", CONTENT)
    page.fill("[name=ticket-answer]", "已告知由城管部门今晚抢修。")
    page.get_by_role("button", name="受理并办结通话").click()
    kind = page.get_by_label("诉求类型")
    expect(kind).to_be_focused(timeout=WITHIN_MS)
    expect(kind).to_be_in_viewport()
    expect(page.locator("[data-invalid]")).to_have_text("这一项必填。")
    sound(page)
    kind.select_option("help")
    expect(page.locator("[data-invalid]")).to_have_count(0)


def refused(page: Page) -> None:
    """What the server refuses is said too; the call ends meanwhile, is owed, and nothing that was written is lost."""
    with page.expect_navigation():
        page.get_by_role("button", name="受理并办结通话").click()
    expect(page.locator(".error-summary")).to_be_focused(timeout=WITHIN_MS)
    page.get_by_role("button", name="挂断").click()
    expect(page.locator(STATE.format("wrap_up"))).to_contain_text("上一通来电还没有办结", timeout=WITHIN_MS)
    expect(page.get_by_role("button", name="示闲")).to_have_count(0)
    expect(page.locator("[name=ticket-content]")).to_have_value(CONTENT)
    page.fill("[name=ticket-title]", TITLE)


def ready(page: Page) -> None:
    page.get_by_role("button", name="示闲").click()
    expect(page.locator(STATE.format("idle"))).to_be_visible(timeout=WITHIN_MS)


def test_a_call_rings_in_the_browser_and_ends_on_a_ticket(
    agent: Page, hands: dict[str, Page], instance: Instance, tmp_path: Path
) -> None:
    before = offered(hands["leader"], instance)
    dialled = ("listener", f"127.0.0.1:{instance.sip}", "-m", "1", "-s", "12345")
    with telephone(*dialled, port=machine.free_port(), folder=tmp_path) as caller:
        expect(agent.locator(STATE.format("ringing"))).to_contain_text(CALLER, timeout=WITHIN_MS)
        expect(agent.locator("[name=ticket-phone]")).to_have_value(CALLER)
        expect(agent.locator(STATE.format("talking"))).to_contain_text("保持", timeout=WITHIN_MS)
        written(agent)
        refused(agent)
        assert caller.wait(30) == 0
    with agent.expect_navigation():
        agent.get_by_role("button", name="受理并办结通话").click()
    said = re.search(r"编号 (RX\S+?)，查询码 \d{6}", agent.inner_text("main"))
    assert said
    ready(agent)
    calls_again(agent, instance, said[1], tmp_path)
    stands(hands["leader"], instance, said[1])
    assert offered(hands["leader"], instance) == before + 2


def calls_again(page: Page, instance: Instance, number: str, folder: Path) -> None:
    """The same caller is known: the ticket is shown, and the second call ends on it."""
    dialled = ("caller", f"127.0.0.1:{instance.sip}", "-d", "500", "-m", "1", "-s", "12345")
    with telephone(*dialled, port=machine.free_port(), folder=folder) as caller:
        expect(page.locator("#phone-case")).to_contain_text(f"{number} {TITLE}", timeout=WITHIN_MS)
        assert caller.wait(30) == 0
    expect(page.locator(STATE.format("wrap_up"))).to_be_visible(timeout=WITHIN_MS)
    page.fill("[name=known-ticket]", number)
    with page.expect_navigation():
        page.get_by_role("button", name="关联并办结通话").click()
    expect(page.locator("main")).to_contain_text("通话已关联到工单。")
    ready(page)


def stands(page: Page, instance: Instance, number: str) -> None:
    """The shift leader finds both calls on the ticket, the recording on the call."""
    page.goto(f"{instance.url}/console/hotline/tickets/{number}/")
    calls = page.locator("main a", has_text=re.compile("^TH"))
    expect(calls).to_have_count(2)
    calls.first.click()
    expect(page.locator("main")).to_contain_text("话后办结")
    expect(page.get_by_role("button", name="调听")).to_be_visible(timeout=WITHIN_MS)
    sound(page)


def offered(page: Page, instance: Instance) -> int:
    """Return how many calls of today the shift leader's board has."""
    page.goto(f"{instance.url}{ADDRESS}board/")
    sound(page)
    said = re.search(r"今日来电\s*(\d+)", page.locator("#phone-board").inner_text())
    assert said
    return int(said[1])
