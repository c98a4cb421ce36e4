"""A vantage elsewhere: its plan, its samples, and that neither is anybody else's."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.operations.test_figures import probed
from tests.operations.watch_world import target

from yunshu.domains.operations import checks
from yunshu.domains.operations.contracts import TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.models import Vantage
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.watching.process import Place, Watch
from yunshu.lib.availability import Sample, Span
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Observed, Oid, Push, Snmp, Tcp, to_json
from yunshu.lib.probe.batches import BadBatch, pack, put, unpack, waiting
from yunshu.lib.probe.far import FarVantage, Hub

AT = "/console/operations/vantages"


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path


@pytest.fixture
def keeper() -> Client:
    return signed_in_client(staff_person([TARGET_VIEW, TARGET_EDIT], org=OrgFactory()))


@pytest.fixture
def bearer(keeper: Client) -> dict[str, str]:
    keeper.post(f"{AT}/new/", {"name": "east", "title": "榕城区", "scopes": "oa"})
    secret = keeper.post(f"{AT}/east/key/").context["secret"]
    return {"Authorization": f"Bearer {secret}"}


def look(number: str, at: int, *, ok: bool = True) -> Observed:
    return Observed(number, Sample(at, "whoever", ok, 12.5, mono_s=1.5, boot=1), {"温度": None})


def asked(bearer: dict[str, str], **said: Any) -> Any:
    return Client().post("/vantage/plan", json.dumps(said), content_type="application/json", headers=bearer)


def brought(bearer: dict[str, str], data: bytes) -> Any:
    return Client().post("/vantage/samples", data, content_type="application/octet-stream", headers=bearer)


@pytest.mark.django_db
def test_a_vantage_gets_what_bears_its_label_with_the_secrets_it_needs(bearer: dict[str, str]) -> None:
    device = Snmp("10.0.0.1", (Oid("电池", "1.3.6.1.2.1.33.1.2.4.0"),), community="s3cret")
    one = target(scopes=["oa"], check_form=checks.stored(device))
    target(scopes=["hotline"], check_form=checks.stored(Tcp("10.0.0.2", 80)))
    target(scopes=["oa"], check_form=checks.stored(Push()))
    target(scopes=["oa"], kind="part", check_form=checks.stored(Tcp("127.0.0.1", 80)))

    plan = asked(bearer, health={"targets": 0, "trusted": True, "x": float("1e308")}).json()

    (entry,) = plan["targets"]
    assert (entry["number"], entry["check"]["community"]) == (one.number, "s3cret")
    assert asked(bearer, revision=plan["revision"]).status_code == 304
    row = Vantage.objects.get(name="east")
    assert row.seen_at is not None
    assert asked({"Authorization": "Bearer no"}).status_code == 404


@pytest.mark.django_db
def test_secrets_do_not_go_over_a_plain_connection(bearer: dict[str, str]) -> None:
    said = {"data": "{}", "content_type": "application/json", "headers": bearer, "REMOTE_ADDR": "10.1.1.1"}
    assert Client().post("/vantage/plan", **said).status_code == 422
    assert Client().post("/vantage/plan", secure=True, **said).status_code == 200
    behind = said | {"REMOTE_ADDR": "127.0.0.1", "headers": bearer | {"X-Forwarded-For": "10.1.1.1"}}
    assert Client().post("/vantage/plan", **behind).status_code == 422


@pytest.mark.django_db
def test_what_it_brings_is_kept_under_its_own_name_and_only_of_its_targets(
    bearer: dict[str, str], tmp_path: Path
) -> None:
    one, other = probed(scopes=["oa"]), probed()
    at = int(clock.now().timestamp())
    data = pack([look(one.number, at - 60), look(one.number, at - 30, ok=False), look(other.number, at)])

    answers = [brought(bearer, data) for _twice in range(2)]

    assert [a.json() for a in answers] == [{"kept": 2}] * 2
    ((_path, batch),) = waiting(tmp_path / "inbox")
    assert {(o.target, o.sample.vantage) for o in batch} == {(one.number, "east")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "code"),
    [(b"nothing", "batch_bad"), (pack([look("x", 2**39)]), "clock_ahead"), (pack([look("x", 5)]), "too_late")],
)
def test_what_cannot_be_a_batch_is_refused_and_not_kept(
    bearer: dict[str, str], tmp_path: Path, data: bytes, code: str
) -> None:
    answer = brought(bearer, data)
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert not (tmp_path / "inbox").exists()


@pytest.mark.django_db
def test_a_vantage_that_is_switched_off_is_unknown(bearer: dict[str, str], keeper: Client) -> None:
    assert keeper.post(f"{AT}/east/", {"title": "榕城区", "scopes": "oa"}).status_code == 302
    assert asked(bearer).status_code == 404
    assert keeper.post(f"{AT}/new/", {"name": "east", "title": "又一个"}).status_code == 422


@pytest.mark.django_db
def test_a_reader_sees_vantages_and_changes_none(bearer: dict[str, str]) -> None:
    reader = signed_in_client(staff_person([TARGET_VIEW], org=OrgFactory()))
    assert reader.get(f"{AT}/").status_code == reader.get(f"{AT}/east/").status_code == 200
    assert reader.post(f"{AT}/east/", {"title": "甲"}).status_code == 403
    assert reader.post(f"{AT}/east/key/").status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"target": "x"},
        {"target": "x", "sample": {}, "values": {}},
        {"target": "x", "sample": {"at": "1"}, "values": {}},
        7,
    ],
)
def test_no_form_is_half_a_sample(form: Any) -> None:
    with pytest.raises(BadBatch):
        unpack(zlib.compress(json.dumps([form]).encode()), "east")


def test_a_hub_elsewhere_must_speak_tls() -> None:
    Hub(url="http://127.0.0.1:1", secret="s")
    with pytest.raises(ValueError, match="https"):
        Hub(url="http://yunshu.example.cn", secret="s")


class Standing:
    """A hub's two doors, served by aiohttp: what comes in is kept; it can be away."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self.away, self.samples = plan, False, list[Observed]()

    async def serve(self, stack: contextlib.AsyncExitStack) -> str:
        application = web.Application()
        application.router.add_post("/vantage/plan", self._plan)
        application.router.add_post("/vantage/samples", self._samples)
        runner = web.AppRunner(application)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _plan(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=503)
        same = (await request.json())["revision"] == self.plan["revision"]
        return web.Response(status=304) if same else web.json_response(self.plan)

    async def _samples(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=503)
        self.samples += unpack(await request.read(), "east")
        return web.json_response({})


@pytest.mark.slow
def test_a_far_vantage_brings_what_it_saw_while_the_hub_was_away(tmp_path: Path) -> None:
    async def whole() -> tuple[list[Observed], int]:
        async with contextlib.AsyncExitStack() as stack:
            with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
                check = to_json(Tcp("127.0.0.1", server.getsockname()[1]))
                entry = {"number": "JC-1", "check": check, "interval_s": 1, "timeout_s": 1.0}
                hub = Standing({"revision": "1", "targets": [entry]})
                url = await hub.serve(stack)
                far = FarVantage(Hub(url=url, secret="s"), tmp_path, plan_s=0.2)
                running = asyncio.create_task(far.run())
                await _until(lambda: bool(hub.samples))
                hub.away = True
                await _until(lambda: far.prober.health().spooled >= 2)
                spooled = far.prober.health().spooled
                hub.away = False
                await _until(lambda: far.prober.health().spooled == 0)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                return hub.samples, spooled

    seen, spooled = asyncio.run(whole())
    times = sorted({o.sample.at for o in seen})
    assert spooled >= 2
    assert max(b - a for a, b in pairwise(times)) <= 2
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0


async def _until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.1)


def test_the_stores_writer_takes_what_far_vantages_brought(tmp_path: Path) -> None:
    at = int(clock.now().timestamp()) - 300
    put(tmp_path / "inbox", "east", [look("JC-1", at + n) for n in range(0, 300, 30)])
    (tmp_path / "inbox/east/0-x.batch").write_bytes(b"torn")

    async def take() -> None:
        watch = Watch(Place(folder=tmp_path, vantage="center", raw_days=90))
        await watch.take_in()
        watch.keeper.close()

    asyncio.run(take())

    stored = list(figures.store().samples("JC-1", Span(at, at + 600)))
    assert [s.vantage for s in stored] == ["east"] * 10
    assert [p.name for p in (tmp_path / "inbox/east").iterdir()] == ["0-x.bad"]


@pytest.mark.chaos
def test_the_program_says_what_it_lacks_and_ends_when_told(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "yunshu.config.cli",
        "vantage",
        "--hub",
        "http://127.0.0.1:9",
        "--folder",
        str(tmp_path),
    ]
    bare = {k: v for k, v in os.environ.items() if k != "YUNSHU_VANTAGE_SECRET"}
    refused = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "YUNSHU_VANTAGE_SECRET" in refused.stderr
    running = subprocess.Popen(
        command, env=bare | {"YUNSHU_VANTAGE_SECRET": "s"}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "spool").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0
