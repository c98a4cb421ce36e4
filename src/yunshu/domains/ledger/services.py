"""Writing: recording a fact, destroying what the law wants destroyed, and the bookkeeping of the submitter."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Client, Staff, Viewer
from yunshu.domains.ledger import rules
from yunshu.domains.ledger.contracts import DESTROYED, LEDGER_DESTROY, LEDGER_OPEN, LEDGER_OPERATE, OPENED
from yunshu.domains.ledger.models import Alarm, Batch, Record
from yunshu.events.ledger import LedgerAlarmRaised
from yunshu.lib import outbox
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.leaves import read as read_leaf
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.observe import correlation

log = structlog.get_logger()
CHANNEL = "ledger"
MOST_ENTRIES = 1000
_SUBMITTING = 0x59554C44
"""Key of the advisory lock that keeps one submitter at work."""


def record(*, kind: str, subject: str, payload: Mapping[str, Any], by: Viewer, now: datetime) -> str:
    """Record a fact in the caller's transaction; return its number. It travels when that transaction commits.

    ``kind`` is an event's name (``evaluation.table.approved``); ``subject`` the public number of what it is about. The
    payload is what must be provable later, no more: it is committed to as a whole and opened as a whole.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"record({kind}) needs a transaction")
    plain = json.loads(json.dumps(payload, cls=DjangoJSONEncoder))
    salt = secrets.token_bytes(rules.SALT_BYTES)
    text = rules.text_of(kind=kind, subject=subject, payload=plain, by=by.label, at=now)
    working = by if isinstance(by, Staff | Client) else None
    row = Record.objects.create(
        number=public_number("CZ", clock.city_date(now)),
        kind=kind,
        subject=subject,
        org_id=working.org_id if working else None,
        recorded_by=by.label,
        recorded_at=now,
        payload=plain,
        salt=salt,
        body=rules.body_of(text, salt, kind=kind, org=working.org_code if working else "", at=now),
        request_id=correlation.current(),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return row.number


@transaction.atomic
def destroy(*, actor: Viewer, number: str, reason: str, now: datetime) -> None:
    """Destroy a record's payload and salt: the leaf stays, and nobody can learn from it what it said.

    Raises NotFound, NotPermitted, Refused (``reason_missing``, ``not_final``) and Conflict (``already_destroyed``).
    """
    actor.require(LEDGER_DESTROY)
    row = Record.objects.select_for_update().filter(number=number).first()
    if row is None:
        raise NotFound("record_not_found")
    if row.destroyed_at is not None:
        raise Conflict("already_destroyed", _("该存证的原文已经销毁。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明销毁依据（法律条款或批准文号）。"))
    if row.final_at is None:
        raise Refused("not_final", _("该存证还没有最终确认，确认之后才能销毁原文。"))
    row.payload, row.salt = None, None
    row.destroyed_at, row.destroyed_by, row.destroyed_because = now, actor.label, reason.strip()
    row.save(update_fields=["payload", "salt", "destroyed_at", "destroyed_by", "destroyed_because"])
    record(kind=DESTROYED, subject=number, payload={"reason": reason.strip()}, by=actor, now=now)


@transaction.atomic
def open_record(*, actor: Viewer, number: str, reason: str, now: datetime) -> dict[str, str]:
    """Return what opens a record to an auditor (text and salt); that it was opened, by whom and why, is itself recorded.

    Raises NotFound (also ``record_destroyed``), NotPermitted and Refused (``reason_missing``).
    """
    actor.require(LEDGER_OPEN)
    row = Record.objects.filter(number=number).first()
    if row is None:
        raise NotFound("record_not_found")
    if row.payload is None or row.salt is None:
        raise NotFound("record_destroyed")
    if not reason.strip():
        raise Refused("reason_missing", _("请写明调阅事由。"))
    text = rules.text_of(
        kind=row.kind, subject=row.subject, payload=row.payload, by=row.recorded_by, at=row.recorded_at
    )
    record(kind=OPENED, subject=number, payload={"reason": reason.strip()}, by=actor, now=now)
    return {"text": text.decode(), "salt": bytes(row.salt).hex()}


@transaction.atomic
def handle_alarm(*, actor: Viewer, alarm_id: int, handling: str, now: datetime) -> None:
    """Write down what was done about an alarm. Raises NotFound, NotPermitted, Refused, Conflict (``already_handled``)."""
    actor.require(LEDGER_OPERATE)
    alarm = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound("alarm_not_found")
    if alarm.handled_at is not None:
        raise Conflict("already_handled", _("这条告警已经处置。"))
    if not handling.strip():
        raise Refused("handling_missing", _("请写明处置情况。"))
    alarm.handled_at, alarm.handled_by, alarm.handling = now, actor.label, handling.strip()
    alarm.save(update_fields=["handled_at", "handled_by", "handling"])


@transaction.atomic
def raise_alarm(*, kind: str, member: str, about: str, evidence: str, now: datetime) -> bool:
    """Keep an alarm a member reported, and tell of it; False if it is known."""
    _row, new = Alarm.objects.get_or_create(
        about=about[:300], defaults={"kind": kind, "member": member, "evidence": evidence, "raised_at": now}
    )
    if new:
        outbox.publish(LedgerAlarmRaised(kind=kind, member=member, about=about[:300], raised_at=now))
        log.error("ledger.alarm_raised", kind=kind, member=member, about=about)
    return new


Seal = Callable[[int, Sequence[bytes]], bytes]
"""(batch number, entries) → the signed message."""


@transaction.atomic
def seal_batch(seal: Seal, now: datetime, after: int = 0) -> int:
    """Put the waiting records into the next batch, signed and kept before it is sent; return how many, 0 if none.

    ``after`` is the last batch that stands in the log: a database given back from a backup may not know of it any more.
    """
    _only_one_submitter()
    waiting = list(Record.objects.filter(batch__isnull=True).order_by("id")[:MOST_ENTRIES])
    if not waiting:
        return 0
    number = max(Batch.objects.aggregate(last=Max("number"))["last"] or 0, after) + 1
    batch = Batch.objects.create(number=number, message=seal(number, [bytes(row.body) for row in waiting]), made_at=now)
    for place, row in enumerate(waiting):
        row.batch, row.place = batch, place
    Record.objects.bulk_update(waiting, ["batch", "place"])
    for row in waiting:
        log.info("ledger.record_sealed", record=row.number, kind=row.kind, batch=number, request=row.request_id)
    return len(waiting)


@transaction.atomic
def note_posted(number: int, now: datetime) -> None:
    """Remember that a batch was taken by the stream. It is sent again all the same until it stands in the log."""
    Batch.objects.filter(number=number, posted_at__isnull=True).update(posted_at=now)


@transaction.atomic
def note_ordered(number: int, *, first_index: int, block: int, now: datetime) -> None:
    """Remember where a batch stands in the log. It may still move if an epoch ends before it is final."""
    batch = Batch.objects.select_for_update().get(number=number)
    if batch.final_at is not None or (batch.first_index, batch.block) == (first_index, block):
        return
    batch.first_index, batch.block = first_index, block
    batch.save(update_fields=["first_index", "block"])
    batch.records.update(leaf_index=F("place") + first_index, ordered_at=now)


@transaction.atomic
def note_lost(number: int) -> None:
    """Remember that a batch stands in the log no more: it was not final when its epoch ended, and is sent again."""
    batch = Batch.objects.select_for_update().get(number=number)
    if batch.final_at is None and batch.first_index is not None:
        batch.first_index, batch.block = None, None
        batch.save(update_fields=["first_index", "block"])
        batch.records.update(leaf_index=None, ordered_at=None)


def is_ours(number: int, leaf: bytes, count: int) -> bool:
    """Say whether what the log holds under a batch's number is this batch: its first leaf, and how many."""
    bodies = Record.objects.filter(batch__number=number).order_by("place").values_list("body", flat=True)
    try:
        return len(bodies) == count and read_leaf(leaf).body == bytes(bodies[0])
    except Malformed:
        return False


@transaction.atomic
def note_taken(number: int, now: datetime) -> None:
    """Give a batch's records back to be sealed anew: the log holds another batch under its number.

    A database given back from a backup has forgotten batches that stand in the log, or come into it yet from the stream. The batch
    stays, closed and empty, so that its number is not used again.
    """
    batch = Batch.objects.select_for_update().get(number=number, final_at__isnull=True)
    batch.records.update(batch=None, place=None, leaf_index=None, ordered_at=None)
    batch.first_index, batch.block, batch.final_at = None, None, now
    batch.save(update_fields=["first_index", "block", "final_at"])
    log.warning("ledger.number_taken", batch=number)


@transaction.atomic
def note_final(numbers: Sequence[int], now: datetime) -> int:
    """Remember that these batches are final where they stand; return how many records became so."""
    open_ones = Batch.objects.select_for_update().filter(number__in=numbers, final_at__isnull=True)
    became = 0
    for batch in open_ones.filter(first_index__isnull=False):
        became += batch.records.update(final_at=now)
        batch.final_at = now
        batch.save(update_fields=["final_at"])
    return became


def _only_one_submitter() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SUBMITTING])
