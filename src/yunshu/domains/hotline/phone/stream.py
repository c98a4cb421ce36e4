"""Server-sent events of the telephones: what ``wire`` tells, as browsers read it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import structlog

from yunshu.domains.hotline.phone import wire

log = structlog.get_logger()
BEAT_S = 15.0
LONGEST_S = 600.0
"""After this the browser asks again, and with it whether its person may still hear."""


async def events(subjects: list[str]) -> AsyncIterator[str]:
    """Yield what is told on ``subjects``, with a beat in between so that proxies keep the line, and an end after a while."""
    yield "retry: 1000\n\n"
    try:
        async with asyncio.timeout(LONGEST_S), aclosing(wire.heard(subjects)) as heard:
            following = asyncio.ensure_future(anext(heard))
            try:
                while True:
                    done, _ = await asyncio.wait({following}, timeout=BEAT_S)
                    if not done:
                        yield ": beat\n\n"
                        continue
                    yield f"data: {json.dumps(following.result(), ensure_ascii=False)}\n\n"
                    following = asyncio.ensure_future(anext(heard))
            finally:  # the generator can be closed only when nobody waits within it
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
    except TimeoutError:
        return
