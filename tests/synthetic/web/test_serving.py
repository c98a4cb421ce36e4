"""The web city on loopback: real bytes, real refusals, real certificates, in this process and in another."""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC

import aiohttp
import pytest
from aiohttp import ClientSession, TCPConnector

from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import LoopbackResolver, Running, Shape, WebCity, serve, web_city

pytestmark = pytest.mark.slow

BROWSER = {"User-Agent": "Mozilla/5.0 Chrome/140"}


@pytest.fixture(scope="module")
def city() -> WebCity:
    return web_city(11, clock.now().astimezone(UTC))


def client(running: Running) -> ClientSession:
    return ClientSession(connector=TCPConnector(resolver=running.resolver()), headers=BROWSER)


def outside(city: WebCity, behaviour: str) -> str:
    """Return a planted link to an outside host that behaves so."""
    return next(r.words for r in city.truth() if r.recipe == f"outside_{behaviour}")


async def statuses(city: WebCity, url: str, times: int, method: str = "GET", **headers: str) -> list[int]:
    found = []
    async with serve(city, pace=0, tls=False) as running, client(running) as session:
        for _ in range(times):
            async with session.request(method, url, headers=headers) as response:
                found.append(response.status)
    return found


def test_every_site_answers_or_fails_as_planted(city: WebCity) -> None:
    async def look() -> dict[str, object]:
        found: dict[str, object] = {}
        async with serve(city, pace=0, tls=False) as running, client(running) as session:
            for site in city.sites:
                try:
                    async with session.get(site.url("/")) as response:
                        found[site.code] = response.status if await response.read() else 0
                except aiohttp.ClientConnectionError:
                    found[site.code] = "no answer"
        return found

    expected = {"": 200, "503": 503, "maintenance": 503, "refused": "no answer", "hang": "no answer"}
    assert asyncio.run(look()) == {site.code: expected[site.outlook.down] for site in city.sites}


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("404", [404] * 4), ("500", [500] * 4), ("soft404", [200] * 4), ("firewall_403", [200] * 4), ("firewall_always", [403] * 4),
        ("too_many", [429, 429, 200, 429]), ("flapping", [503, 200, 503, 200]), ("slow", [200] * 4), ("challenge", [412] * 4),
    ],
)  # fmt: skip
def test_hosts_outside_behave_as_planted(city: WebCity, behaviour: str, expected: list[int]) -> None:
    assert asyncio.run(statuses(city, outside(city, behaviour), 4)) == expected


def test_a_firewall_refuses_what_is_no_browser(city: WebCity) -> None:
    url = outside(city, "firewall_403")
    assert asyncio.run(statuses(city, url, 1, **{"User-Agent": "python"})) == [403]
    assert asyncio.run(statuses(city, outside(city, "head_405"), 1, "HEAD")) == [405]
    assert asyncio.run(statuses(city, outside(city, "chain"), 1)) == [200]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("nxdomain", aiohttp.ClientConnectorError),
        ("refused", aiohttp.ClientConnectorError),
        ("loop", aiohttp.TooManyRedirects),
    ],
)
def test_dead_hosts_do_not_connect(city: WebCity, behaviour: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        asyncio.run(statuses(city, outside(city, behaviour), 1))


def test_gbk_goes_over_the_wire_undeclared(city: WebCity) -> None:
    site = next(s for s in city.lively if s.charset == "gbk")

    async def look() -> tuple[str, bytes]:
        async with (
            serve(city, tls=False, pace=0) as running,
            client(running) as session,
            session.get(site.url("/")) as response,
        ):
            return response.headers["Content-Type"], await response.read()

    kind, content = asyncio.run(look())
    assert kind == "text/html"
    assert site.name.encode("gbk") in content


def test_certificates_are_as_good_as_planted(city: WebCity) -> None:
    async def refused() -> dict[str, bool]:
        found = {}
        async with serve(city, pace=0) as running, client(running) as session:
            for site in city.lively:
                try:
                    async with session.get(f"https://{site.host}/robots.txt", ssl=running.trust()) as response:
                        found[site.code] = response.status != 200
                except aiohttp.ClientSSLError as error:
                    found[site.code] = isinstance(error.os_error, ssl.SSLCertVerificationError)
        return found

    bad = {"expired", "wrong_name", "unknown_issuer"}
    assert asyncio.run(refused()) == {s.code: s.outlook.certificate in bad for s in city.lively}


def test_letters_of_the_platform_need_the_session_of_their_page(city: WebCity) -> None:
    site = next(s for s in city.lively if s.shape is Shape.GKMLPT and s.letters)
    form = {"offset": "0", "limit": "100", "site_id": site.sid, "time_from": "", "time_to": ""}

    async def look() -> tuple[int, dict[str, object]]:
        async with serve(city, tls=False, pace=0) as running, client(running) as session:
            async with session.post(site.url("/hdjlpt/letter/pubList"), data=form) as response:
                first = response.status
            async with session.get(site.url("/hdjlpt/published?via=pc")) as response:
                cookie = "; ".join(f"{k}={m.value}" for k, m in response.cookies.items())
            async with session.post(
                site.url("/hdjlpt/letter/pubList"), data=form, headers={"Cookie": cookie}
            ) as response:
                return first, await response.json()

    status, answer = asyncio.run(look())
    assert status == 419
    assert [row["title"] for row in answer["data"]] == [letter.title for letter in site.letters]


def test_a_page_already_had_is_not_sent_again_and_the_second_visit_can_begin(city: WebCity) -> None:
    change = next(r for r in city.at(1).truth() if r.recipe == "display_none")

    async def look() -> list[tuple[int, bool]]:
        found = []
        async with serve(city, tls=False, pace=0) as running, client(running) as session:
            async with session.get(change.url) as response:
                tag = response.headers["ETag"]
                found.append((response.status, change.words in await response.text(errors="replace")))
            for stage in (0, 1):
                running.show(stage)
                async with session.get(change.url, headers={"If-None-Match": tag}) as response:
                    found.append((response.status, change.words in await response.text(errors="replace")))
        return found

    assert asyncio.run(look()) == [(200, False), (304, False), (200, True)]


def test_each_site_may_have_a_port_of_its_own(city: WebCity) -> None:
    site = city.lively[1]

    async def look() -> bytes:
        async with serve(city, tls=False, pace=0, each=True) as running, ClientSession() as session:
            response = await session.get(f"http://127.0.0.1:{running.ports[site.host]}/")
            return await response.read()

    assert site.code.encode() in asyncio.run(look())


def test_a_process_of_its_own_serves_the_same_city() -> None:
    command = [sys.executable, "-m", "yunshu.lib.synthetic.web", "--seed", "11", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = json.loads(process.stdout.readline())
            host = next(host for host, known in said["hosts"].items() if known == "site")

            async def look() -> int:
                resolver = LoopbackResolver(said["hosts"], said["port"], said["tls_port"], said["closed_port"])
                async with ClientSession(connector=TCPConnector(resolver=resolver)) as session:
                    response = await session.get(f"http://{host}/")
                    return response.status

            assert asyncio.run(look()) == 200
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def test_making_a_city_and_all_its_pages_takes_little_time_and_memory() -> None:
    tracemalloc.start()
    started = time.process_time()
    city = web_city(12, clock.now()).at(1)
    pages = sum(1 for _ in city.urls())
    spent, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pages > 1500
    assert spent < 10
    assert peak < 60 * 2**20
