"""An event and a listener made for these tests, and the processes that the chaos test runs and kills."""

import itertools
import random
import sys
import time
from dataclasses import dataclass
from typing import ClassVar

import django
import psycopg

from yunshu.lib.kernel.events import Event

TABLES = """
CREATE TABLE made (n bigint NOT NULL); CREATE TABLE effect (n bigint NOT NULL);
GRANT SELECT, INSERT ON made, effect TO yunshu_app;
"""


@dataclass(frozen=True, kw_only=True)
class EffectMade(Event):
    """Something happened ``n``."""

    subject: ClassVar[str] = "tests.effect.made.v1"

    n: int


def listen() -> None:
    """Declare the listener: one row for each time it runs."""
    from django.db import connection

    from yunshu.lib.outbox import handles

    @handles(EffectMade, name="tests.on_effect_made")
    def on_effect_made(event: EffectMade) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO effect (n) VALUES (%s)", [event.n])


def produce() -> None:
    """Make facts as fast as they go, every tenth rolled back; a lost connection is opened again."""
    from django.db import DatabaseError, InterfaceError, connection, transaction

    from yunshu.lib.outbox import publish

    for n in itertools.count(time.time_ns()):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO made (n) VALUES (%s)", [n])
                publish(EffectMade(n=n))
                transaction.set_rollback(random.random() < 0.1)
        except (DatabaseError, InterfaceError, psycopg.Error):
            connection.close()
            connection.close_pool()
            time.sleep(0.1)
        time.sleep(0.004)


def main(role: str) -> None:
    """Be one of the processes."""
    from django.conf import settings

    from yunshu.lib.outbox import handling, relay
    from yunshu.lib.outbox.process import database_dsn, until_told

    listen()
    programs = {
        "produce": produce,
        "relay": lambda: until_told(
            "relay", lambda stopped: relay.run(database_dsn(), settings.NATS_URL, stopped=stopped)
        ),
        "handle": lambda: until_told("handlers", lambda stopped: handling.run(settings.NATS_URL, stopped=stopped)),
    }
    programs[role]()


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
