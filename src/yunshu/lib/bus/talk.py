"""Words that nobody keeps: a question to whoever answers a subject, and what is told to whoever listens just now. Facts go another way (``client``)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from yunshu.lib.bus.client import at_once, connection
from yunshu.lib.kernel.errors import Unavailable

ASK_SECONDS = 12.0
KEPT = 256
"""So much waits for a listener that is slow; what comes beyond is dropped by the client, and the listener asks again."""


def ask(url: str, subject: str, data: bytes, *, seconds: float = ASK_SECONDS) -> bytes:
    """Ask from synchronous code and return the answer. Raises Unavailable (``nobody_answers``)."""

    async def run() -> bytes:
        client = await at_once(url, "yunshu-ask")
        try:
            return (await client.request(subject, data, timeout=seconds)).data
        finally:
            await client.close()

    try:
        return asyncio.run(run())
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("nobody_answers", retry_after_s=2) from error


async def tell(client: Client, subject: str, data: bytes) -> None:
    """Tell whoever listens now; where the server is away, nobody."""
    if client.is_connected:
        await client.publish(subject, data)


async def answer(client: Client, subject: str, handle: Callable[[bytes], Awaitable[bytes]]) -> None:
    """Answer what is asked of ``subject`` from now on; several questions at a time."""
    doing: set[asyncio.Task[None]] = set()

    async def one(message: Msg) -> None:
        await message.respond(await handle(message.data))

    async def take(message: Msg) -> None:
        task = asyncio.create_task(one(message))
        doing.add(task)
        task.add_done_callback(doing.discard)

    await client.subscribe(subject, cb=take)
    await client.flush()


@asynccontextmanager
async def listening(url: str, subjects: Sequence[str]) -> AsyncIterator[AsyncGenerator[bytes]]:
    """Give what is told on ``subjects`` from now on; once inside, nothing is missed but what overflows."""
    heard: asyncio.Queue[bytes] = asyncio.Queue(KEPT)

    async def take(message: Msg) -> None:
        if heard.full():
            heard.get_nowait()
        heard.put_nowait(message.data)

    async def taken() -> AsyncGenerator[bytes]:
        while True:
            yield await heard.get()

    async with connection(url, "yunshu-listener") as client:
        for subject in subjects:
            await client.subscribe(subject, cb=take)
        await client.flush()
        yield taken()
