"""An inspector's first day: posts are brought in, what is wrong with them waits in the queue, and is decided by keys alone."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Instance, sign_in

from yunshu.lib.kernel import clock

pytestmark = pytest.mark.e2e
INSPECTOR = "yunwei"
HANDLE = "e2e-review"
HOURLY = 120
FAULTS = 8


def bring_in(page: Page, instance: Instance, folder: Path) -> str:
    """Register an account and import posts, each with somebody's telephone number in full; return its unit's code."""
    page.goto(f"{instance.url}/console/inspection/accounts/new/")
    page.select_option("select[name=platform]", "wechat")
    page.fill("input[name=handle]", HANDLE)
    page.fill("input[name=name]", "键盘复核测试")
    (org,) = page.select_option("select[name=org]", index=1)
    page.get_by_role("button", name="登记").click()
    page.wait_for_url(re.compile(r"/accounts/XM"))
    sheet = folder / "posts.csv"
    at = clock.now() - timedelta(hours=3)
    lines = [
        f"微信公众号,{HANDLE},k{n},{at:%Y-%m-%d %H:%M},第{n}条,联系人手机号码：1391234567{n}。" for n in range(FAULTS)
    ]
    sheet.write_text("\n".join(["平台,账号标识,发文标识,发布时间,标题,正文", *lines]))
    page.goto(f"{instance.url}/console/inspection/import/posts/")
    expect(page.locator("nav a[aria-current=page]", has_text="账号发文")).to_have_count(1)
    page.set_input_files("input[type=file]", sheet)
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url("**/posts/")
    return org


def queue(page: Page, instance: Instance, org: str, most_s: float = 150) -> None:
    """Open the queue of these faults once the posts have been read."""
    ends = time.monotonic() + most_s
    while time.monotonic() < ends:
        page.goto(f"{instance.url}/console/inspection/queue/?kind=privacy_leak&org={org}")
        if f"共 {FAULTS} 条" in page.inner_text("main"):
            return
        time.sleep(3)
    raise AssertionError(page.inner_text("main"))


def number(page: Page) -> str:
    """Return which finding is shown."""
    href = page.get_attribute(".queue-title a", "href") or ""
    return href.rstrip("/").rsplit("/", 1)[-1]


def press(page: Page, key: str, before: str) -> str:
    """Press a key and wait until another finding is shown; return its number."""
    page.keyboard.press(key)
    page.wait_for_function(
        "before => document.querySelector('.queue-title a')?.getAttribute('href').includes(before) === false",
        arg=before,
    )
    return number(page)


def test_the_queue_is_worked_by_keys_alone(page: Page, instance: Instance, tmp_path: Path) -> None:
    sign_in(page, instance, INSPECTOR)
    queue(page, instance, bring_in(page, instance, tmp_path))

    first = number(page)
    second = press(page, "j", first)
    assert press(page, "k", second) == first

    started = time.monotonic()
    shown = first
    for _ in range(4):
        shown = press(page, "a", shown)
    assert 4 / (time.monotonic() - started) * 3600 >= HOURLY

    page.keyboard.press("f")
    expect(page.locator("#false-words")).to_be_focused()
    page.keyboard.type("演示号码，不是个人信息 jk")
    last = press(page, "Control+Enter", shown)
    assert press(page, "u", last) == shown, "the false alarm is back"
    expect(page.locator("main")).to_contain_text("共 4 条")

    page.keyboard.press("?")
    expect(page.locator("#queue-keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#queue-keys")).to_be_hidden()
    page.keyboard.press("e")
    page.wait_for_url("**/proof/**")
    assert "139" not in page.inner_text("main .excerpt").replace("139****", "")
