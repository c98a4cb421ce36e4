"""A citizen dials 12345: the built-in switch rings an agent's telephone, the page fills itself, the call ends on a ticket and in the figures."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.cti.phones import SCENARIOS, SIPP, free_port
from tests.e2e.conftest import Instance, sign_in
from tests.e2e.test_hotline import press, sound

pytestmark = pytest.mark.e2e
DESK, SMALL = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
RINGS_MS, SPEAKS_MS = 4000, 9000
CALLER = "1391"
"""Who SIPp's first call says it is."""


@contextmanager
def sipp(scenario: str, folder: Path, port: int, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run SIPp on the loopback; it ends with the block at the latest."""
    media = ["-mi", "127.0.0.1", "-mp", str(free_port() // 2 * 2)]
    command = [str(SIPP), "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, *media, *more], cwd=folder, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def agent(browser: Browser, instance: Instance) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    sign_in(page, instance, "huawu")
    yield page
    context.close()


def at_the_telephone(page: Page, instance: Instance, port: int) -> None:
    """The hotline's manager registers a telephone."""
    sign_in(page, instance, "rexian")
    page.goto(f"{instance.url}/console/lists/hotline-telephones/new/")
    for name, value in (("code", "8101"), ("name", "一号座席"), ("address", f"sip:8101@127.0.0.1:{port}")):
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".error-summary")).to_have_count(0)


def bar_says(page: Page, state: str) -> None:
    expect(page.locator(f".phone-bar[data-state={state}]")).to_be_visible()


def in_both_sizes(page: Page) -> None:
    """Find no fault on the desk as it stands, on a wide screen and on a phone."""
    sound(page)
    page.set_viewport_size(SMALL)
    sound(page)
    page.set_viewport_size(DESK)


def counted(page: Page, instance: Instance, number: str) -> None:
    """The manager finds the call behind the indicator, its number masked."""
    page.goto(f"{instance.url}/console/hotline/figures/?i=call_connected")
    row = page.locator("tr", has=page.get_by_role("link", name="接通率", exact=True)).first
    expect(row).to_contain_text("100 %")
    sound(page)
    row.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator("#list")).to_contain_text(number)
    expect(page.locator("#list")).not_to_contain_text(CALLER)
    sound(page)


@pytest.mark.timeout(240)
def test_a_call_rings_fills_the_form_and_ends_on_a_ticket(
    agent: Page, page: Page, instance: Instance, tmp_path: Path
) -> None:
    port = free_port()
    at_the_telephone(page, instance, port)
    agent.goto(f"{instance.url}/console/hotline/phone/")
    in_both_sizes(agent)
    with sipp("agent", tmp_path, port, "-d", str(RINGS_MS)):
        agent.select_option("#telephone", "8101")
        agent.get_by_role("button", name="签入").click()
        bar_says(agent, "idle")
        dialled = ("-d", str(SPEAKS_MS), "-m", "1", "-s", "12345", f"127.0.0.1:{instance.sip}")
        with sipp("caller", tmp_path, free_port(), *dialled) as caller:
            bar_says(agent, "ringing")
            expect(agent.locator("#phone-case")).to_contain_text("没有以这个号码登记过的工单")
            expect(agent.locator("[name=ticket-phone]")).to_have_value(CALLER)
            bar_says(agent, "talking")
            agent.fill("[name=ticket-title]", "榕华大道路灯不亮")
            agent.fill("[name=ticket-content]", "中山路口往东三天不亮，夜里看不清路。")
            in_both_sizes(agent)
            assert caller.wait(60) == 0
        expect(agent.locator(".phone-bar")).to_contain_text("上一通来电还没有办结")
        expect(agent.locator("[name=ticket-title]")).to_have_value("榕华大道路灯不亮")
        number = agent.locator("#phone-case [data-case]").get_attribute("data-case") or ""
        press(agent, "受理并办结通话")
        expect(agent.locator("main")).to_contain_text("榕华大道路灯不亮")
        agent.goto(f"{instance.url}/console/hotline/phone/")
        bar_says(agent, "idle")
        agent.get_by_role("button", name="签出").click()
    counted(page, instance, number)
