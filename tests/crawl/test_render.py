"""Pages that a script fills, in a real Chromium."""

import asyncio
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from aiohttp import web
from tests.crawl.place import fetcher, html, served

from yunshu.lib.crawl import parse
from yunshu.lib.crawl.render import Chromium, Renderer, needs_rendering

T = TypeVar("T")

pytestmark = pytest.mark.e2e
HOST = "www.x.example"
SCRIPT = """fetch('/api/list').then(answer => answer.json()).then(rows => { document.getElementById('app').innerHTML =
rows.map(row => `<a href="/p/${row}.html">第${row}条信息的标题在这里，足够长</a>`).join('<br>') });
fetch('http://169.254.169.254/latest/').then(a => a.text()).then(t => document.title = 'stolen');"""


async def answer(request: web.BaseRequest) -> web.Response:
    if request.path == "/api/list":
        return web.json_response(list(range(20)))
    if request.path == "/a.js":
        return web.Response(text=SCRIPT, content_type="text/javascript")
    if request.path == "/":
        return html('<html><title>壳</title><body><div id="app"></div><script src="/a.js"></script>')
    return web.Response(status=404)


@dataclass
class Listener:
    """Counts who connects to a port that no page may reach."""

    came: int = 0

    def __call__(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        writer.close()


async def reached(markup: str, program: str) -> tuple[int, str]:
    """Return how often a page got through to a port on loopback, and what it became; ``PORT`` in it is the port."""
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    page = markup.replace("PORT", str(server.sockets[0].getsockname()[1]))

    async def hostile(request: web.BaseRequest) -> web.Response:
        return html(f"<html><title>壳</title><body>{page}</body></html>")

    async with (
        server,
        served(hostile) as place,
        fetcher({HOST: place}) as fetching,
        Renderer(fetching, Chromium(program, settle_s=0.5)) as renderer,
    ):
        drawn = await renderer.html(f"http://{HOST}/")
        return listener.came, drawn or ""


async def rendered(path: str, program: str) -> tuple[bool, str | None]:
    async with served(answer) as place, fetcher({HOST: place}) as fetching:
        static = await fetching.get(f"http://{HOST}{path}")
        async with Renderer(fetching, Chromium(program)) as renderer:
            url = f"http://{HOST}{path}"
            return needs_rendering(parse(static.body, "text/html", url)), await renderer.html(url)


@pytest.fixture
def chromium() -> str:
    program = shutil.which("chromium")
    if not program:
        pytest.skip("chromium is not installed")
    return program


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of a thread of its own: the browser's tests keep one running in theirs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_a_shell_is_filled_through_the_fetcher_and_reaches_nothing_else(chromium: str) -> None:
    shell, filled = apart(rendered("/", chromium))
    assert shell
    read = parse((filled or "").encode(), "text/html; charset=utf-8", f"http://{HOST}/")
    assert len(read.links) == 21
    assert read.title == "壳"
    assert not needs_rendering(read)


def test_a_page_that_is_not_there_does_not_open(chromium: str) -> None:
    assert apart(rendered("/none", chromium))[1] is None


@pytest.mark.parametrize(
    "markup",
    [
        '<iframe src="http://127.0.0.1:PORT/"></iframe><script>document.title = "run"</script>',
        '<script>document.title = "run"; fetch("http://localhost:PORT/")</script>',
        '<script>document.title = "run"; new WebSocket("ws://127.0.0.1:PORT/")</script>',
        '<link rel="preconnect" href="http://127.0.0.1:PORT"><script>document.title = "run"</script>',
        '<script>document.title = "run"; navigator.sendBeacon("http://127.0.0.1:PORT/")</script>',
        '<script>document.title = "run"; new Worker(URL.createObjectURL(new Blob([\'fetch("http://127.0.0.1:PORT/")\'])))</script>',
        """<script>document.title = "run"; const peer = new RTCPeerConnection({iceServers: [{urls: 'turn:127.0.0.1:PORT?transport=tcp',
        username: 'x', credential: 'y'}]}); peer.createDataChannel('x'); peer.createOffer().then(o => peer.setLocalDescription(o))</script>""",
    ],
)
def test_a_page_reaches_no_private_address_whatever_it_tries(chromium: str, markup: str) -> None:
    came, drawn = apart(reached(markup, chromium))
    assert came == 0
    assert "<title>run</title>" in drawn
