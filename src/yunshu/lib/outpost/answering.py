"""Point queries and small views: the same agreed extract as a delivery's, with the asked key, from pooled connections.

    {"database": "main", "table": "public.gaj_hjrk", "mode": "swap", "fields": […], "rows": {…},
     "key": {"gmsfhm": "445202…"}, "limit": 50}                      a table of PostgreSQL
     … "after": ""                                                                    a page of it, in the order of its key
    {"service": "hjrk", "fields": […], "key": {"gmsfhm": "445202…"}, "limit": 50}    a service of this node's settings

PostgreSQL runs the query read-only, within a few seconds, with every value as a literal that psycopg quotes, and makes the
JSON itself: numbers keep their digits. What a mask needs Python for (column encryption) is refused here.
"""

import asyncio
import time
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.asking import Found
from yunshu.lib.nodes.orders import Order
from yunshu.lib.outpost import calling, opening, paging
from yunshu.lib.outpost.asked import Asked, packed
from yunshu.lib.outpost.errors import told
from yunshu.lib.outpost.paging import Cursor
from yunshu.lib.outpost.settings import Database, NodeSettings
from yunshu.lib.outpost.terms import Terms, extract_of
from yunshu.lib.tables import And, Eq, Extract, Predicate, TableSchema

POOL_SIZE = 8
TIMEOUT_MS = 5000
SEEN_S = 60.0
"""How long a table's columns are remembered; a change of the table shows after so long."""
_OPTIONS = (
    f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT_MS} -c datestyle=ISO -c timezone=UTC"
    " -c client_min_messages=error -c standard_conforming_strings=on -c tcp_keepalives_idle=60"
)


class Answering:
    """The part of a node's work that answers. One event loop owns it."""

    def __init__(self, settings: NodeSettings, secret: bytes) -> None:
        self._settings, self._secret = settings, secret
        self._pools: dict[str, AsyncConnectionPool] = {}
        self._tables: dict[tuple[str, str], tuple[float, TableSchema]] = {}

    async def answer(self, order: Order) -> Found:
        """Return what the question asks for, as agreed. Raises Refused."""
        asked = Asked.of(order.spec)
        if "service" in order.spec:
            service = self._settings.service(str(order.spec["service"]))
            return await calling.call(service, order, asked, self._secret)
        terms = Terms.of(order)
        database = self._settings.database(terms.database)
        database.see_that_may_leave(terms.table)
        if not database.is_postgres:
            raise Refused("not_queryable", f"本节点的 {database.alias} 不是 PostgreSQL，不能逐条查询。")
        table = await self._table(database, terms)
        with told():
            extract = extract_of(terms, table, self._secret)
            if extract.needs_rows:
                raise Refused("mask_unfit", "列加密的信息项不能通过接口查询提供。")
            if asked.after is not None:
                cursor = Cursor(terms, self._secret)
                page = paging.query(table, extract, _rows(terms, asked.key), cursor.read(asked.after), asked.limit + 1)
                rows = await self._run(database, page)
                last = rows[asked.limit - 1][1:] if len(rows) > asked.limit else ()
                return packed([row[0] for row in rows], asked.limit, cursor.write(last) if last else "")
            narrowed = Extract(table, extract.fields, _rows(terms, asked.key))
            query = _query(narrowed, asked.limit + 1)
        return packed([row[0] for row in await self._run(database, query)], asked.limit)

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()

    async def _table(self, database: Database, terms: Terms) -> TableSchema:
        place = (database.alias, terms.table)
        seen = self._tables.get(place)
        if seen is not None and time.monotonic() - seen[0] < SEEN_S:
            return seen[1]

        def see() -> TableSchema:
            with told():
                return opening.see(database, terms)

        table = await asyncio.to_thread(see)
        self._tables[place] = (time.monotonic(), table)
        return table

    async def _pool(self, database: Database) -> AsyncConnectionPool:
        pool = self._pools.get(database.alias)
        if pool is None:
            address = make_conninfo(database.at, options=_OPTIONS, client_encoding="utf8")
            pool = self._pools[database.alias] = AsyncConnectionPool(
                address,
                min_size=0,
                max_size=POOL_SIZE,
                timeout=TIMEOUT_MS / 1000,
                max_idle=60,
                open=False,
                kwargs={"autocommit": True, "prepare_threshold": None},
            )
            await pool.open()
        return pool

    async def _run(self, database: Database, query: sql.Composed) -> list[tuple[str, ...]]:
        pool = await self._pool(database)
        try:
            async with pool.connection() as connection:
                return await (await connection.execute(query)).fetchall()
        except PoolTimeout as error:
            raise Refused("connection_lost", "前置节点连不上数据库，或数据库正忙。") from error
        except psycopg.errors.QueryCanceled as error:
            raise Refused(
                "too_slow", f"查询超过 {TIMEOUT_MS // 1000} 秒，已中止。请提供方为查询条件建立索引。"
            ) from error
        except psycopg.DataError as error:
            raise Refused("key_malformed", "查询条件的值与字段类型不符。") from error
        except psycopg.Error as error:
            raise Refused(error.sqlstate or "connection_lost", "来源数据库出错，详情见提供方节点日志。") from error


def _rows(terms: Terms, key: Mapping[str, str]) -> Predicate:
    """Return the agreed rows, and of those the ones with the asked key."""
    asked = tuple(Eq(column, value) for column, value in key.items())
    return And(((terms.rows,) if terms.rows is not None else ()) + asked)


def _query(extract: Extract, most: int) -> sql.Composed:
    """Return one JSON object a row, as text, ``most`` rows."""
    return sql.SQL("SELECT row_to_json(made)::text FROM ({} LIMIT {}) AS made").format(
        extract.select(), sql.Literal(most)
    )
