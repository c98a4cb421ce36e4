"""The telephones at work: NATS, a web server and the phone process, each its own process, on a database of one's own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from django.conf import settings as django_settings
from tests.factories.directory import signed_in_client

from yunshu.config.bootstrap import EmbeddedNats, machine
from yunshu.config.supervisor.parts import YUNSHU
from yunshu.domains.directory.models import Person

ROOT = Path(__file__).parents[2]
WORDS = {"YUNSHU_PHONE": "sip", "YUNSHU_PHONE_RECORD": "1", "YUNSHU_PHONE_WRAP_UP": "0"}


@dataclass
class House:
    """``sip`` is the switch's port, ``url`` the web server's address."""

    folder: Path
    environment: dict[str, str]
    nats: EmbeddedNats
    sip: int
    web_port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start(self, name: str) -> None:
        """Start the web server or the phone process."""
        web = [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(self.web_port), "--no-ws"]
        command = [*YUNSHU, "hotline", "phone"] if name == "phone" else [*web, "yunshu.config.asgi:application"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Kill -9 a process and what it started."""
        process = self.running.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def logged(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.nats.stop()


@dataclass
class Ear:
    """What a browser hears on an agent's stream; ``at`` is when, by the wall clock."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.heard]

    def first(self, kind: str) -> tuple[dict[str, Any], float]:
        n = self.kinds().index(kind)
        return self.heard[n], self.at[n]


def house(url: str, folder: Path, settings: Any, **more: str) -> House:
    """Start NATS, and point the settings of this process to it."""
    nats = EmbeddedNats(folder / "nats")
    nats.start()
    sip = machine.free_port()
    environment = (
        os.environ
        | WORDS
        | {
            "DATABASE_URL": url,
            "NATS_URL": nats.url,
            "YUNSHU_DATA": str(folder / "data"),
            "YUNSHU_HOTLINE_VAULT": str(folder / "vault"),
            "YUNSHU_SECRET_KEY": django_settings.SECRET_KEY,
            "YUNSHU_PHONE_ADDRESS": f"127.0.0.1:{sip}",
            "DJANGO_SETTINGS_MODULE": "yunshu.config.settings",
            **more,
        }
    )
    (folder / "data").mkdir()
    settings.NATS_URL, settings.PHONE = nats.url, {**settings.PHONE, "provider": environment["YUNSHU_PHONE"]}
    settings.RECORDINGS_FOLDER, settings.HOTLINE_VAULT = folder / "data/recordings", folder / "vault"
    return House(folder, environment, nats, sip, machine.free_port())


async def until(seen: Callable[[], Any], within_s: float = 40) -> None:
    """Wait for something to be so."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(seen):
            await asyncio.sleep(0.05)


def cookie_of(person_id: int) -> str:
    """Return the cookie of somebody who has signed in."""
    return str(signed_in_client(Person.objects.get(pk=person_id)).cookies["sessionid"].value)


@asynccontextmanager
async def listening(made: House, cookie: str) -> AsyncIterator[Ear]:
    """Hear an agent's stream as a browser does; inside once nothing can be missed."""
    ear, timeout = Ear(), aiohttp.ClientTimeout(total=None)

    async def read() -> None:
        session = aiohttp.ClientSession(cookies={"sessionid": cookie}, timeout=timeout)
        async with session as http, http.get(f"{made.url}/console/hotline/phone/stream/") as answer:
            assert answer.content_type == "text/event-stream"
            async for line in answer.content:
                if line.startswith(b"data: "):
                    ear.at.append(time.time())
                    ear.heard.append(json.loads(line[6:]))

    task = asyncio.create_task(read())
    try:
        async with asyncio.timeout(40):
            while not ear.heard:
                if task.done():
                    task.result()
                await asyncio.sleep(0.02)
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answers(made: House) -> None:
    """Wait until the web server answers."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            try:
                async with http.get(f"{made.url}/healthz") as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
