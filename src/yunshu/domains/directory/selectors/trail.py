"""What a day left in the trail, as a digest that anybody with the rows can compute again.

The trail: who signed in, who looked at personal data, and every change of every tracked table with its context (who, from
where, which request). Those tables take rows and give none back (triggers, and no right to delete: config/bootstrap/privileges.py),
so nothing is ever too young to be kept: the six months of 网络安全法 第二十一条（三） are met by keeping all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from pghistory.models import Context
from psycopg import sql

from yunshu.domains.directory.models import PersonalLook, SignIn
from yunshu.domains.directory.selectors.audit import event_tables
from yunshu.lib.crypto.digests import new_sm3
from yunshu.lib.kernel import clock

ALGORITHM = "SM3"
AT_ONCE = 2000


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A table's rows of one day: how many, and SM3 over the JSON text of each, in the order of their numbers, of these columns."""

    rows: int
    digest: str
    columns: tuple[str, ...]


def trail_tables() -> dict[str, tuple[str, str, str]]:
    """Return the trail's tables by name: the column of time, the key, and the name people know it by."""
    own = [(SignIn, "at"), (PersonalLook, "at"), (Context, "created_at")]
    tables = {m._meta.db_table: (at, "id", str(m._meta.verbose_name)) for m, at in own}
    for model in event_tables().values():
        title = str(model.pgh_tracked_model._meta.verbose_name)
        tables[model._meta.db_table] = ("pgh_created_at", "pgh_id", title)
    return dict(sorted(tables.items()))


def day_of_trail(day: date, columns: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Leaf]:
    """Return the digest of each table that has rows of ``day`` (of the city), over ``columns`` where given: those of that time."""
    known = columns or {}
    found = {name: _leaf(name, day, known.get(name, ())) for name in trail_tables()}
    return {name: leaf for name, leaf in found.items() if leaf.rows}


def _leaf(table: str, day: date, columns: tuple[str, ...]) -> Leaf:
    at, key, _title = trail_tables()[table]
    chosen = columns or _columns(table)
    digest, rows = new_sm3(), 0
    for text in _rows(table, at, key, day, chosen):
        digest.update(text.encode() + b"\n")
        rows += 1
    return Leaf(rows=rows, digest=digest.digest().hex(), columns=chosen)


def _columns(table: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        return tuple(column.name for column in connection.introspection.get_table_description(cursor, table))


def _rows(table: str, at: str, key: str, day: date, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield a day's rows as JSON text, in UTC whatever the session's zone, without holding them all."""
    begins = datetime.combine(day, time.min, clock.CITY_ZONE)
    query = sql.SQL(
        "SELECT jsonb_build_array({columns})::text FROM {table} WHERE {at} >= %s AND {at} < %s ORDER BY {key}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(table),
        at=sql.Identifier(at),
        key=sql.Identifier(key),
    )
    with transaction.atomic(), connection.cursor() as setting:
        setting.execute("SET LOCAL TimeZone = 'UTC'")
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, [begins, begins + timedelta(days=1)])
            while rows := cursor.fetchmany(AT_ONCE):
                yield from (text for (text,) in rows)


def first_day_of_trail() -> date | None:
    """Return the day of the oldest sign-in or change that is known; None for an empty instance."""
    moments = [
        SignIn.objects.order_by("at").values_list("at", flat=True).first(),
        Context.objects.order_by("created_at").values_list("created_at", flat=True).first(),
    ]
    known = [clock.city_date(moment) for moment in moments if moment]
    return min(known, default=None)
