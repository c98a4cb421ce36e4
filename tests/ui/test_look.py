"""The style page in a real browser: axe (WCAG 2.2 AA) in every mode, nothing wider than the window, no refused style.

Pages come from Django's test client through Playwright's router: no server, no port.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright

from yunshu.config.env import ROOT
from yunshu.lib.ui import nav

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
ORIGIN = "http://ui.test"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/style/", "/offline/", "/accounts/login/", "/refuse/403/", "/orgs/", "/console/lists/"]
MODES = {
    "light": {},
    "dark": {"ui_theme": "dark"},
    "large": {"ui_size": "large"},
    "high contrast": {"ui_contrast": "high"},
    "dark, high contrast": {"ui_theme": "dark", "ui_contrast": "high"},
    "compact": {"ui_density": "compact"},
}


@pytest.fixture(scope="module")
def chromium(request):
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        yield browser
        browser.close()


def answer(pages: dict[str, HttpResponse], route: Route) -> None:
    """Answer the browser with a page made before (the router runs outside the test's transaction) or a static file."""
    path = urlsplit(route.request.url).path
    if path in pages:
        headers = {name: value for name, value in pages[path].items() if name != "Content-Length"}
        route.fulfill(status=pages[path].status_code, headers=headers, body=pages[path].content)
        return
    found = finders.find(path.removeprefix("/static/"))
    route.fulfill(path=found) if found else route.fulfill(status=404)


def open_page(
    browser: Browser, client: Client, paths: str, width: int, cookies: dict[str, str]
) -> tuple[Page, list[str]]:
    """Open the first of ``paths`` in a window ``width`` wide; return the page and what the browser complained of."""
    for name, value in cookies.items():
        client.cookies[name] = value
    viewer = {"X-Viewer": "" if "accounts" in paths else "editor"}
    pages = {path: client.get(path, headers=viewer) for path in paths.split()}
    page = browser.new_context(
        viewport={"width": width, "height": 900}, locale="zh-CN", service_workers="block"
    ).new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/*", lambda route: answer(pages, route))
    page.goto(f"{ORIGIN}{paths.split()[0]}", wait_until="load")
    return page, complaints


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(ui, chromium, path, mode):
    page, complaints = open_page(chromium, ui, path, 1280, MODES[mode])
    page.evaluate(Path(AXE).read_text())
    violations = page.evaluate("tags => axe.run({runOnly: tags}).then(r => r.violations)", TAGS)
    assert [(v["id"], [n["target"] for n in v["nodes"]][:5]) for v in violations] == []
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "size"), [(360, "normal"), (360, "large"), (768, "normal"), (1440, "large")])
def test_nothing_is_wider_than_the_window(ui, chromium, path, width, size):
    page, _ = open_page(chromium, ui, path, width, {"ui_size": size})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def edges(page: Page, scrolled: int) -> list[bool]:
    """Whether the first table differs from its own ground at its left and at its right edge, wide and scrolled so far."""
    frame = page.locator(".table-frame").first
    frame.scroll_into_view_if_needed()
    frame.evaluate(
        """(frame, left) => {
            document.querySelector(".watermark")?.remove();
            frame.querySelector("table").style.minWidth = "900px";
            for (const cell of frame.querySelectorAll("table *"))
                cell.style.cssText = "color: transparent; border-color: transparent; background: none";
            frame.scrollLeft = left;
        }""",
        scrolled,
    )
    box = frame.bounding_box()
    places = [box["x"] + 3, box["x"] + box["width"] - 4, box["x"] + box["width"] / 2]
    left, right, middle = (
        page.screenshot(clip={"x": x, "y": box["y"] + box["height"] / 2, "width": 1, "height": 1}) for x in places
    )
    return [left != middle, right != middle]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_table_that_goes_on_beyond_an_edge_shows_it_there(ui, chromium, mode):
    page, _ = open_page(chromium, ui, "/style/", 360, MODES[mode])
    assert [edges(page, left) for left in (0, 200, 9000)] == [[False, True], [True, True], [True, False]]
    page.context.close()


def test_the_keyboard_helps_and_goes(ui, chromium, monkeypatch):
    entry = nav.NavItem(section="系统", label="基础数据", url_name="ui:references", shortcut="g l")
    monkeypatch.setattr(nav, "_ITEMS", {entry.url_name: entry})
    page, _ = open_page(chromium, ui, "/style/ /console/lists/", 1280, {})
    page.keyboard.press("?")
    assert page.locator("dialog#keys").evaluate("d => d.open")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/console/lists/", timeout=5000)
    page.context.close()


def test_scripts_of_a_first_view_stay_under_100_kb():
    scripts = ["django_htmx/htmx-4.min.js", "ui/ui.js"]
    assert sum(Path(finders.find(name)).stat().st_size for name in scripts) < 100_000
