"""How a stop reaches a server that is busy with a long statement."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from yunshu.lib.tables.errors import Stopped
from yunshu.lib.tables.relay import Connection
from yunshu.lib.tables.sockets import POLL_SECONDS, Stop


@contextmanager
def stoppable(connection: Connection, stop: Stop) -> Iterator[None]:
    """Inside the ``with``, cancel what the server does for ``connection`` once ``stop`` says so; raise Stopped."""
    over, stopped = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(POLL_SECONDS):
            if stop():
                stopped.set()
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=2)

    if stop():
        raise Stopped
    watcher = threading.Thread(target=watch, name="tables-stop", daemon=True)
    watcher.start()
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        if stopped.is_set():
            raise Stopped from error
        raise
    finally:
        over.set()
        watcher.join()
