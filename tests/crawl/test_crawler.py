"""The worker in one process, over a real database and a real server."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from aiohttp import web
from tests.crawl.place import EAGER, Answering, fetcher, html, served

from yunshu.lib.crawl import Crawled, Crawler, Cursor, Drawing, Fetched, Frontier, Manners, Page, Scope, Work
from yunshu.lib.kernel import clock

HOST = "www.x.gov.cn"
HOME = f"http://{HOST}/"
QUICK = Work(idle_s=0.02, again_s=0.05, per_host=8)
FRONTIER = Frontier()


@pytest.fixture
def connection(committed_db: object) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed_db.owner_url, autocommit=True) as connection:
        with connection.cursor() as cursor:
            FRONTIER.create(cursor)
            cursor.execute("CREATE TABLE kept (url text)")
        yield connection


def crawled(
    connection: psycopg.Connection,
    answer: Answering,
    *,
    manners: Manners = EAGER,
    keep: Callable[[Cursor, Crawled], None] = lambda cursor, page: None,
    drawing: Drawing | None = None,
) -> list[Crawled]:
    """Crawl the site once more and return what was kept, in its order."""
    seen: list[Crawled] = []

    def keeping(cursor: Cursor, page: Crawled) -> None:
        keep(cursor, page)
        cursor.execute("INSERT INTO kept VALUES (%s)", [page.url])
        seen.append(page)

    @contextmanager
    def transaction() -> Iterator[Cursor]:
        with connection.transaction(), connection.cursor() as cursor:
            yield cursor

    async def run() -> None:
        with transaction() as cursor:
            FRONTIER.begin(cursor, "site", [HOME], Scope((HOST,)), clock.now())
        async with served(answer) as place, fetcher({HOST: place}, manners) as fetching:
            crawler = Crawler(fetching, FRONTIER, transaction, keeping, clock=clock.now, work=QUICK, drawing=drawing)
            await crawler.run(asyncio.Event())

    asyncio.run(run())
    return seen


def kept(connection: psycopg.Connection) -> list[str]:
    return sorted(row[0] for row in connection.execute("SELECT url FROM kept"))


PAGES = {
    "/": '<a href="/a.html">甲</a><a href="/gone.html">乙</a><a href="http://else.example/">外</a><a href="/f.pdf">文件</a>',
    "/a.html": '<a href="/">首页</a><a href="/b.html?jsessionid=1">丙</a><div hidden><a href="/secret.html">x</a></div>',
    "/b.html": "丙",
}


async def site(request: web.BaseRequest) -> web.Response:
    if request.path == "/f.pdf":
        return web.Response(body=b"%PDF", content_type="application/pdf")
    if request.path not in PAGES:
        return web.Response(status=404)
    if request.headers.get("If-None-Match") == '"1"':
        return web.Response(status=304)
    return html(PAGES[request.path], headers={"ETag": '"1"'})


def test_a_site_is_followed_to_its_end_and_not_beyond(connection: psycopg.Connection) -> None:
    seen = {page.url.removeprefix(HOME): page for page in crawled(connection, site)}
    assert set(seen) == {"", "a.html", "gone.html", "f.pdf", "b.html"}
    assert (seen["gone.html"].fetched.status, seen["gone.html"].found_on) == (404, HOME)
    assert seen["f.pdf"].page is None
    assert seen["b.html"].depth == 2
    assert [link.url for link in seen["a.html"].page.links if not link.visible] == [f"{HOME}secret.html"]


def test_a_second_crawl_asks_whether_anything_has_changed(connection: psycopg.Connection) -> None:
    crawled(connection, site)
    again = {page.url.removeprefix(HOME): page.fetched.status for page in crawled(connection, site)}
    assert again == {"": 304, "a.html": 304, "b.html": 304, "gone.html": 404, "f.pdf": 200}


def test_what_keep_refuses_is_failed_and_the_rest_is_kept(connection: psycopg.Connection) -> None:
    def keep(cursor: Cursor, page: Crawled) -> None:
        cursor.execute("INSERT INTO kept VALUES ('half')" if page.url.endswith("a.html") else "SELECT 1")
        if page.url.endswith("a.html"):
            raise LookupError("a check has a bug")

    crawled(connection, site, keep=keep)
    assert kept(connection) == [HOME, f"{HOME}f.pdf", f"{HOME}gone.html"]
    failed = connection.execute("SELECT url, error FROM crawl_page WHERE state = 'failed'").fetchall()
    assert failed == [(f"{HOME}a.html", "keep")]


def test_a_server_that_stumbles_is_asked_again_and_the_page_kept_once(connection: psycopg.Connection) -> None:
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        return web.Response(status=500) if len(asked) < 3 else html("wieder da")

    (page,) = crawled(connection, answer)
    assert (page.fetched.status, len(asked)) == (200, 3)
    assert kept(connection) == [HOME]


def test_a_server_that_stays_down_is_given_up_and_told(connection: psycopg.Connection) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=502)

    (page,) = crawled(connection, answer)
    assert page.fetched.status == 502


def test_a_host_that_asks_for_rest_gets_it_and_all_its_pages_are_kept(connection: psycopg.Connection) -> None:
    times = []

    async def answer(request: web.BaseRequest) -> web.Response:
        times.append(clock.now())
        if len(times) == 2:
            return web.Response(status=503, headers={"Retry-After": "1"})
        links = "".join(f'<a href="/{n}.html">x</a>' for n in range(6))
        return html(links if request.path == "/" else "x")

    seen = crawled(connection, answer, manners=Manners(rate_per_s=0, connections=1, robots=False, patience_s=0.2))
    assert len(seen) == 7
    assert len(times) == 8
    assert times[2] - times[1] >= timedelta(seconds=0.9)


SHELL, FULL = "<script>draw()</script>", '<a href="/drawn.html">甲</a>画出来的内容'


async def shells(request: web.BaseRequest) -> web.Response:
    if request.headers.get("If-None-Match") == '"1"':
        return web.Response(status=304)
    return html(SHELL if request.path == "/" else "丙", headers={"ETag": '"1"'})


def is_shell(page: Page) -> bool:
    return "<script" in page.html


async def draw(fetched: Fetched) -> str | None:
    return SHELL + FULL


def test_a_page_that_a_script_fills_is_drawn_and_asked_for_in_full_the_next_time(
    connection: psycopg.Connection,
) -> None:
    unread = crawled(connection, shells, drawing=Drawing(is_shell))
    assert [(one.url, one.drawn) for one in unread] == [(HOME, "")]
    drawing = Drawing(is_shell, draw)
    home, below = crawled(connection, shells, drawing=drawing)
    assert (home.fetched.status, home.drawn, home.sent is not None) == (200, SHELL + FULL, True)
    assert "画出来的内容" in home.page.text
    assert (below.url, below.drawn) == (f"{HOME}drawn.html", "")
    again = {one.url: one.fetched.status for one in crawled(connection, shells, drawing=drawing)}
    assert again == {HOME: 200, f"{HOME}drawn.html": 304}
