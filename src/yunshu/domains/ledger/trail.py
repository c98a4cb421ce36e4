"""The trail under the ledger's seal: each night one record says what the day before left, and whoever doubts computes it again.

A row that is changed, taken out or slipped in later, by whatever power over the database, makes its day differ from what the
members of the ledger have signed. ``yunshu audit verify`` names the day and the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import rules
from yunshu.domains.ledger.contracts import declare_kind
from yunshu.domains.ledger.models import Record
from yunshu.domains.ledger.services import record
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label

DAY = declare_kind("directory.trail.day", label("审计日摘要"))
KEEPER = System(name="审计封存")
MOST_DAYS = 400
_SEALING = 0x54524149
"""Key of the advisory lock under which days are sealed."""


@dataclass(frozen=True, kw_only=True)
class DayVerdict:
    """What a day's rows say against its record: ``faults`` are sentences, none if all agree."""

    day: date
    number: str
    rows: int
    is_final: bool
    faults: tuple[str, ...]


@transaction.atomic
def seal_days(now: datetime) -> int:
    """Record each day before today that has no record yet; return how many. Safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEALING])
    made = 0
    for day in _unsealed(clock.city_date(now)):
        leaves = directory.day_of_trail(day)
        tables = {n: {"rows": x.rows, "digest": x.digest, "columns": list(x.columns)} for n, x in leaves.items()}
        payload = {"day": day.isoformat(), "algorithm": directory.TRAIL_ALGORITHM, "tables": tables}
        record(kind=DAY, subject=day.isoformat(), payload=payload, by=KEEPER, now=now)
        made += 1
    return made


def _unsealed(today: date) -> Iterator[date]:
    last = Record.objects.filter(kind=DAY).order_by("-subject").values_list("subject", flat=True).first()
    first = date.fromisoformat(last) + timedelta(days=1) if last else directory.first_day_of_trail()
    if first is not None:
        for offset in range(min((today - first).days, MOST_DAYS)):
            yield first + timedelta(days=offset)


def verify_days(since: date | None = None, until: date | None = None) -> Iterator[DayVerdict]:
    """Compute each sealed day again, the oldest first, and say where it differs. A day between two without a record is a fault."""
    rows = Record.objects.filter(kind=DAY).order_by("subject", "pk")
    rows = rows.filter(subject__gte=since.isoformat()) if since else rows
    rows = rows.filter(subject__lte=until.isoformat()) if until else rows
    before: date | None = None
    for row in rows:
        day = date.fromisoformat(row.subject)
        missing = (day - before).days - 1 if before else 0
        gap = [_("此前缺少 %(n)s 天的日摘要") % {"n": missing}] if missing > 0 else []
        before = day
        yield _verdict(row, day, gap)


def _verdict(row: Record, day: date, faults: list[str]) -> DayVerdict:
    said: dict[str, Any] = (row.payload or {}).get("tables", {})
    if row.payload is None or row.salt is None:
        faults.append(_("日摘要的原文已被销毁，无法核对"))
    elif not _is_as_recorded(row):
        faults.append(_("日摘要与账本叶内容不符"))
    now = directory.day_of_trail(day, {name: tuple(leaf["columns"]) for name, leaf in said.items()})
    titles = directory.trail_tables()
    for name in sorted({*said, *now} if row.payload is not None else ()):
        then, is_now = said.get(name), now.get(name)
        if then is None or is_now is None or (then["rows"], then["digest"]) != (is_now.rows, is_now.digest):
            counts = {"was": then["rows"] if then else 0, "is": is_now.rows if is_now else 0}
            title = titles[name][2] if name in titles else name
            faults.append(_("%(table)s：封存 %(was)s 行，现有 %(is)s 行，摘要不符") % {"table": title, **counts})
    return DayVerdict(
        day=day,
        number=row.number,
        rows=sum(leaf.rows for leaf in now.values()),
        is_final=row.final_at is not None,
        faults=tuple(faults),
    )


def _is_as_recorded(row: Record) -> bool:
    """Say whether the payload is what the leaf, which the members have signed, commits to."""
    text = rules.text_of(
        kind=row.kind, subject=row.subject, payload=row.payload or {}, by=row.recorded_by, at=row.recorded_at
    )
    org = row.org.code if row.org else ""
    body = rules.body_of(text, bytes(row.salt or b""), kind=row.kind, org=org, at=row.recorded_at)
    return body == bytes(row.body)
