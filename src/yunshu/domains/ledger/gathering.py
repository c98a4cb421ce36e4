"""The gatherer: takes the members' alarms, with their evidence, into this installation, and so to its people.

A member says what it found to anyone who asks. Every member is asked, not only our own: the one that lies is silent
about itself. What two members report of one misdeed is one alarm.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import httpx
import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError

from yunshu.domains.ledger import services
from yunshu.lib.kernel import clock
from yunshu.lib.outbox.process import in_thread

log = structlog.get_logger()
EVERY_SECONDS = 1.0
ANSWER_SECONDS = 5.0


class Told(BaseModel):
    """One alarm as a member tells it; ``id`` counts up at each member."""

    id: int
    kind: str
    about: str
    evidence: str


TOLD = TypeAdapter(list[Told])


class Gatherer:
    """Asks each member of ``peers`` (name, address) again and again."""

    def __init__(self, peers: Sequence[tuple[str, str]]) -> None:
        self._peers = peers
        self._known = {name: 0 for name, _url in peers}

    async def run(self, stopped: asyncio.Event) -> None:
        """Gather until ``stopped``."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            while not stopped.is_set():
                await asyncio.gather(*(self._ask(client, name, url) for name, url in self._peers))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), EVERY_SECONDS)

    async def _ask(self, client: httpx.AsyncClient, member: str, url: str) -> None:
        try:
            answer = (await client.get(f"{url}/alarms")).raise_for_status()
            told = TOLD.validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.debug("ledger.member_silent", member=member, error=str(error) or type(error).__name__)
            return
        for one in sorted(told, key=lambda each: each.id):
            if one.id > self._known[member]:
                keep = partial(services.raise_alarm, kind=one.kind, member=member, about=one.about)
                await in_thread(partial(keep, evidence=one.evidence, now=clock.now()))
                self._known[member] = one.id
