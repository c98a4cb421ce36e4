"""The members as this installation reaches them: its own for receipts and finality, the others to look at.

Addresses come from the settings; a member that does not answer is shown as such, never waited for long.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

SECONDS = 2.0


@dataclass(frozen=True)
class MemberStatus:
    """One member and what it says of itself; ``status`` is None where it does not answer."""

    name: str
    url: str
    status: dict[str, Any] | None

    @property
    def answers(self) -> bool:
        """It answers."""
        return self.status is not None


def own_url() -> str:
    """Return the address of this organisation's own member; empty where no ledger is configured."""
    return settings.LEDGER_PEERS[0][1] if settings.LEDGER_PEERS else ""


def statuses() -> list[MemberStatus]:
    """Ask every member how it is, all at once."""

    async def ask(client: httpx.AsyncClient, name: str, url: str) -> MemberStatus:
        try:
            answer = await client.get(f"{url}/status")
            answer.raise_for_status()
            return MemberStatus(name, url, answer.json())
        except (httpx.HTTPError, ValueError):
            return MemberStatus(name, url, None)

    async def ask_all() -> list[MemberStatus]:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            return list(await asyncio.gather(*(ask(client, name, url) for name, url in settings.LEDGER_PEERS)))

    return asyncio.run(ask_all())


def fetch(path: str, url: str = "") -> httpx.Response | None:
    """Return a member's answer to ``path`` (our own member's by default); None if it does not answer."""
    base = url or own_url()
    if not base:
        return None
    try:
        return httpx.get(f"{base}{path}", timeout=SECONDS)
    except httpx.HTTPError:
        return None


def receipt(leaf_index: int) -> bytes | None:
    """Return the receipt of a final leaf from the first member that gives it; None if none does now."""
    for _name, url in settings.LEDGER_PEERS:
        answer = fetch(f"/receipts/{leaf_index}", url)
        if answer is not None and answer.status_code == httpx.codes.OK:
            return answer.content
    return None
