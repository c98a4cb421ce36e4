"""Barriers that only a drawn page shows, by axe-core in a real Chromium."""

import asyncio

import pytest
from aiohttp import web
from tests.crawl.place import fetcher, html, served

from yunshu.lib.crawl.barriers import Barrier, barriers
from yunshu.lib.crawl.render import Chromium, Renderer

pytestmark = pytest.mark.slow
HOST = "www.x.example"
POLICY = '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
PAGES = {
    "/faint": '<link rel="stylesheet" href="/a.css"><p class="faint">这行字的颜色太浅，看不清楚</p>',
    "/clear": "<p>这行字看得清楚</p>",
    "/strict": POLICY + '<link rel="stylesheet" href="/a.css"><p class="faint">这行字的颜色太浅，看不清楚</p>',
    "/liar": "<script>Object.defineProperty(window, 'axe', {get: () => ({configure() {}, run: async () => ({violations: "
    "[{nodes: [], tags: 3}]})}), set() {}})</script><p>骗人的</p>",
    "/picture": '<img src="/p.png"><p>图片没有替代文字</p>',
}


async def answer(request: web.BaseRequest) -> web.Response:
    if request.path == "/a.css":
        return web.Response(text=".faint { color: #ccc; background: #fff }", content_type="text/css")
    page = PAGES.get(request.path)
    if page is None:
        return web.Response(status=404)
    return html(f"<html lang='zh-CN'><title>网页</title><body><main><h1>标题</h1>{page}</main></body></html>")


def found(path: str) -> list[Barrier] | None:
    async def main() -> list[Barrier] | None:
        async with served(answer) as place, fetcher({HOST: place}) as fetching:
            came = await fetching.get(f"http://{HOST}{path}")
            async with Renderer(fetching, Chromium()) as renderer:
                return await barriers(renderer, came, but=["image-alt"])

    return asyncio.run(main())


@pytest.mark.parametrize("path", ["/faint", "/strict"])
def test_faint_letters_are_found_by_their_style(path: str) -> None:
    (barrier,) = found(path) or ()
    assert (barrier.rule, barrier.count) == ("color-contrast", 1)
    assert "143" in barrier.criteria
    assert "对比度" in barrier.help
    assert barrier.elements[0] == ("p", '<p class="faint">这行字的颜色太浅，看不清楚</p>')


@pytest.mark.parametrize("path", ["/clear", "/picture"])
def test_what_has_no_barrier_or_only_one_left_out_has_none(path: str) -> None:
    assert found(path) == []


@pytest.mark.parametrize("path", ["/liar", "/missing"])
def test_a_page_that_lies_or_does_not_come_says_nothing(path: str) -> None:
    assert found(path) is None
