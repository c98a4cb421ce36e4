"""Writing a fact: one row in the caller's transaction. Plain SQL, so that any module may import it at any time."""

import json
from datetime import datetime

from django.db import connection, transaction

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.events import Event
from yunshu.lib.observe import correlation

_INSERT = """INSERT INTO outbox_outboxentry (subject, payload, occurred_at, request_id)
VALUES (%s, %s, %s, %s) RETURNING id"""


def publish(event: Event, now: datetime | None = None) -> int:
    """Write ``event`` into the outbox and return its number.

    It becomes a fact when the caller's transaction commits, or never was. Outside a transaction it is a
    programming error: the fact could then outlive the change it tells of.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"publish({type(event).__name__}) needs a transaction")
    payload = json.dumps(event.to_payload(), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [event.subject, payload, now or clock.now(), correlation.current()])
        return int(cursor.fetchone()[0])
