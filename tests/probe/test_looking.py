"""One look of each kind at a real peer: what is well, and each way of not being so."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.probe import peers

from yunshu.lib.probe import Bound, Dns, Http, Icmp, Outcome, Scrape, Target, Tcp, TlsExpiry, look


def seen(check: object, timeout_s: float = 5.0) -> Awaitable[Outcome]:
    return look(Target("t", check, timeout_s=timeout_s))


def at_pages(ask: Callable[[int], Awaitable[Outcome]]) -> Outcome:
    async def main() -> Outcome:
        async with peers.pages() as port:
            return await ask(port)

    return asyncio.run(main())


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize(
    ("query", "options", "error"),
    [
        ("", {}, ""),
        ("status=204", {}, ""),
        ("status=503", {}, "status_503"),
        ("status=503", {"statuses": (503,)}, ""),
        ("status=302", {}, "status_302"),
        ("body=ok", {"contains": "运行正常"}, "content"),
        ("charset=gbk", {"contains": "运行正常"}, ""),
        ("times=100", {"max_bytes": 1000}, "too_large"),
        ("wait=5", {}, "timeout"),
    ],
)
def test_a_page_is_judged_by_status_content_size_and_time(query: str, options: dict[str, object], error: str) -> None:
    outcome = at_pages(lambda port: seen(Http(f"http://127.0.0.1:{port}/?{query}", **options), 0.8))
    assert (outcome.ok, outcome.error) == (not error, error)


def test_a_port_that_listens_is_well_and_one_that_does_not_is_refused() -> None:
    assert at_pages(lambda port: seen(Tcp("127.0.0.1", port))).ok
    assert asyncio.run(seen(Tcp("127.0.0.1", closed_port()))).error == "refused"
    assert asyncio.run(seen(Http(f"http://127.0.0.1:{closed_port()}/"))).error == "refused"


def test_a_name_without_address_is_said_to_be_so() -> None:
    assert asyncio.run(seen(Tcp("nothing.invalid", 80))).error == "resolve"
    assert asyncio.run(seen(Http("http://nothing.invalid/"))).error == "resolve"


@pytest.mark.skipif(os.geteuid() != 0, reason="echo requests need root here")
def test_echoes_return_each_to_its_own_look() -> None:
    async def main() -> list[Outcome]:
        return await asyncio.gather(*(seen(Icmp(f"127.0.0.{n}")) for n in range(1, 60)), seen(Icmp("::1")))

    outcomes = asyncio.run(main())
    assert all(o.ok and o.latency_ms and o.latency_ms > 0 for o in outcomes)


@pytest.mark.parametrize(
    ("name", "expects", "error"),
    [
        ("oa.example.cn", (), ""),
        ("oa.example.cn", ("10.1.2.3",), ""),
        ("oa.example.cn", ("10.9.9.9",), "dns_other"),
        ("none.example.cn", (), "dns_nxdomain"),
    ],
)
def test_a_name_is_judged_by_what_it_resolves_to(name: str, expects: tuple[str, ...], error: str) -> None:
    async def main() -> Outcome:
        async with peers.names() as port:
            return await seen(Dns(name, server="127.0.0.1", port=port, expects=expects))

    assert asyncio.run(main()).error == error


@pytest.mark.parametrize(
    ("days", "verify", "error", "ok"),
    [
        (90, False, "", True),
        (5, False, "expires_soon", True),
        (-1, False, "tls_expired", False),
        (90, True, "tls_self_signed", False),
    ],
)
def test_a_certificate_is_judged_by_its_days(tmp_path: Path, days: int, verify: bool, error: str, ok: bool) -> None:
    async def main() -> Outcome:
        async with peers.pages(peers.certificate(tmp_path, days=days)) as port:
            return await seen(TlsExpiry("localhost", port, verify=verify))

    outcome = asyncio.run(main())
    assert (outcome.ok, outcome.error) == (ok, error)
    assert verify or outcome.values["days_left"] == pytest.approx(days, abs=0.01)


def test_an_untrusted_page_fails_unless_told_not_to_look(tmp_path: Path) -> None:
    async def main() -> list[Outcome]:
        async with peers.pages(peers.certificate(tmp_path, days=9)) as port:
            url = f"https://localhost:{port}/"
            return [await seen(Http(url)), await seen(Http(url, verify_tls=False))]

    strict, lenient = asyncio.run(main())
    assert (strict.error, lenient.ok) == ("tls_self_signed", True)


def test_an_exporter_is_read_and_judged_by_a_figure() -> None:
    def ask(node: str) -> Outcome:
        def scrape(port: int) -> Awaitable[Outcome]:
            url = f"http://127.0.0.1:{port}/metrics"
            return seen(Scrape(url, "node_load1", (("node", node),), Bound(high=4), values=("up",)))

        return at_pages(scrape)

    calm, busy, none = ask("a"), ask("b"), ask("c")
    assert (calm.degraded, calm.values) == (False, {"up": 1.0, "node_load1": 0.5})
    assert (busy.ok, busy.degraded, busy.error) == (True, True, "reading:node_load1")
    assert none.values["node_load1"] is None


def test_what_is_no_exposition_is_a_failure() -> None:
    assert at_pages(lambda port: seen(Scrape(f"http://127.0.0.1:{port}/metrics?text=%7B%7B+x"))).error == "exposition"
