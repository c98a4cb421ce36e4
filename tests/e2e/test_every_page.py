"""Every page a signed-in person can reach by links, one address a route, in the modes people choose for their eyes.

Pages are found by following links, not listed. On each: axe, nothing wider than the screen, no error in the browser.
"""

import html
import re
from collections import deque
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page
from tests.e2e.conftest import Instance, sign_in

pytestmark = pytest.mark.e2e
AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = "only => axe.run({runOnly: only}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))"
DARKEN = "() => { document.documentElement.dataset.theme = 'dark'; document.documentElement.dataset.size = 'normal'; }"
LINK = re.compile(r'<a [^>]*?href="([^"#]+)')
POLICY = "addEventListener('securitypolicyviolation', e => refusedByPolicy(`${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile}`))"
"""Tells of everything that the content policy keeps a page from."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PEOPLE = ("tianbao", "xitong", "anquan", "shenji", "jigou", "rili", "yunwei", "xiangmu", "xiangmuzg", "rexian")
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1440, "height": 900}
MODES = {
    "phone-large-then-desktop-dark": (PHONE, {"ui_size": "large"}),
    "desktop-contrast-english": (DESKTOP, {"ui_contrast": "high", "django_language": "en"}),
}
"""What is set before a page is opened. A page on a large-text phone is then turned into a dark one on a desk where it stands."""
LEAST = 40
"""Fewer routes than this means that the walk was cut off, not that there is nothing to see."""


def route_of(path: str) -> str:
    """Return the route's name and pattern; empty where the address is no page of ours."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return match.view_name or match.route


def walk(page: Page, instance: Instance) -> dict[str, str]:
    """Follow every link from the desk; return one address for each route."""
    found: dict[str, str] = {}
    waiting = deque(["/", "/console/"])
    while waiting:
        address = waiting.popleft()
        route = route_of(urlsplit(address).path)
        if not route or route in found or "logout" in address:
            continue
        answer = page.request.get(instance.url + address)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert answer.ok, f"{address}: {answer.status}"
        found[route] = address
        links = (urljoin(instance.url + address, html.unescape(link)) for link in LINK.findall(answer.text()))
        waiting.extend(link.removeprefix(instance.url) for link in links if link.startswith(instance.url))
    return found


def looked_at(page: Page, only: list[str]) -> list[str]:
    """Return what axe finds by some rules, and whether anything is wider than the screen."""
    faults: list[str] = page.evaluate(RUN_AXE, only)
    if (wide := page.evaluate(TOO_WIDE)) > 0:
        faults.append(f"{wide} px wider than the screen")
    return [f"{page.viewport_size}: {fault}" for fault in faults]


@pytest.fixture(scope="module")
def walked() -> dict[str, dict[str, str]]:
    """Keep what each person reached, so that each mode does not walk anew."""
    return {}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", MODES)
def test_every_page_is_accessible_and_fits(page: Page, instance: Instance, walked: dict, mode: str) -> None:
    size, cookies = MODES[mode]
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")  # colours change at once
    wrong: dict[str, list[str]] = {}
    page.on("pageerror", lambda error: wrong.setdefault(page.url, []).append(f"script: {error}"))
    page.expose_function("refusedByPolicy", lambda what: wrong.setdefault(page.url, []).append(f"policy: {what}"))
    page.add_init_script(POLICY)
    seen: set[str] = set()
    for who in PEOPLE:
        sign_in(page, instance, who)
        if who not in walked:
            walked[who] = walk(page, instance)
        page.context.add_cookies([{"name": n, "value": v, "url": instance.url} for n, v in cookies.items()])
        for route, address in walked[who].items():
            if route in seen:
                continue
            seen.add(route)
            page.goto(instance.url + address)
            page.evaluate(AXE)
            faults = looked_at(page, TAGS)
            if size == PHONE:
                page.set_viewport_size(DESKTOP)
                page.evaluate(DARKEN)
                faults += looked_at(page, TAGS)
                page.set_viewport_size(PHONE)
            if faults:
                wrong.setdefault(address, []).extend(faults)
    assert not wrong, wrong
    assert len(seen) >= LEAST
