"""The database from an event loop: each call in a thread of its own, whose connection is closed behind it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from yunshu.lib.crawl import Cursor

P = ParamSpec("P")
T = TypeVar("T")


async def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``function`` returns, called in a thread; its exceptions are raised here."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


class Turns:
    """Transactions for a crawler's writing thread, which keeps its connection until ``close``."""

    def __init__(self) -> None:
        self._opened: list[BaseDatabaseWrapper] = []

    @contextmanager
    def __call__(self) -> Iterator[Cursor]:
        """Open a transaction and give its cursor."""
        connection = connections["default"]
        if connection not in self._opened:
            connection.inc_thread_sharing()
            self._opened.append(connection)
        with transaction.atomic(), connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Close what was opened; call it once the thread is done."""
        for connection in self._opened:
            connection.close()
