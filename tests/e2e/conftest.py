"""A whole instance of its own, as ``make up`` starts it, and a real browser in front of it."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from yunshu.config.bootstrap import machine

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Instance:
    """A running instance: its address, its folder, the sample accounts' passwords, the UDP port that its switch listens on."""

    url: str
    data: Path
    passwords: dict[str, str]
    sip: int


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    """Start everything with the city pack in a folder of its own; stop it at the end and delete it.

    Not under pytest's own folder: each pytest that starts closes that one to other users, and PostgreSQL is one.
    """
    data = Path(tempfile.mkdtemp(prefix="yunshu-e2e-"))
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "NATS_URL"}}
    environment |= {"YUNSHU_DATA": str(data), "YUNSHU_PORT": "8700"}
    sip = machine.free_port()
    environment |= {"YUNSHU_PHONE": "sip", "YUNSHU_PHONE_ADDRESS": f"127.0.0.1:{sip}", "YUNSHU_PHONE_RECORD": "1"}
    yunshu = [str(Path(sys.executable).parent / "yunshu")]
    up = subprocess.run([*yunshu, "up"], env=environment, capture_output=True, text=True, timeout=280)
    assert up.returncode == 0, up.stdout + up.stderr
    with (data / "accounts.txt").open() as sheet:
        passwords = {row["username"]: row["password"] for row in csv.DictReader(sheet)}
    yield Instance(json.loads((data / "instance.json").read_text())["env"]["YUNSHU_URL"], data, passwords, sip)
    subprocess.run([*yunshu, "reset", "--yes"], env=environment, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a fresh window without anybody's cookies."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", accept_downloads=True)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, instance: Instance, who: str) -> None:
    """Sign in as a sample account, whoever was signed in before."""
    page.context.clear_cookies()
    page.goto(f"{instance.url}/accounts/login/")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", instance.passwords[who])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/console/**")
