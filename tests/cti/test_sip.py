"""Real calls: SIPp dials our switch, the distributor rings SIPp's telephones, and what must happen happens."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.cti.desk import Desk, desk
from tests.cti.phones import SIPP, sipp

from yunshu.config.bootstrap import machine
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.floor import House
from yunshu.lib.cti.provider import Ability
from yunshu.lib.cti.recordings import SealedRecordings
from yunshu.lib.cti.sip import SipProvider, SipSettings, g711
from yunshu.lib.kernel.errors import NotFound, Refused, Unavailable

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not SIPP, reason="SIPp is not installed (.ci/programs)")]
KEY = bytes(range(16))


def sign_in(made: Desk, phones: int, count: int = 2) -> list[str]:
    parties = [f"sip:800{n}@127.0.0.1:{phones}" for n in range(count)]
    for n, party in enumerate(parties):
        made.floor.sign_in(f"a{n}", party, [])
    return parties


def to(made: Desk) -> str:
    return f"127.0.0.1:{made.provider.settings.port}"


def test_a_call_is_offered_rings_is_answered_and_ends_with_the_caller(tmp_path: Path) -> None:
    async def go() -> None:
        phones = machine.free_port()
        async with desk(tmp_path) as made, sipp("agent", "-d", "50", port=phones, folder=tmp_path):
            sign_in(made, phones)
            async with sipp(
                "caller", to(made), "-m", "1", "-d", "200", "-s", "12345", port=machine.free_port(), folder=tmp_path
            ) as caller:
                assert await asyncio.wait_for(caller.wait(), 20) == 0
            ended = await made.hears("ended")
            await made.until(lambda: len(made.kept) == 1)
        assert made.kinds() == ["offered", "ringing", "screen_pop", "answered", "ended"]
        assert (ended.reason, made.kept[0].agent, made.kept[0].caller) == ("caller", "a0", "1391")

    asyncio.run(go())


def test_a_caller_waits_is_told_so_gives_up_and_stands_on_the_list_to_call_back(tmp_path: Path) -> None:
    async def go() -> None:
        async with desk(tmp_path) as made:
            async with sipp(
                "quitter", to(made), "-m", "1", "-d", "500", "-s", "12345", port=machine.free_port(), folder=tmp_path
            ) as caller:
                assert await asyncio.wait_for(caller.wait(), 20) == 0
            await made.hears("ended")
            assert [one.caller for one in made.floor.acd.callbacks.all()] == ["1381"]
            assert made.kinds() == ["offered", "queued", "ended"]

    asyncio.run(go())


def test_a_telephone_that_is_not_there_costs_its_agent_a_break_and_the_next_one_rings(tmp_path: Path) -> None:
    async def go() -> None:
        phones = machine.free_port()
        async with desk(tmp_path, ring_s=1.0) as made, sipp("agent", "-d", "50", port=phones, folder=tmp_path):
            made.floor.sign_in("away", f"sip:1@127.0.0.1:{machine.free_port()}", [])
            sign_in(made, phones, 1)
            async with sipp(
                "caller", to(made), "-m", "1", "-d", "100", "-s", "1", port=machine.free_port(), folder=tmp_path
            ) as caller:
                assert await asyncio.wait_for(caller.wait(), 20) == 0
            await made.until(lambda: len(made.kept) == 1)
            assert (made.kept[0].agent, made.kept[0].missed_by) == ("a0", ("away",))
            assert {a.code: a.state for a in made.floor.acd.agents()} == {"a0": State.IDLE, "away": State.BREAK}

    asyncio.run(go())


def test_hold_three_party_transfer_and_hanging_up_on_real_dialogs(tmp_path: Path) -> None:
    async def go() -> None:
        phones = machine.free_port()
        async with desk(tmp_path) as made, sipp("agent", "-d", "50", port=phones, folder=tmp_path):
            sign_in(made, phones, 1)
            other = f"sip:9001@127.0.0.1:{phones}"
            async with sipp(
                "listener", to(made), "-m", "1", "-s", "1", port=machine.free_port(), folder=tmp_path
            ) as caller:
                call = (await made.hears("answered")).call
                provider = made.provider
                await provider.hold(call)
                with pytest.raises(Refused, match="保持状态"):
                    await provider.hold(call)
                await provider.resume(call)
                await provider.conference(call, other)
                assert (await made.hears("joined")).party == other
                await provider.drop(call, other)
                await made.hears("left")
                await provider.transfer(call, f"sip:9002@127.0.0.1:{phones}")
                moved = await made.hears("transferred")
                assert (moved.giver, moved.party) == (f"sip:8000@127.0.0.1:{phones}", f"sip:9002@127.0.0.1:{phones}")
                assert made.floor.acd.agents()[0].state is State.IDLE
                await provider.hang_up(call)
                assert await asyncio.wait_for(caller.wait(), 20) == 0
            assert (await made.hears("ended")).reason == "command"

    asyncio.run(go())


def test_what_is_said_is_recorded_sealed_and_hashed(tmp_path: Path) -> None:
    tone = np.round(8000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 8000)).astype(np.int16)
    (tmp_path / "tone.al").write_bytes(g711.encode(g711.PCMA, tone))
    store = SealedRecordings(tmp_path / "kept", KEY, spool=tmp_path)

    async def go() -> str:
        phones = machine.free_port()
        house = House(route=lambda _: "all", record=True, store=store)
        async with desk(tmp_path, house) as made, sipp("agent", "-d", "50", port=phones, folder=tmp_path):
            sign_in(made, phones, 1)
            async with sipp(
                "speaker", to(made), "-m", "1", "-s", "1", "-d", "1500", port=machine.free_port(), folder=tmp_path
            ) as caller:
                assert await asyncio.wait_for(caller.wait(), 20) == 0
            call = (await made.hears("recorded")).call
            await made.until(lambda: not list(tmp_path.glob("*.pcm")))
            return call

    call = asyncio.run(go())
    wav = store.open(call)
    said = np.frombuffer(wav[44:], dtype="<i2").astype(float)
    strongest = np.argmax(np.abs(np.fft.rfft(said))) * 8000 / len(said)
    assert strongest == pytest.approx(440, abs=5)
    assert b"RIFF" not in (tmp_path / "kept" / f"{call}.sm4").read_bytes()


def test_a_killed_process_ends_its_calls_says_goodbye_and_is_back(tmp_path: Path) -> None:
    async def go() -> None:
        phones = machine.free_port()
        async with desk(tmp_path) as made, sipp("agent", "-d", "50", port=phones, folder=tmp_path):
            sign_in(made, phones, 1)
            async with sipp(
                "listener", to(made), "-m", "1", "-s", "1", port=machine.free_port(), folder=tmp_path
            ) as talking:
                await made.hears("answered")
                async with sipp(
                    "listener", to(made), "-m", "1", "-s", "1", port=machine.free_port(), folder=tmp_path
                ) as waiting:
                    await made.hears("queued")
                    os.kill(made.provider.pid, signal.SIGKILL)
                    await made.hears("ended", 2, within_s=3)
                    assert {event.reason for event in made.heard if event.kind == "ended"} == {"lost"}
                    assert await asyncio.wait_for(talking.wait(), 20) == 0  # it got a BYE
                    assert await asyncio.wait_for(waiting.wait(), 20) == 1  # and the one in the queue a 480
            assert (made.floor.acd.calls(), made.floor.acd.agents()[0].state) == ((), State.IDLE)
            assert len(made.floor.acd.callbacks.all()) == 1
            async with sipp(
                "caller", to(made), "-m", "1", "-d", "100", "-s", "1", port=machine.free_port(), folder=tmp_path
            ) as again:
                assert await asyncio.wait_for(again.wait(), 20) == 0
            assert made.provider.starts == 2

    asyncio.run(go())


def test_an_agent_dials_out_and_a_silent_trunk_ends_the_call(tmp_path: Path) -> None:
    async def go() -> None:
        phones, trunk = machine.free_port(), machine.free_port()
        settings = SipSettings(port=machine.free_port(), trunk=f"127.0.0.1:{trunk}")
        async with (
            SipProvider(settings) as provider,
            sipp("agent", "-d", "50", port=phones, folder=tmp_path),
            sipp("agent", "-d", "50", port=trunk, folder=tmp_path),
        ):
            events = provider.events()
            party = f"sip:8000@127.0.0.1:{phones}"
            await provider.originate("out-1", party=party, number="06631")
            assert [(await anext(events)).kind for _ in range(2)] == ["ringing", "answered"]
            await provider.hang_up("out-1")
            assert (await anext(events)).reason == "command"

    asyncio.run(go())


def test_unknown_calls_malformed_telephones_and_a_taken_port_are_refused(tmp_path: Path) -> None:
    async def go() -> None:
        async with desk(tmp_path) as made:
            with pytest.raises(NotFound, match="不存在或已经结束"):
                await made.provider.hold("none")
            with pytest.raises(Refused, match="格式不符"):
                await made.provider.originate("out-1", party="tel:8000", number="1")
            with pytest.raises(Unavailable, match="未能启动"):
                async with SipProvider(made.provider.settings):
                    pass
            assert Ability.CONFERENCE in made.provider.abilities

    asyncio.run(go())


OWNER = """
import asyncio, sys
from yunshu.lib.cti.sip import SipProvider, SipSettings
async def own():
    async with SipProvider(SipSettings(port=int(sys.argv[1]))) as provider:
        print(provider.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(own())
"""


def test_the_process_does_not_outlive_a_killed_owner() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(machine.free_port())], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    process = psutil.Process(int(owner.stdout.readline()))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    psutil.wait_procs([process], timeout=10)
    assert not process.is_running()


@pytest.mark.parametrize(("peer", "answers"), [("127.0.0.0/8", [b"SIP/2.0 200 OK"]), ("192.0.2.0/24", [])])
def test_only_peers_get_an_answer(peer: str, answers: list[bytes]) -> None:
    async def go() -> list[bytes]:
        async with SipProvider(SipSettings(port=machine.free_port(), peers=(peer,))) as provider:
            return await asyncio.to_thread(asked, provider.settings.port)

    assert asyncio.run(go()) == answers


def asked(port: int) -> list[bytes]:
    """Return the first line of what OPTIONS is answered within a second, if anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(1)
        here = f"127.0.0.1:{sock.getsockname()[1]}"
        lines = [
            f"OPTIONS sip:127.0.0.1:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK1",
            f"From: <sip:a@{here}>;tag=1",
            f"To: <sip:127.0.0.1:{port}>",
            "Call-ID: 1",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
        ]
        sock.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", port))
        with suppress(TimeoutError):
            return [sock.recv(2048).split(b"\r\n")[0]]
    return []
