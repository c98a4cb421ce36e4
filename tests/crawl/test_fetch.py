import asyncio
import gzip
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from tests.crawl.place import Answering, fetcher, html, served

from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher, Limits
from yunshu.lib.crawl.guard import Guard
from yunshu.lib.crawl.pace import Manners
from yunshu.lib.kernel import clock

HOST = "www.x.gov.cn"
HOME = f"http://{HOST}/"
ZEROS = b"0" * (64 << 20)


def asked(answer: Answering, use: Callable[[Fetcher], Awaitable[object]], **more: object) -> object:
    async def run() -> object:
        async with served(answer) as place, fetcher({HOST: place, "other.gov.cn": place}, **more) as fetching:
            return await use(fetching)

    return asyncio.run(run())


def got(answer: Answering, url: str = HOME, **more: object) -> Fetched:
    return asked(answer, lambda fetching: fetching.get(url), **more)


async def hello(request: web.BaseRequest) -> web.Response:
    return html("你好", headers={"ETag": '"1"'})


def test_a_placed_host_is_served_where_it_was_placed() -> None:
    fetched = got(hello)
    assert (fetched.status, fetched.error, fetched.body.decode()) == (200, "", "你好")
    assert fetched.headers["etag"] == '"1"'


def test_a_page_that_has_not_changed_costs_304() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        unchanged = request.headers.get("If-None-Match") == '"1"' and "If-Modified-Since" in request.headers
        return web.Response(status=304 if unchanged else 200)

    ask = Ask(HOME, etag='"1"', last_modified="Sat, 01 Aug 2026 00:00:00 GMT")
    assert asked(answer, lambda fetching: fetching.fetch(ask)).status == 304


# ---------------------------------------------------------------- what a body may be


async def bomb_gzip(request: web.BaseRequest) -> web.Response:
    return web.Response(body=gzip.compress(ZEROS), headers={"Content-Encoding": "gzip"})


async def bomb_zlib(request: web.BaseRequest) -> web.Response:
    return web.Response(body=zlib.compress(ZEROS), headers={"Content-Encoding": "deflate"})


async def bomb_nested(request: web.BaseRequest) -> web.Response:
    return web.Response(body=gzip.compress(gzip.compress(ZEROS)), headers={"Content-Encoding": "gzip, gzip"})


async def unknown_packing(request: web.BaseRequest) -> web.Response:
    return web.Response(body=b"xx", headers={"Content-Encoding": "br"})


async def broken_packing(request: web.BaseRequest) -> web.Response:
    return web.Response(body=b"\xff" * 100, headers={"Content-Encoding": "gzip"})


async def announced_too_large(request: web.BaseRequest) -> web.Response:
    return web.Response(body=b"x" * (2 << 20))


async def endless(request: web.BaseRequest) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(1000):
        await answer.write(b"x" * 65536)
    return answer


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bomb_gzip, "too_large"),
        (bomb_zlib, "too_large"),
        (bomb_nested, "encoding"),
        (unknown_packing, "encoding"),
        (broken_packing, "encoding"),
        (announced_too_large, "too_large"),
        (endless, "too_large"),
    ],
)
def test_a_body_that_is_a_weapon_is_not_taken(answer: Answering, error: str) -> None:
    fetched = got(answer, limits=Limits(body_bytes=1_500_000, total_s=20))
    assert (fetched.error, fetched.body, fetched.status) == (error, b"", 200)


@pytest.mark.parametrize("answer", [bomb_gzip, bomb_zlib])
def test_a_bomb_is_known_by_its_ratio(answer: Answering) -> None:
    assert got(answer, limits=Limits(body_bytes=1 << 30)).error == "bomb"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda body: zlib.compress(body)[2:-4]])
def test_honest_packing_is_undone(pack: Callable[[bytes], bytes]) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        kind = "gzip" if pack is gzip.compress else "deflate"
        return web.Response(body=pack("政务".encode() * 100), headers={"Content-Encoding": kind})

    assert got(answer).body == "政务".encode() * 100


def test_the_beginning_of_what_is_long_can_be_had() -> None:
    ask = Ask(HOME, body_bytes=1000, cut=True)
    fetched = asked(endless, lambda fetching: fetching.fetch(ask))
    assert (fetched.error, len(fetched.body)) == ("", 1000)


# ---------------------------------------------------------------- redirects


async def chain(request: web.BaseRequest) -> web.Response:
    left = int(request.path.strip("/") or 0)
    return web.Response(status=302, headers={"Location": f"/{left - 1}"}) if left else html("end")


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    five, six = got(chain, f"{HOME}5"), got(chain, f"{HOME}6")
    assert (five.body, five.url, len(five.hops)) == (b"end", f"{HOME}0", 5)
    assert six.error == "redirects"


def test_a_redirect_that_only_sets_a_cookie_is_no_loop() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.cookies.get("seen") == "1" and request.cookies.get("other") == "2":
            return html("in")
        out = web.Response(status=302, headers={"Location": "/"})
        out.set_cookie(
            "seen" if "seen" not in request.cookies else "other", "1" if "seen" not in request.cookies else "2"
        )
        return out

    assert got(answer).body == b"in"


def test_a_cookie_goes_to_no_other_host() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.headers["Host"] == HOST:
            out = web.Response(status=302, headers={"Location": "http://other.gov.cn/"})
            out.set_cookie("secret", "1")
            return out
        return html(request.headers.get("Cookie", "none"))

    assert got(answer).body == b"none"


@pytest.mark.parametrize("target", ["ftp://x/", "file:///etc/passwd", "javascript:1"])
def test_a_redirect_out_of_the_web_is_not_followed(target: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    assert got(answer).error == "url"


# ---------------------------------------------------------------- whom a crawler may reach

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "172.16.9.9",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
]
PRIVATE += ["255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"]
PRIVATE += [
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "::127.0.0.1",
    "ff02::1",
    "2001:db8::1",
    "nonsense",
    "64:ff9b:1::a00:1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_permitted(address: str) -> None:
    assert not Guard().permits(address)


@pytest.mark.parametrize("address", ["114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert Guard().permits(address)


def test_a_network_can_be_allowed_by_name() -> None:
    guard = Guard(["10.20.0.0/16"])
    assert guard.permits("10.20.3.4")
    assert not guard.permits("10.21.3.4")


LITERALS = ["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "localhost"]


@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize("redirected", [False, True])
def test_no_way_of_writing_loopback_reaches_it(literal: str, redirected: bool) -> None:
    reached = []

    async def run() -> Fetched:
        async def answer(request: web.BaseRequest) -> web.Response:
            if request.headers["Host"] == HOST:
                return web.Response(status=302, headers={"Location": inner})
            reached.append(request.path)
            return html("secret")

        async with served(answer) as place, fetcher({HOST: place}) as fetching:
            inner = f"http://{literal}:{place[1]}/admin"
            return await fetching.get(HOME if redirected else inner)

    fetched = asyncio.run(run())
    assert not reached
    assert fetched.error in ("address_refused", "url", "dns")


def test_a_name_that_resolves_inside_is_refused() -> None:
    async def inside(name: str) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    async def run() -> Fetched:
        async with fetcher({}, lookup=inside) as fetching:
            return await fetching.get("http://inside.example/")

    assert asyncio.run(run()).error == "address_refused"


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing() -> None:
    """DNS rebinding: each connection asks once and goes to what was judged."""
    answers, reached = [], []

    async def rebinding(name: str) -> list[str]:
        answers.append(name)
        return ["203.0.114.1"] if len(answers) % 2 else ["127.0.0.1"]

    async def answer(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return html("secret")

    async def run() -> list[str]:
        async with served(answer) as place:
            errors = []
            for _ in range(4):
                async with fetcher({}, lookup=rebinding, limits=Limits(total_s=0.5, connect_s=0.3)) as fetching:
                    errors.append((await fetching.get(f"http://rebind.example:{place[1]}/")).error)
            return errors

    errors = asyncio.run(run())
    assert not reached
    assert errors[1::2] == ["address_refused"] * 2


def test_of_mixed_addresses_only_the_public_are_tried() -> None:
    reached = []

    async def mixed(name: str) -> list[str]:
        return ["127.0.0.1", "203.0.114.1"]

    async def answer(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return html("secret")

    async def run() -> Fetched:
        quick = Limits(total_s=0.5, connect_s=0.3)
        async with served(answer) as place, fetcher({}, lookup=mixed, limits=quick) as fetching:
            return await fetching.get(f"http://mixed.example:{place[1]}/")

    assert not asyncio.run(run()).ok
    assert not reached


# ---------------------------------------------------------------- politeness


def test_a_host_is_asked_no_faster_than_its_rate() -> None:
    async def use(fetching: Fetcher) -> float:
        started = time.monotonic()
        await asyncio.gather(*(fetching.get(f"{HOME}{n}") for n in range(6)))
        return time.monotonic() - started

    assert asked(hello, use, manners=Manners(rate_per_s=20, robots=False)) >= 0.25 - 0.01


def test_a_host_is_asked_over_no_more_connections_than_agreed() -> None:
    open_now, most = 0, 0

    async def answer(request: web.BaseRequest) -> web.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        open_now -= 1
        return html("x")

    async def use(fetching: Fetcher) -> None:
        await asyncio.gather(*(fetching.get(f"{HOME}{n}") for n in range(8)))

    asked(answer, use, manners=Manners(rate_per_s=0, connections=2, robots=False))
    assert most == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_busy_host_is_left_alone_as_long_as_it_asks(form: str) -> None:
    later = format_datetime(clock.now() + timedelta(seconds=120), usegmt=True)
    hits = []

    async def answer(request: web.BaseRequest) -> web.Response:
        hits.append(request.path)
        return web.Response(status=429, headers={"Retry-After": "120" if form == "seconds" else later})

    async def use(fetching: Fetcher) -> tuple[Fetched, Fetched, Fetched]:
        return await fetching.get(HOME), await fetching.get(HOME), await fetching.get("http://other.gov.cn/")

    first, second, other = asked(answer, use)
    assert (first.status, second.error, other.status) == (429, "postponed", 429)
    assert 100 < second.retry_after_s <= 120
    assert len(hits) == 2


# ---------------------------------------------------------------- robots.txt


def robots(text: str | None, status: int = 200) -> Answering:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=status, text=text or "")
        return html("page")

    return answer


OBEDIENT = Manners(rate_per_s=0)
CLOSED = "User-agent: *\nDisallow: /private"


@pytest.mark.parametrize(
    ("text", "status", "path", "error"),
    [
        (CLOSED, 200, "private/x", "robots"),
        (CLOSED, 200, "open", ""),
        (None, 404, "private/x", ""),
        (None, 503, "open", "robots"),
        ("User-agent: Yunshu-inspection\nDisallow: /", 200, "open", "robots"),
        ("User-agent: other\nDisallow: /", 200, "open", ""),
    ],
)
def test_robots_txt_is_obeyed(text: str | None, status: int, path: str, error: str) -> None:
    assert got(robots(text, status), HOME + path, manners=OBEDIENT).error == error


def test_the_owner_of_a_site_may_have_it_crawled_all_the_same() -> None:
    manners = Manners(rate_per_s=0, own_hosts=(HOST,))
    assert got(robots(CLOSED), f"{HOME}private/x", manners=manners).error == ""


def test_crawl_delay_slows_the_crawl() -> None:
    async def use(fetching: Fetcher) -> float:
        await fetching.get(HOME)
        started = time.monotonic()
        await asyncio.gather(*(fetching.get(HOME) for _ in range(3)))
        return time.monotonic() - started

    taken = asked(robots("User-agent: *\nCrawl-delay: 0.1"), use, manners=Manners(rate_per_s=1000))
    assert taken >= 0.25


# ---------------------------------------------------------------- failures are answers


def test_a_port_that_nobody_listens_on_is_an_answer() -> None:
    async def run() -> Fetched:
        async with served(hello) as place:
            pass
        async with fetcher({HOST: place}) as fetching:
            return await fetching.get(HOME)

    assert asyncio.run(run()).error == "connect"


def test_a_name_without_an_address_is_an_answer() -> None:
    async def nothing(name: str) -> list[str]:
        raise OSError("no such name")

    async def run() -> Fetched:
        async with fetcher({}, lookup=nothing) as fetching:
            return await fetching.get("http://gone.example/")

    assert asyncio.run(run()).error == "dns"


def test_silence_is_an_answer() -> None:
    async def silent(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(3)
        return html("late")

    assert got(silent, limits=Limits(total_s=0.2)).error == "timeout"
