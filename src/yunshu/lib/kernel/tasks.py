"""Tasks that run beside each other in one event loop, and end together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVarTuple

AGAIN_SECONDS = 0.2

Ts = TypeVarTuple("Ts")


async def in_thread(work: Callable[[*Ts], None], *args: *Ts) -> None:
    """Do ``work`` in a thread. Cancelled, it gives way only when the work is done: no thread outlives its task."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    running.result()


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel every task until it has ended; what they raised stays in them.

    One ``cancel`` is not enough: in Python 3.11 ``asyncio.wait_for`` swallows it when its result arrives in the same
    turn of the loop (cpython issue 86296), and the libraries that wait with it go on as though nobody had asked.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _done, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


async def run_until(stopped: asyncio.Event, works: Iterable[Awaitable[None]]) -> None:
    """Run the works beside each other until ``stopped`` or until one of them ends; raise what that one raised."""
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(work) for work in works]
    stopping: asyncio.Future[Any] = asyncio.ensure_future(stopped.wait())
    done, _pending = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    await end([*tasks, stopping])
    for task in done:
        if not task.cancelled():
            task.result()
