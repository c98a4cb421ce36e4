"""Chunks: ranges of the key of about equal size, from a sample of the table, so that planning costs no full scan."""

import itertools
import math
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables.query import Range
from yunshu.lib.tables.schema import TableSchema, quoted

SAMPLES = 20_000
SMALL_ROWS = 50_000


def plan(connection: psycopg.Connection[Any], schema: TableSchema, rows_per_chunk: int) -> tuple[Range, ...]:
    """Return ranges of about ``rows_per_chunk`` rows that together hold every key once; one range without a key.

    The sizes come from the planner's estimate and a block sample, so a chunk may be larger where keys cluster.
    """
    if not schema.key:
        return (Range(),)
    (estimate,) = connection.execute(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)", [quoted(schema.name)]
    ).fetchone() or (0,)
    if estimate <= max(rows_per_chunk, 1):
        return _whole_or_counted(connection, schema, rows_per_chunk)
    sampled = _sample(connection, schema, share=min(1.0, SAMPLES / estimate))
    return _ranges(sampled, math.ceil(estimate / rows_per_chunk))


def _whole_or_counted(connection: psycopg.Connection[Any], schema: TableSchema, rows: int) -> tuple[Range, ...]:
    """A table that looks small may never have been analysed: count it."""
    counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*schema.name.split(".")))
    (count,) = connection.execute(counted).fetchone() or (0,)
    if count <= rows:
        return (Range(),)
    return _ranges(_sample(connection, schema, share=min(1.0, SAMPLES / count)), math.ceil(count / rows))


def _sample(connection: psycopg.Connection[Any], schema: TableSchema, share: float) -> list[str]:
    column, table = sql.Identifier(schema.key[0]), sql.Identifier(*schema.name.split("."))
    taken = (
        sql.SQL("")
        if share >= 1
        else sql.SQL(" TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(sql.Literal(max(share * 100, 0.0001)))
    )
    query = sql.SQL("SELECT {c}::text FROM (SELECT DISTINCT {c} FROM {t}{s}) AS k ORDER BY k.{c}").format(
        c=column, t=table, s=taken
    )
    return [row[0] for row in connection.execute(query)]


def _ranges(keys: list[str], wanted: int) -> tuple[Range, ...]:
    step = len(keys) / wanted if wanted else 0
    bounds = [keys[int(n * step)] for n in range(1, wanted)] if step >= 1 else keys[1:]
    edges: list[str | None] = [None, *dict.fromkeys(bounds), None]
    return tuple(Range(first=a, last=b) for a, b in itertools.pairwise(edges))
