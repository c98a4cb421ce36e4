"""The prober as a whole, on real sockets: nothing lost, nothing twice, nothing believed that it could not see."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.probe import peers

from yunshu.lib.probe import Http, Limits, Observed, Prober, Push, SelfCheck, Target, Tcp

QUICK = Limits(batch=10, batch_s=0.1)


class Keeping:
    """A sink in memory that can be away."""

    def __init__(self) -> None:
        self.kept: list[Observed] = []
        self.away = False

    async def deliver(self, batch: Sequence[Observed]) -> None:
        if self.away:
            raise ConnectionError("the monitor is away")
        self.kept += batch


def run(tmp_path: Path, act: Callable[[Prober, Keeping, int], Awaitable[None]], **more: object) -> list[Observed]:
    async def main() -> list[Observed]:
        sink = Keeping()
        async with peers.pages() as port:
            prober = Prober(vantage="room1", sink=sink, spool=tmp_path / "spool", limits=QUICK, **more)
            running = asyncio.create_task(prober.run())
            await act(prober, sink, port)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return sink.kept

    return asyncio.run(main())


def pages(port: int, count: int) -> list[Target]:
    return [Target(f"page{n}", Http(f"http://127.0.0.1:{port}/?n={n}"), 1, 1) for n in range(count)]


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about")


def twice(kept: list[Observed]) -> list[object]:
    return [key for key, n in Counter((o.target, o.sample.mono_s) for o in kept).items() if n > 1]


@pytest.mark.slow
def test_every_target_is_looked_at_in_its_interval_and_what_leaves_is_no_longer(tmp_path: Path) -> None:
    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        prober.watch(pages(port, 50))
        await until(lambda: len({o.target for o in sink.kept}) == 50)
        prober.watch(pages(port, 1))
        await asyncio.sleep(1.2)
        sink.kept.clear()
        await until(lambda: len(sink.kept) >= 2)

    kept = run(tmp_path, act)
    assert {o.target for o in kept} == {"page0"}
    assert all(o.sample.vantage == "room1" for o in kept)
    assert any(o.sample.ok for o in kept)


def test_what_an_absent_monitor_missed_is_delivered_later_and_once(tmp_path: Path) -> None:
    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        sink.away = True
        prober.watch(pages(port, 20))
        await until(lambda: prober.health().spooled >= 30)
        sink.away = False
        await until(lambda: prober.health().spooled == 0)

    kept = run(tmp_path, act)
    assert len(kept) >= 30
    assert not twice(kept)


def test_what_was_spooled_outlives_the_prober(tmp_path: Path) -> None:
    async def lose(prober: Prober, sink: Keeping, port: int) -> None:
        sink.away = True
        prober.watch(pages(port, 20))
        await until(lambda: prober.health().spooled >= 20)

    async def find(prober: Prober, sink: Keeping, port: int) -> None:
        await until(lambda: len(sink.kept) >= 20)

    assert run(tmp_path, lose) == []
    kept = run(tmp_path, find)
    assert {o.target for o in kept} == {f"page{n}" for n in range(20)}
    assert not twice(kept)


@pytest.mark.slow
def test_a_loop_that_stood_still_trusts_nothing_of_that_time(tmp_path: Path) -> None:
    stood: list[float] = []

    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        slow = [Target(f"slow{n}", Http(f"http://127.0.0.1:{port}/?wait=0.2"), 1, 1) for n in range(20)]
        prober.watch(slow)
        await until(lambda: len(sink.kept) > 20)
        stood.append(time.monotonic())
        time.sleep(0.9)
        stood.append(time.monotonic())
        await until(lambda: any(o.sample.mono_s > stood[1] + 0.5 for o in sink.kept))

    kept = run(tmp_path, act, self_check=SelfCheck(max_lag_s=0.5))
    within = [o.sample for o in kept if stood[0] - 0.15 < o.sample.mono_s < stood[1] - 0.1]
    assert within
    assert not any(s.trusted for s in within)
    assert any(o.sample.trusted for o in kept if o.sample.mono_s < stood[0] - 0.5 or o.sample.mono_s > stood[1] + 0.3)


@pytest.mark.slow
def test_a_failure_is_not_believed_while_the_own_reference_fails_too(tmp_path: Path) -> None:
    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        prober.watch([Target("dead", Tcp("127.0.0.1", 1), 1, 1), *pages(port, 3)])
        await until(lambda: any(o.target == "dead" for o in sink.kept) and len(sink.kept) > 4)

    bad = SelfCheck(max_lag_s=60, references=(Target("router", Tcp("127.0.0.1", 1), 1, 1),))
    kept = run(tmp_path, act, self_check=bad)
    assert not any(o.sample.trusted for o in kept if o.target == "dead")
    assert all(o.sample.trusted for o in kept if o.sample.ok)
    assert any(o.sample.ok for o in kept)


@pytest.mark.slow
def test_a_heartbeat_that_does_not_come_is_silence(tmp_path: Path) -> None:
    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        prober.watch([Target("backup", Push(), 1, 1), Target("mute", Push(), 1, 1)])
        assert not prober.heard("nobody")
        while not any(o.target == "mute" for o in sink.kept) or len(sink.kept) < 6:
            assert prober.heard("backup")
            await asyncio.sleep(0.1)

    begun = time.monotonic()
    kept = run(tmp_path, act)
    assert all(o.sample.ok for o in kept if o.target == "backup")
    mute = [o.sample for o in kept if o.target == "mute"]
    assert {s.error for s in mute} == {"silent"}
    assert min(s.mono_s for s in mute) - begun > 2  # the interval and the timeout: before, silence says nothing


@pytest.mark.slow
def test_one_slow_host_does_not_hold_up_the_others_nor_get_more_than_its_share(tmp_path: Path) -> None:
    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        slow = [Target(f"slow{n}", Http(f"http://127.0.0.1:{port}/?wait=3"), 2, 2) for n in range(30)]
        prober.watch([*slow, *[Target(f"fast{n}", Http(f"http://localhost:{port}/"), 1, 1) for n in range(10)]])
        await until(lambda: Counter(o.target[:4] for o in sink.kept if o.sample.ok)["fast"] >= 20)
        assert prober.health().in_flight >= 20

    kept = run(tmp_path, act)
    slow = [o.sample for o in kept if o.target.startswith("slow")]
    assert not any(s.ok for s in slow)


def test_the_metrics_are_prometheus_text(tmp_path: Path) -> None:
    texts: list[str] = []

    async def act(prober: Prober, sink: Keeping, port: int) -> None:
        prober.watch([*pages(port, 2), Target("dead", Tcp("127.0.0.1", 1), 1, 1)])
        await until(lambda: len({o.target for o in sink.kept}) == 3)
        texts.append(prober.metrics())

    run(tmp_path, act)
    found = {
        (s.name, s.labels.get("target")): s.value for f in text_string_to_metric_families(texts[0]) for s in f.samples
    }
    assert found["yunshu_probe_success", "page1"] == 1
    assert found["yunshu_probe_success", "dead"] == 0
    assert found["yunshu_prober_targets", None] == 3
