"""Point queries a second through the whole product, beside the same lookup served bare by the same web server.

    uv run python bench/query.py [--quick]        (--quick: 400 questions of each kind)

The product: a program with a token asks over HTTP; granian, the agreement's checks, the rate limit, the bus, the hub that
signs, the provider's node that checks, asks its database and signs, the hub's seal, the log, the answer. All are processes
of their own on this machine. Bare: one view under the same granian with as many workers, which asks the same database for
the same columns of the same row and returns them as JSON: nobody is known, nothing is checked, signed or written down.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from tests import template

PEOPLE, FULL, QUICK, AT_ONCE = 100_000, 2_000, 400, 8
PASS = "bench"
TABLE = """
CREATE TABLE person (id_number text PRIMARY KEY, name text NOT NULL, born_on date, division text, secret_note text);
INSERT INTO person SELECT lpad(i::text, 18, '0'), '张三' || i, date '1950-01-01' + i % 20000, '445202', 'x'
FROM generate_series(1, PEOPLE) AS i
"""


@dataclass(frozen=True)
class Stage:
    """Where to ask: the web server's address, the agreement, a program's number and secret, the source's address."""

    url: str
    agreement: str
    program: str
    secret: str
    source: str


@contextmanager
def process(command: list[str], log: Path, **environment: str) -> Iterator[None]:
    """Run a process until the end."""
    with log.open("ab") as out:
        running = subprocess.Popen(command, env=os.environ | environment, stdout=out, stderr=out)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


@contextmanager
def product(folder: Path, app_url: str, source: str, stack: ExitStack) -> Iterator[Stage]:
    """Set up an agreement by query and start web server, bus, hub and node."""
    from yunshu.config.bootstrap import EmbeddedNats, machine
    from yunshu.config.supervisor import hub
    from yunshu.lib.kernel import clock

    bus = EmbeddedNats(folder / "bus")
    bus.start()
    stack.callback(bus.stop)
    exchange = hub.embedding(folder, clock.now())
    os.environ |= exchange.values | {"NATS_URL": bus.url, "YUNSHU_WORKERS": "1", "YUNSHU_DATA": str(folder)}
    os.environ |= {"DATABASE_URL": app_url, "DJANGO_SETTINGS_MODULE": "yunshu.config.settings"}
    os.environ |= {"YUNSHU_SECRET_KEY": PASS * 10, "PYTHONPATH": str(Path(__file__).parent)}
    agreement, program, secret = agreed(folder, exchange.values["YUNSHU_HUB_URL"], source)
    for name, command in exchange.commands.items():
        stack.enter_context(process(command, folder / f"{name}.log"))
    node = [sys.executable, "-m", "yunshu.lib.outpost", "run", str(folder / "node")]
    stack.enter_context(process(node, folder / "node.log", **{asked_from(): PASS}))
    port = machine.free_port()
    stack.enter_context(
        process(
            [sys.executable, "-m", "yunshu.config.web", "--port", str(port), "--workers", "2"],
            folder / "web.log",
        )
    )
    yield Stage(f"http://127.0.0.1:{port}/api/v1", agreement, program, secret, source)


def asked_from() -> str:
    """Return the environment's name for a node's passphrase."""
    from yunshu.lib.outpost.__main__ import ASKED_FROM

    return ASKED_FROM


def agreed(folder: Path, hub_url: str, source: str) -> tuple[str, str, str]:
    """Make the agreement, its interface, a program and the provider's node; return what the program knows."""
    import django

    django.setup()
    from tests.exchange.hub import made
    from tests.exchange.world import World

    from yunshu.domains.exchange import services
    from yunshu.lib.kernel import clock
    from yunshu.lib.nodes import keys as node_keys
    from yunshu.lib.outpost.__main__ import HUB_CARD
    from yunshu.lib.outpost.settings import FILE

    office = made(World())
    node = folder / "node"
    node_keys.create(node / "keys", PASS.encode(), office.police)
    (node / FILE).write_text(f'hub = ["{hub_url}"]\n[databases.main]\nurl = "{source}"\nsend = ["public.*"]\n')
    (node / HUB_CARD).write_bytes((folder / "hub" / "keys" / node_keys.CARD).read_bytes())
    agreement = office.agree(delivery="query")
    interface = services.InterfaceSpec(node="n1", kind="table", table="public.person", lookup=["id_number"])
    world, now = office.world, clock.now()
    services.save_interface(actor=world.owner, resource=agreement.resource.number, spec=interface, now=now)
    spec = services.ClientSpec(name="bench", per_second=30_000, per_day=10_000_000)
    client, secret = services.create_client(actor=world.clerk, org=world.county.code, spec=spec, now=now)
    return agreement.number, client.number, secret


# asking ---------------------------------------------------------------------------------------------------------------


async def token(session: aiohttp.ClientSession, stage: Stage) -> str:
    """Return a token; wait until the web server answers."""
    form = {"grant_type": "client_credentials", "client_id": stage.program, "client_secret": stage.secret}
    while True:
        try:
            async with session.post(f"{stage.url}/exchange/token", data=form) as answer:
                return str((await answer.json())["access_token"])
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.2)


def who() -> str:
    """Return somebody's number."""
    return f"{random.randint(1, PEOPLE):018d}"


async def through_product(session: aiohttp.ClientSession, stage: Stage, bearer: str) -> bool:
    """Ask once; say whether one row came."""
    words = {"key": {"id_number": who()}, "purpose": "Checking an applicant", "operator": "bench"}
    headers = {"Authorization": f"Bearer {bearer}"}
    url = f"{stage.url}/exchange/query/{stage.agreement}"
    async with session.post(url, json=words, headers=headers) as answer:
        words = await answer.json()
        if answer.status not in (200, 503):
            raise RuntimeError(f"{answer.status}: {words}")
        return answer.status == 200 and len(words["rows"]) == 1


async def bare(session: aiohttp.ClientSession, url: str) -> bool:
    """Ask the bare server once."""
    try:
        async with session.get(url, params={"id": who()}) as answer:
            return answer.status == 200 and len(await answer.json()) == 3
    except aiohttp.ClientConnectionError:
        return False


async def until(asked: Any) -> None:
    """Ask until it works."""
    deadline = time.monotonic() + 60
    while not await asked():
        if time.monotonic() > deadline:
            raise RuntimeError("no answer")
        await asyncio.sleep(0.2)


async def timed(asked: Any, count: int) -> tuple[float, list[float]]:
    """Ask ``count`` times, some at once; return the questions a second and each one's seconds."""
    times: list[float] = []
    left = iter(range(count))

    async def one() -> None:
        for _number in left:
            began = time.perf_counter()
            if not await asked():
                raise RuntimeError("a question was not answered")
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _each in range(AT_ONCE)))
    return count / (time.perf_counter() - began), times


async def measure(stage: Stage, bare_url: str, count: int, repeat: int) -> None:
    """Ask both, by turns; print rates, times and the ratio."""
    rates: dict[str, list[float]] = {"bare": [], "product": []}
    times: dict[str, list[float]] = {"bare": [], "product": []}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session:
        bearer = await token(session, stage)
        asks = {"bare": lambda: bare(session, bare_url), "product": lambda: through_product(session, stage, bearer)}
        for name, ask in asks.items():
            await until(ask)
            await timed(ask, max(50, count // 10))
            del name
        for _turn in range(repeat):
            for name, ask in asks.items():
                rate, taken = await timed(ask, count)
                rates[name].append(rate)
                times[name] += taken
    for name in rates:
        ordered = sorted(times[name])
        p50, p99 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99))
        print(f"{name:8} {statistics.median(rates[name]):8,.0f} a second  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms")
    ratio = statistics.median(p / b for p, b in zip(rates["product"], rates["bare"], strict=True))
    print(f"ratio: {ratio:.3f} of the bare rate, {AT_ONCE} at once, one web process each")


def main() -> None:
    """Start everything, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    from yunshu.config.bootstrap import create_database, machine

    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        server = template.started_in(folder, durable=True)
        stack.callback(server.stop)
        create_database(server.superuser_url, "source")
        source = server.owner_url("source")
        with psycopg.connect(source) as connection:
            connection.execute(TABLE.replace("PEOPLE", str(PEOPLE)))
        stage = stack.enter_context(product(folder, server.app_url(template.NAME), source, stack))
        port = machine.free_port()
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "_bare:application"]
        stack.enter_context(process([*command, "--log-level", "warning"], folder / "bare.log", BARE_SOURCE=source))
        asyncio.run(measure(stage, f"http://127.0.0.1:{port}/", QUICK if quick else FULL, 1 if quick else 3))


if __name__ == "__main__":
    main()
