import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from tests.crawl.place import Answering, fetcher, html, served

from yunshu.lib.crawl import NotThisPlatform, Platform, gkmlpt, literals
from yunshu.lib.kernel.clock import CITY_ZONE

HOST = "www.x.gov.cn"
INDEX = """<html><script>
  // the site
  window._CONFIG = {
    SID: '663001', BASE: "http:\\/\\/www.x.gov.cn", LOGIN: isLogin(), empty: undefined, note: "a } brace \\" and 'quotes'",
    TREE: [{"id": 1, name: '法规公文', post_count: 3, jump_url: "", children: [
        {id: 508, name: "政策文件", post_count: 45, jump_url: "", children: []},
        {id: 509, name: "部门链接", post_count: 0, jump_url: "http://other.gov.cn/", children: null},
    ]}, /* last */ {id: 2, name: "空栏目", post_count: 0, children: []}],
  };
</script></html>"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(value=st.dictionaries(st.text(max_size=5), JSON, max_size=4), after=st.text(max_size=10))
def test_all_json_is_read_as_json(value: dict[str, object], after: str) -> None:
    assert literals.assigned(f"<script>var x = {json.dumps(value)};{after}", "x") == json.loads(json.dumps(value))


@given(source=st.text(alphabet="{}[]:,'\"`abc1 \\/*\n", max_size=40))
def test_no_script_is_too_strange(source: str) -> None:
    assert isinstance(literals.assigned(f"x = {{{source}", "x"), dict | None)


def test_a_literal_is_read_more_tolerantly_than_json() -> None:
    config = literals.assigned(INDEX, "window._CONFIG")
    assert (config["SID"], config["BASE"], config["LOGIN"], config["empty"]) == (
        "663001",
        "http://www.x.gov.cn",
        None,
        None,
    )
    assert config["note"] == "a } brace \" and 'quotes'"


def test_the_index_gives_the_whole_tree_of_columns() -> None:
    site = gkmlpt.site_of(INDEX)
    assert site.sid == "663001"
    assert [(column.id, column.path, column.posts) for column in site.walk()] == [
        (1, ("法规公文",), 3),
        (508, ("法规公文", "政策文件"), 45),
        (509, ("法规公文", "部门链接"), 0),
        (2, ("空栏目",), 0),
    ]


def test_another_site_is_told_apart() -> None:
    with pytest.raises(NotThisPlatform):
        gkmlpt.site_of("<script>window._CONFIG = {a: 1}</script>")


def row(number: int) -> dict[str, object]:
    return {
        "id": number,
        "title": f"第{number}号文件",
        "document_number": f"揭府〔2026〕{number}号",
        "identifier": f"11445200/2026-{number:05}",
        "publisher": "揭阳市人民政府办公室",
        "date": 1_784_000_000 + number,
        "created_at": "2026-07-01 08:00:00",
        "display_publish_time": 1_784_000_000 + number,
        "url": f"http://{HOST}/gkmlpt/content/0/508/post_{number}.html",
        "attachment": [],
        "is_expired": 0,
        "is_abolished": number % 2,
        "relation": [{"url": f"/jd/{number}.html"}] if number % 3 == 0 else [],
    }


def answering(total: int, size: int, *, one_page: bool) -> Answering:
    async def answer(request: web.BaseRequest) -> web.Response:
        page = int(request.query.get("page", 1))
        if request.path == "/gkmlpt/index":
            return html(INDEX)
        if request.path != "/gkmlpt/api/all/508" or request.query["sid"] != "663001" or (one_page and page > 1):
            return web.Response(status=404)
        rows = [row(n) for n in range(total)][(page - 1) * size : page * size]
        return web.json_response({"classify": {"post_count": total + 5 * one_page}, "articles": rows})

    return answer


def used(answer: Answering, use: Callable[[Platform], Awaitable[object]]) -> object:
    async def run() -> object:
        async with served(answer) as place, fetcher({HOST: place}) as fetching:
            return await use(Platform(fetching, f"http://{HOST}/"))

    return asyncio.run(run())


@pytest.mark.parametrize(("one_page", "size"), [(False, 20), (False, 45), (True, 45)])
def test_every_article_of_a_column_is_read_once(one_page: bool, size: int) -> None:
    async def use(platform: Platform) -> list[gkmlpt.Article]:
        site = await platform.site()
        return [article async for article in platform.articles(508, site.sid)]

    articles = used(answering(45, size, one_page=one_page), use)
    assert [article.id for article in articles] == list(range(45))
    third = articles[3]
    assert (third.related, third.abolished, third.document_number) == (("/jd/3.html",), True, "揭府〔2026〕3号")
    assert third.published_at == datetime.fromtimestamp(1_784_000_003, CITY_ZONE)
    assert third.created_at == datetime(2026, 7, 1, 8, tzinfo=CITY_ZONE)


def test_a_column_that_is_not_there_is_told() -> None:
    async def use(platform: Platform) -> None:
        async for _ in platform.articles(999, "663001"):
            pass

    with pytest.raises(NotThisPlatform, match="404"):
        used(answering(5, 5, one_page=False), use)


def test_an_articles_page_holds_its_text() -> None:
    page = "<script>window._CONFIG = {SID: '1', DETAIL: {content: '<p>正文<\\/p>', display_publish_time: 1784000000}}</script>"
    assert gkmlpt.detail_of(page) == {"content": "<p>正文</p>", "display_publish_time": 1784000000}
    assert gkmlpt.detail_of("<p>window</p>") is None


async def letters(request: web.BaseRequest) -> web.Response:
    if request.path == "/hdjlpt/published":
        out = html("<script>window._CSRF = 'abc123'</script>")
        out.set_cookie("XSRF-TOKEN", "x%3D")
        out.set_cookie("szxx_session", "s")
        return out
    form = await request.post()
    held = request.cookies.get("szxx_session") == "s" and request.headers.get("X-CSRF-TOKEN") == "abc123"
    if request.method != "POST" or not held or request.headers.get("X-XSRF-TOKEN") != "x=":
        return web.Response(status=419)
    start, size = int(form["offset"]), int(form["limit"])
    rows = [
        {
            "id": n,
            "title": f"第{n}封",
            "created_at": "2026-05-01 10:00:00",
            "reply_time": "2026-05-06 09:00:00" if n % 2 else "",
        }
        for n in range(start, min(start + size, 45))
    ]
    return web.json_response({"code": 0, "data": {"total": 45, "list": rows}})


def test_letters_are_read_with_what_the_page_gives_for_it() -> None:
    async def use(platform: Platform) -> list[gkmlpt.Letter]:
        return [letter async for letter in platform.letters("663001")]

    found = used(letters, use)
    assert [letter.id for letter in found] == [str(n) for n in range(45)]
    assert [letter.replied_at is None for letter in found[:2]] == [True, False]
    assert found[1].asked_at == datetime(2026, 5, 1, 10, tzinfo=CITY_ZONE)


@pytest.mark.parametrize("body", ["[1]", "<html>", "", '{"articles": null, "classify": null}'])
def test_an_answer_of_another_form_is_told_and_not_taken(body: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text=body)

    async def use(platform: Platform) -> list[gkmlpt.Article]:
        return [article async for article in platform.articles(1, "1")]

    if body.startswith("{"):
        assert used(answer, use) == []
    else:
        with pytest.raises(NotThisPlatform):
            used(answer, use)
