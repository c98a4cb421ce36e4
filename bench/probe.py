"""10,000 targets every 30 s by our prober, beside Debian's prometheus-blackbox-exporter at the same load.

    uv run python bench/probe.py [--quick]

A server of our own answers on 250 addresses of the loopback; 40 % HTTP with content, 30 % TCP, 30 % ICMP. Ours does all: schedule, look,
judge, batch, deliver to a sample store on disk. The exporter only looks: its scheduler and store would be Prometheus, in whose
place this program asks, uncounted. It is skipped by name where it is not installed (``.ci/blackbox`` installs it).
"""

import argparse
import asyncio
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import _root  # noqa: F401 - puts the repository on the path
import aiohttp
import psutil

from yunshu.lib.probe import Check, Http, Icmp, Limits, Observed, Prober, SelfCheck, Target, Tcp
from yunshu.lib.probe.schedule import Schedule
from yunshu.lib.samples import SampleStore

COUNT, INTERVAL_S, HOSTS = 10_000, 30, 250
FULL_S, QUICK_S, WARM_S = 90, 8, 3
EXPORTER = "prometheus-blackbox-exporter"
MODULES = """modules:
  http: {prober: http, timeout: 5s, http: {fail_if_body_not_matches_regexp: ["yunshu"], preferred_ip_protocol: ip4}}
  tcp: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
  icmp: {prober: icmp, timeout: 5s, icmp: {preferred_ip_protocol: ip4}}
"""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\nConnection: close\r\n\r\nyunshu ok"


class Answering(asyncio.Protocol):
    """Answers each request with the same page and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, _data: bytes) -> None:
        self.transport.write(ANSWER)
        self.transport.close()


class Storing:
    """A sink: the sample store, as the monitor would have it."""

    def __init__(self, root: Path) -> None:
        self.store = SampleStore(root, write=True)
        self.errors: dict[str, int] = {}

    async def deliver(self, batch: Sequence[Observed]) -> None:
        for one in batch:
            self.store.append(one.target, [one.sample])
            if not one.sample.ok:
                self.errors[one.sample.error] = self.errors.get(one.sample.error, 0) + 1
        await asyncio.to_thread(self.store.flush)


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the server")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return
    seconds = QUICK_S if options.quick else FULL_S
    with socket.socket() as sock:
        sock.bind(("127.0.1.1", 0))
        port = sock.getsockname()[1]
    server = subprocess.Popen([sys.executable, __file__, "--serve", str(port)], stdout=subprocess.PIPE)
    try:
        assert server.stdout
        server.stdout.readline()
        ours = asyncio.run(prober(port, seconds))
        theirs = asyncio.run(exporter(port, seconds))
    finally:
        server.terminate()
        server.wait()
    if theirs:
        print(f"ratio: {ours / theirs:.2f} of the exporter's CPU for a look")


async def serve(port: int) -> None:
    """Answer on every address until killed."""
    hosts = [f"127.0.1.{n}" for n in range(1, HOSTS + 1)]
    server = await asyncio.get_running_loop().create_server(Answering, hosts, port, backlog=1000)
    print("ready", flush=True)
    await server.serve_forever()


def targets(port: int) -> list[Target]:
    """Return the mix; a machine that lets us send no echo requests gets TCP in their place."""
    out = []
    for n in range(COUNT):
        host = f"127.0.1.{n % HOSTS + 1}"
        kinds: list[Check] = [Http(f"http://{host}:{port}/{n}", contains="yunshu"), Tcp(host, port), Icmp(host)]
        out.append(Target(f"target-{n:05d}", kinds[(0, 0, 0, 0, 1, 1, 1, 2, 2, 2)[n % 10]], INTERVAL_S))
    return out


async def prober(port: int, seconds: int) -> float:
    """Run our prober; print its figures; return the CPU milliseconds of a look."""
    with tempfile.TemporaryDirectory(prefix="yunshu-probe-") as folder:
        sink = Storing(Path(folder) / "store")
        watch = Prober(
            vantage="bench", sink=sink, spool=Path(folder) / "spool", limits=Limits(batch=5000), self_check=SelfCheck()
        )
        watch.watch(targets(port))
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(WARM_S)
        before, done, started = cpu_s(), watch.health().done, time.monotonic()
        await asyncio.sleep(seconds)
        spent, after, wall = cpu_s() - before, watch.health(), time.monotonic() - started
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        sink.store.close()
    looks = after.done - done
    print(
        f"ours: {COUNT:,} targets at {INTERVAL_S} s for {wall:.0f} s: {looks / wall:.0f} looks/s, {spent / wall * 100:.0f} % of one core, {spent / looks * 1000:.2f} ms CPU a look"
    )
    print(
        f"lateness p50 {after.lateness_p50_s * 1000:.1f} ms, p99 {after.lateness_p99_s * 1000:.0f} ms; skipped {after.skipped}, failed {after.failed} {sink.errors or ''}, untrusted {after.untrusted}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    return spent / looks * 1000


def cpu_s() -> float:
    """Return the CPU seconds of this process so far."""
    times = os.times()
    return times.user + times.system


async def exporter(port: int, seconds: int) -> float | None:
    """Ask the exporter at the same pace; print its figures; return its CPU milliseconds a look."""
    if not shutil.which(EXPORTER):
        print(f"skipped: {EXPORTER} is not installed (.ci/blackbox installs it)")
        return None
    with tempfile.TemporaryDirectory(prefix="yunshu-blackbox-") as folder, socket.socket() as sock:
        config = Path(folder) / "blackbox.yml"
        config.write_text(MODULES)
        sock.bind(("127.0.0.1", 0))
        own = sock.getsockname()[1]
        sock.close()
        command = [EXPORTER, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{own}", "--log.level=error"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return await asked(own, targets(port), seconds, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait()


async def asked(port: int, watched: list[Target], seconds: int, process: psutil.Process) -> float:
    """Ask for each target when it is due; return the exporter's CPU milliseconds a look."""
    schedule, failed, flying = Schedule(), 0, set()
    schedule.replace(watched, time.monotonic())
    looks, before, measuring, started = 0, 0.0, False, time.monotonic()

    async def one(session: aiohttp.ClientSession, target: Target) -> None:
        nonlocal failed
        module, what = form_of(target.check)
        async with session.get(
            f"http://127.0.0.1:{port}/probe?{urlencode({'module': module, 'target': what})}"
        ) as answer:
            failed += b"probe_success 1" not in await answer.read()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500)) as session:
        await ready(session, port)
        while time.monotonic() < started + WARM_S + seconds:
            if not measuring and time.monotonic() > started + WARM_S:
                measuring, before, looks = True, sum(process.cpu_times()[:2]), 0
            while due := schedule.pop(time.monotonic()):
                looks += 1
                task = asyncio.create_task(one(session, due.target))
                flying.add(task)
                task.add_done_callback(flying.discard)
            await asyncio.sleep(0.005)
        await asyncio.gather(*flying)
    spent = sum(process.cpu_times()[:2]) - before
    print(
        f"{EXPORTER}: {looks / seconds:.0f} looks/s, {spent / seconds * 100:.0f} % of one core, {spent / looks * 1000:.2f} ms CPU a look, failed {failed}, {process.memory_info().rss / 1e6:.0f} MB (without scheduler and store)"
    )
    return spent / looks * 1000


def form_of(check: Check) -> tuple[str, str]:
    """Return the exporter's module and target for a check."""
    match check:
        case Http(url=url):
            return "http", url
        case Tcp(host=host, port=port):
            return "tcp", f"{host}:{port}"
        case Icmp(host=host):
            return "icmp", host
    raise ValueError("not in the mix")


async def ready(session: aiohttp.ClientSession, port: int) -> None:
    """Wait for the exporter."""
    for _ in range(100):
        with suppress(aiohttp.ClientError):
            await session.get(f"http://127.0.0.1:{port}/-/healthy")
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the exporter does not answer")


if __name__ == "__main__":
    main()
