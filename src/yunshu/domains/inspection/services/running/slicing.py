"""One at a time: the machine's slices, each under a lock of the database that ends with its session."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOCK = "inspection.machine"


@contextmanager
def alone(lock: str = LOCK) -> Iterator[bool]:
    """Say whether nobody else is at work; nobody is until the block ends. Whoever reads pictures has a ``lock`` of their own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [lock])
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [lock])
