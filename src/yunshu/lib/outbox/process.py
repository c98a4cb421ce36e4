"""What processes share: run until SIGTERM or Ctrl-C, then finish what is in hand; the database from a loop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from psycopg.conninfo import make_conninfo

T = TypeVar("T")
DSN_KEYS = (
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "target_session_attrs",
    "connect_timeout",
    "sslmode",
    "sslrootcert",
)


def until_told(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``main`` with an event that is set when the process is told to end."""

    async def run() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stopped.set)
        await main(stopped)

    asyncio.run(run())


def database_dsn() -> str:
    """Return how Django's default database is reached, for a connection that can LISTEN."""
    parameters = connection.get_connection_params()
    return make_conninfo(**{key: parameters[key] for key in DSN_KEYS if parameters.get(key)})


async def in_thread(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, done in Django's own thread with a connection that answers."""

    def run() -> T:
        close_old_connections()
        return work()

    return await sync_to_async(run, thread_sensitive=True)()
