"""``FarVantage``: looks from another place; its plan comes from the hub and its samples go there, over HTTPS.

Either may be away: the plan of last time stands on disk (for its owner only, it holds secrets), samples wait in the spool.
"""

import asyncio
import json
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from yunshu.lib.probe.batches import pack
from yunshu.lib.probe.outcome import Observed
from yunshu.lib.probe.prober import Limits, Prober, SelfCheck
from yunshu.lib.probe.targets import BadTarget, Target, from_json

log = structlog.get_logger()
PLAN, PLAN_S, ANSWER_S, BATCH = "plan.json", 20.0, 20.0, 5000
REFUSED_FOR_GOOD = (400, 413, 422)


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Where the hub is, and the secret that it gave this vantage. Raises ValueError for plain HTTP to another machine."""

    url: str
    secret: str
    ca: Path | None = None

    def __post_init__(self) -> None:
        at = urlsplit(self.url)
        if at.scheme != "https" and not (at.scheme == "http" and is_local(at.hostname or "")):
            raise ValueError("the hub's address begins with https:// (plain HTTP would show secrets on the way)")

    def session(self) -> aiohttp.ClientSession:
        """Return a session that bears the secret."""
        context = ssl.create_default_context(cafile=str(self.ca)) if self.ca else True
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context),
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=aiohttp.ClientTimeout(total=ANSWER_S),
        )


def is_local(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class FarVantage:
    """One place. ``run`` works until cancelled."""

    def __init__(self, hub: Hub, folder: Path, *, plan_s: float = PLAN_S, references: Sequence[Target] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.hub, self.folder, self._plan_s = hub, folder, plan_s
        self._session: aiohttp.ClientSession | None = None
        self._revision = ""
        self.prober = Prober(
            vantage="far",
            sink=self,
            spool=folder / "spool",
            limits=Limits(batch=BATCH),
            self_check=SelfCheck(references=tuple(references)),
        )

    async def deliver(self, batch: Sequence[Observed]) -> None:
        """Send a batch (``Sink``). Raises ConnectionError while the hub is away or does not know us: it is then spooled."""
        if self._session is None:
            raise ConnectionError("not started")
        data = await asyncio.to_thread(pack, batch)
        async with self._session.post(f"{self.hub.url}/vantage/samples", data=data) as answer:
            if answer.status in REFUSED_FOR_GOOD:
                log.error("probe.batch_refused", status=answer.status, samples=len(batch), why=await _words(answer))
            elif answer.status >= 300:
                raise ConnectionError(f"the hub answers {answer.status}: {await _words(answer)}")

    async def run(self) -> None:
        """Look, deliver, follow the plan."""
        async with self.hub.session() as self._session:
            self._watch(_kept(self.folder / PLAN))
            async with asyncio.TaskGroup() as group:
                group.create_task(self.prober.run())
                group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                await self._ask()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                log.warning("probe.hub_away", error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(self._plan_s)

    async def _ask(self) -> None:
        """Say how we do; take the plan if it is another one."""
        if self._session is None:
            return
        said = {"revision": self._revision, "health": asdict(self.prober.health())}
        async with self._session.post(f"{self.hub.url}/vantage/plan", json=said) as answer:
            if answer.status == 304:
                return
            if answer.status != 200:
                raise ConnectionError(f"the hub answers {answer.status}: {await _words(answer)}")
            plan = await answer.json()
        self._watch(plan)
        await asyncio.to_thread(_write, self.folder / PLAN, json.dumps(plan))

    def _watch(self, plan: Mapping[str, Any]) -> None:
        targets = []
        for one in plan.get("targets", ()):
            try:
                targets.append(Target(one["number"], from_json(one["check"]), one["interval_s"], one["timeout_s"]))
            except (BadTarget, KeyError, TypeError) as error:
                log.warning("probe.target_not_understood", target=str(one)[:60], error=str(error))
        self.prober.watch(targets)
        self._revision = str(plan.get("revision", ""))
        log.info("probe.plan_taken", targets=len(targets))


async def _words(answer: aiohttp.ClientResponse) -> str:
    return (await answer.text())[:200]


def _kept(path: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
