"""Bytes go from server to server unread, hashed on the way, and errors of either side are named."""

import hashlib
import struct

import pytest
from psycopg import sql
from tests.tables import people

from yunshu.lib.tables import relay, wire
from yunshu.lib.tables.errors import SourceFailed, Stopped, TargetFailed, Unfit

ROW_SQL = {
    "no rows": "SELECT 1::int AS a WHERE false",
    "one row": "SELECT 1::int AS a",
    "small rows": "SELECT i AS a FROM generate_series(1, 200000) i",
    "rows larger than a buffer": "SELECT repeat('区', 700000 + i) AS a FROM generate_series(1, 4) i",
    "rows that look like the end": "SELECT ('\\x' || repeat('63000000044300000007434f5059203100', 9) || '5a0000000549')::bytea AS a FROM generate_series(1, 50000)",
    "failed-transaction bytes": "SELECT '\\x5a0000000545'::bytea AS a FROM generate_series(1, 100000)",
    "rows without columns": "SELECT FROM generate_series(1, 10)",
}


def move(pair, query, algorithm="sha256", stop=lambda: False):
    return relay.relay(pair.source, pair.target, query, sql.Identifier("public", "t"), algorithm=algorithm, stop=stop)


def prepared(pair, text):
    query = sql.SQL("{}").format(sql.SQL(text))
    shape = pair.source.execute(f"SELECT * FROM ({text}) s LIMIT 0").description
    kinds = ", ".join(f"{c.name} {c.type_display}" for c in shape)
    pair.target.execute(f"CREATE TABLE public.t ({kinds})")
    return query


@pytest.mark.parametrize("name", ROW_SQL)
@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_by_socket_and_through_libpq_the_digest_is_the_same(pair, monkeypatch, name, algorithm):
    query = prepared(pair, ROW_SQL[name])
    raw = move(pair, query, algorithm)
    monkeypatch.setattr(relay, "_by_socket", relay._by_psycopg)

    assert move(pair, query, algorithm) == raw
    assert relay.read_back(pair.source, query, algorithm=algorithm, stop=lambda: False) == raw
    (count,) = pair.target.execute("SELECT count(*) FROM public.t").fetchone()
    assert count == 2 * raw.rows


def test_the_digest_is_the_one_the_docstring_defines(pair):
    query = prepared(pair, "SELECT 7::int AS a FROM generate_series(1, 2)")
    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    row = struct.pack("!hii", 1, 4, 7)
    messages = [head + row, row, b"\xff\xff"]

    moved = move(pair, query)

    stream = b"".join(b"d" + struct.pack("!i", len(message) + 4) + message for message in messages)
    assert moved == relay.Moved(2, len(stream), hashlib.sha256(stream).digest())


def test_a_source_that_fails_halfway_is_named_and_nothing_arrives(pair):
    query = prepared(pair, "SELECT 1 / (100000 - i) AS a FROM generate_series(1, 200000) i")

    with pytest.raises(SourceFailed, match="division by zero") as failure:
        move(pair, query)

    assert failure.value.code == "22012"
    assert pair.source.closed
    assert pair.target.closed
    assert relay.connect(pair.target_url).execute("SELECT count(*) FROM public.t").fetchone() == (0,)


def test_a_source_that_cannot_begin_is_named(pair):
    query = prepared(pair, "SELECT 1::int AS a")
    query += sql.SQL(" FROM absent")

    with pytest.raises(SourceFailed, match="absent"):
        move(pair, query)


def test_a_target_that_refuses_a_row_is_named(pair):
    query = prepared(pair, "SELECT i AS a FROM generate_series(1, 300000) i")
    pair.target.execute("ALTER TABLE public.t ADD CHECK (a < 1000)")

    with pytest.raises(TargetFailed, match="t_a_check") as failure:
        move(pair, query)

    assert failure.value.code == "23514"


def test_a_target_of_another_type_is_named(pair):
    query = prepared(pair, "SELECT 1::int AS a")
    pair.target.execute("ALTER TABLE public.t ALTER a TYPE bigint")

    with pytest.raises(TargetFailed, match="data left in message"):
        move(pair, query)


def test_a_server_that_goes_away_is_named(pair):
    query = prepared(pair, "SELECT i AS a FROM generate_series(1, 300000) i")
    pid = pair.source.info.backend_pid
    killed = []

    def stop():
        if not killed:
            killed.append(relay.connect(pair.target_url).execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)))
        return False

    with pytest.raises(SourceFailed) as failure:
        move(pair, query, stop=stop)

    assert failure.value.code in ("57P01", "connection_lost")


def test_a_stop_is_seen_between_buffers(pair):
    query = prepared(pair, "SELECT i AS a FROM generate_series(1, 3000000) i")
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 20

    with pytest.raises(Stopped):
        move(pair, query, stop=stop)


def test_the_connections_can_be_used_again(pair):
    query = prepared(pair, "SELECT 1::int AS a")

    for _ in range(3):
        move(pair, query)

    assert pair.source.execute("SELECT 'still here'").fetchone() == ("still here",)
    assert pair.target.execute("SELECT count(*) FROM public.t").fetchone() == (3,)


def test_an_unknown_digest_is_refused(pair):
    with pytest.raises(Unfit):
        move(pair, prepared(pair, "SELECT 1::int AS a"), "md5")


def test_a_failure_in_reading_back_inside_a_transaction_is_named(pair):
    people.fill(pair.source, 10)
    query = sql.SQL("{}").format(sql.SQL("SELECT 1 / (id - 9) FROM resident"))
    pair.source.execute("BEGIN")

    with pytest.raises(SourceFailed, match="division by zero"):
        relay.read_back(pair.source, query, algorithm="sha256", stop=lambda: False)


def test_the_last_whole_error_is_found_among_rows():
    body = b"SERROR\0VERROR\0C22012\0Mdivision by zero\0\0"
    stream = b"dE\0\0\0\x05" + wire.header(b"E", len(body)) + body + b"Z\0\0\0\5I"

    assert wire.error_before(stream) == ("22012", "division by zero")
    assert wire.error_before(b"EEEE\0\0\0\6\0\0") is None
