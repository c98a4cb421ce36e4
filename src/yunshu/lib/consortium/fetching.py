"""Getting leaves, heads and checkpoints from other members over HTTP. Nothing that comes is believed: the caller checks."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp
import structlog

from yunshu.lib.consortium.disk import split
from yunshu.lib.consortium.leaves import Malformed

log = structlog.get_logger()
PORTION = 1000
SECONDS = 10.0
ASK_SECONDS, MOST_WORDS = 2.0, 50
FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class Unreachable(Exception):
    """No other member gave what was asked for."""


async def fetch(url: str, path: str) -> bytes:
    """Return the body at ``url`` + ``path``; raise Unreachable."""
    try:
        async with _session() as session, session.get(f"{url}{path}") as answer:
            answer.raise_for_status()
            return await answer.read()
    except FAILURES as error:
        raise Unreachable(f"{url}{path}: {error or type(error).__name__}") from error


async def fetch_leaves(url: str, start: int, end: int) -> list[bytes]:
    """Return the leaves [start, end) as the member at ``url`` has them; raise Unreachable."""
    found: list[bytes] = []
    try:
        async with _session() as session:
            while start + len(found) < end:
                first = start + len(found)
                path = f"{url}/entries/{first}/{min(end, first + PORTION)}"
                async with session.get(path) as answer:
                    answer.raise_for_status()
                    portion = list(split(await answer.read()))
                if not portion:
                    raise Unreachable(f"{url} does not have leaf {first}")
                found += portion
    except FAILURES as error:
        raise Unreachable(f"{url}: {error or type(error).__name__}") from error
    return found[: end - start]


async def leaves_from_any(peers: Mapping[str, str], start: int, end: int) -> Iterable[tuple[str, list[bytes]]]:
    """Return (member, leaves) of every member that gave them all."""

    async def ask(name: str, url: str) -> tuple[str, list[bytes]] | None:
        try:
            return name, await fetch_leaves(url, start, end)
        except (Unreachable, Malformed) as error:
            log.info("ledger.leaves_not_given", by=name, error=str(error))
            return None

    answers: list[Any] = await asyncio.gather(*(ask(name, url) for name, url in peers.items()))
    return [each for each in answers if each is not None]


async def words_of_all(peers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what each member that answers says it has cosigned: ``words`` and ``checkpoints``, nothing checked."""

    async def ask(url: str) -> dict[str, Any] | None:
        try:
            found = json.loads(await asyncio.wait_for(fetch(url, "/words"), ASK_SECONDS))
        except (Unreachable, TimeoutError, ValueError):
            return None
        match found:
            case {"words": list(words), "checkpoints": dict(checkpoints)}:
                return {"words": words[:MOST_WORDS], "checkpoints": checkpoints}
        return None

    answers = await asyncio.gather(*(ask(url) for url in peers.values()))
    return [each for each in answers if each is not None]


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
