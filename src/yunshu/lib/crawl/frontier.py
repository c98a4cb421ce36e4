"""The frontier: which pages are to be fetched, in PostgreSQL, so that a killed worker loses nothing and repeats nothing.

A *crawl* is a named set of pages (a site's, say) within a scope of hosts. Workers lease **hosts**, not pages: one host is
asked by one worker at a time, so that politeness holds for the city and not for a process. A page is ``waiting`` until the
transaction that keeps what was found on it; whoever dies before that leaves it waiting, and whoever lost its lease
meanwhile (stopped, swapped out) is told so inside the transaction and keeps nothing.

Every function takes a cursor (psycopg's or Django's) inside a transaction that the caller commits. Tables are named
``crawl_*`` unless ``Tables`` says otherwise; ``create`` is called from a migration.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from yunshu.lib.crawl import urls


class Cursor(Protocol):
    """What psycopg's and Django's cursors have in common."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def fetchone(self) -> Any: ...


@dataclass(frozen=True)
class Scope:
    """What belongs to a crawl.

    ``hosts`` as in ``urls.same_site``; ``most`` pages at all, none deeper than ``depth`` links; of pages whose addresses
    differ only in digits at most ``alike``, and ``alike_queries`` if they have a query (calendars, endless lists).
    """

    hosts: tuple[str, ...]
    most: int = 20_000
    depth: int = 12
    alike: int = 10_000
    alike_queries: int = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page to fetch. ``etag`` and ``last_modified`` are those of its last answer."""

    id: int
    crawl: str
    url: str
    host: str
    depth: int
    found_on: str
    etag: str
    last_modified: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a page: done with its links, or to be asked again ``again_at``."""

    page: Waiting
    at: datetime
    status: int = 0
    error: str = ""
    etag: str = ""
    last_modified: str = ""
    links: tuple[str, ...] = ()
    again_at: datetime | None = None


@dataclass(frozen=True)
class Counts:
    """How far a crawl is."""

    waiting: int
    done: int
    failed: int


_CREATE = """
CREATE TABLE {p}crawl (
    name text PRIMARY KEY, hosts text[] NOT NULL, most int NOT NULL, depth int NOT NULL, alike int NOT NULL,
    alike_queries int NOT NULL, pages int NOT NULL DEFAULT 0, begun_at timestamptz NOT NULL
);
CREATE TABLE {p}host (
    name text PRIMARY KEY, leased_by text NOT NULL DEFAULT '', leased_until timestamptz NOT NULL DEFAULT '-infinity',
    due_at timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE TABLE {p}page (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, crawl text NOT NULL REFERENCES {p}crawl ON DELETE CASCADE,
    digest bytea NOT NULL, url text NOT NULL, host text NOT NULL, depth int NOT NULL, found_on text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    due_at timestamptz NOT NULL, attempts int NOT NULL DEFAULT 0, status int NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '', etag text NOT NULL DEFAULT '', last_modified text NOT NULL DEFAULT '',
    done_at timestamptz, UNIQUE (crawl, digest)
);
CREATE INDEX {p}page_waiting ON {p}page (host, depth, id) WHERE state = 'waiting';
CREATE TABLE {p}pattern (
    crawl text NOT NULL REFERENCES {p}crawl ON DELETE CASCADE, pattern text NOT NULL, pages int NOT NULL,
    PRIMARY KEY (crawl, pattern)
);
"""
_DROP = "DROP TABLE {p}pattern, {p}page, {p}host, {p}crawl"
_FORGET = "DELETE FROM {p}crawl WHERE name = ANY(%s)"
_BEGIN = """INSERT INTO {p}crawl (name, hosts, most, depth, alike, alike_queries, begun_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET hosts = excluded.hosts, most = excluded.most,
depth = excluded.depth, alike = excluded.alike, alike_queries = excluded.alike_queries, begun_at = excluded.begun_at"""
_RENEW = """UPDATE {p}page SET state = 'waiting', due_at = %s, attempts = 0 WHERE crawl = %s AND state <> 'waiting'"""
_LEASE = """UPDATE {p}host SET leased_by = %s, leased_until = %s WHERE name IN (
    SELECT name FROM {p}host h WHERE leased_until < %s AND due_at <= %s AND EXISTS (
        SELECT 1 FROM {p}page WHERE host = h.name AND state = 'waiting' AND due_at <= %s)
    ORDER BY leased_until, name LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING name"""
_EXTEND = "UPDATE {p}host SET leased_until = %s WHERE leased_by = %s AND name = ANY(%s) RETURNING name"
_RELEASE = "UPDATE {p}host SET leased_by = '', leased_until = %s WHERE leased_by = %s AND name = ANY(%s)"
_REST = "UPDATE {p}host SET due_at = greatest(due_at, %s) WHERE name = %s"
_ANY = "SELECT EXISTS (SELECT 1 FROM {p}page WHERE state = 'waiting')"
_NEXT = """SELECT id, crawl, url, host, depth, found_on, etag, last_modified, attempts FROM {p}page
WHERE host = %s AND state = 'waiting' AND due_at <= %s AND NOT id = ANY(%s)
AND EXISTS (SELECT 1 FROM {p}host WHERE name = %s AND due_at <= %s) ORDER BY depth, id LIMIT %s"""
_HELD = "SELECT name FROM {p}host WHERE leased_by = %s AND name = ANY(%s) ORDER BY name FOR UPDATE"
_STEP = """UPDATE {p}page p SET state = s.state, due_at = coalesce(s.due_at, p.due_at), attempts = p.attempts + 1,
    status = s.status, error = s.error, done_at = s.at,
    etag = CASE WHEN s.status = 304 THEN p.etag ELSE s.etag END,
    last_modified = CASE WHEN s.status = 304 THEN p.last_modified ELSE s.last_modified END
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::int[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
    AS s (id, state, due_at, status, error, at, etag, last_modified)
WHERE p.id = s.id AND p.state = 'waiting' RETURNING p.id"""
_LOCK = "SELECT hosts, most, depth, alike, alike_queries, pages FROM {p}crawl WHERE name = %s FOR UPDATE"
_KNOWN = "SELECT digest FROM {p}page WHERE crawl = %s AND digest = ANY(%s)"
_PATTERNS = "SELECT pattern, pages FROM {p}pattern WHERE crawl = %s AND pattern = ANY(%s)"
_ADD = """INSERT INTO {p}page (crawl, digest, url, host, depth, found_on, due_at)
SELECT %s, d, u, h, n, f, %s FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::int[], %s::text[]) AS s (d, u, h, n, f)"""
_ADD_HOSTS = "INSERT INTO {p}host (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
_COUNT_PATTERNS = """INSERT INTO {p}pattern (crawl, pattern, pages) SELECT %s, * FROM unnest(%s::text[], %s::int[])
ON CONFLICT (crawl, pattern) DO UPDATE SET pages = {p}pattern.pages + excluded.pages"""
_COUNT_PAGES = "UPDATE {p}crawl SET pages = pages + %s WHERE name = %s"
_COUNTS = """SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'done'),
count(*) FILTER (WHERE state = 'failed') FROM {p}page WHERE crawl = %s"""


def digest(url: str) -> bytes:
    """Return the 16 bytes by which an address is known."""
    return hashlib.blake2b(url.encode(), digest_size=16).digest()


class Frontier:
    """The statements over one set of tables. ``prefix`` is a plain word ending in ``_``."""

    def __init__(self, prefix: str = "crawl_") -> None:
        if not prefix.replace("_", "a").isalnum() or not prefix.isascii():
            raise ValueError(f"not a prefix of tables: {prefix!r}")
        self._prefix = prefix

    def _sql(self, text: str) -> str:
        return text.replace("{p}", self._prefix)

    def create(self, cursor: Cursor) -> None:
        """Make the tables."""
        cursor.execute(self._sql(_CREATE))

    def drop(self, cursor: Cursor) -> None:
        """Remove the tables."""
        cursor.execute(self._sql(_DROP))

    def begin(self, cursor: Cursor, crawl: str, seeds: Iterable[str], scope: Scope, now: datetime) -> int:
        """Begin a crawl, or begin it anew: every page that it knows waits again. Return how many seeds are new to it.

        Pages keep the ETag of their last answer, so a page that has not changed costs 304; seeds are taken in canonical
        form, those outside of ``scope`` left out.
        """
        row = [crawl, list(scope.hosts), scope.most, scope.depth, scope.alike, scope.alike_queries, now]
        cursor.execute(self._sql(_BEGIN), row)
        cursor.execute(self._sql(_RENEW), [now, crawl])
        found = [url for url in map(urls.canonical, seeds) if url]
        return self._add(cursor, crawl, [(url, 0, "") for url in found], now)

    def forget(self, cursor: Cursor, crawls: Iterable[str]) -> None:
        """Forget crawls with all their pages; unknown ones are passed over."""
        cursor.execute(self._sql(_FORGET), [list(crawls)])

    def lease(self, cursor: Cursor, worker: str, now: datetime, until: datetime, most: int) -> list[str]:
        """Lease up to ``most`` hosts that have waiting pages and no living worker."""
        cursor.execute(self._sql(_LEASE), [worker, until, now, now, now, most])
        return [row[0] for row in cursor.fetchall()]

    def extend(self, cursor: Cursor, worker: str, hosts: Sequence[str], until: datetime) -> set[str]:
        """Prolong leases; return those that are still this worker's."""
        cursor.execute(self._sql(_EXTEND), [until, worker, list(hosts)])
        return {row[0] for row in cursor.fetchall()}

    def release(self, cursor: Cursor, worker: str, hosts: Sequence[str], now: datetime) -> None:
        """Give leases back."""
        cursor.execute(self._sql(_RELEASE), [now - timedelta(seconds=1), worker, list(hosts)])

    def rest(self, cursor: Cursor, host: str, until: datetime) -> None:
        """Leave a host alone until then, whoever would ask it."""
        cursor.execute(self._sql(_REST), [until, host])

    def busy(self, cursor: Cursor) -> bool:
        """Say whether any page of any crawl waits, due or not."""
        cursor.execute(self._sql(_ANY))
        return bool(cursor.fetchone()[0])

    def waiting(self, cursor: Cursor, host: str, without: Iterable[int], most: int, now: datetime) -> list[Waiting]:
        """Return pages of a leased host that are due, the shallowest first, but for those already in hand."""
        cursor.execute(self._sql(_NEXT), [host, now, list(without), host, now, most])
        return [Waiting(*row) for row in cursor.fetchall()]

    def settle(self, cursor: Cursor, worker: str, steps: Sequence[Step]) -> set[int]:
        """Mark pages as fetched; return the ids of those that count: what is kept of any other is kept twice.

        A page counts if its host is still this worker's and nobody settled it before. The hosts stay locked until commit.
        """
        hosts = sorted({step.page.host for step in steps})
        cursor.execute(self._sql(_HELD), [worker, hosts])
        held = {row[0] for row in cursor.fetchall()}
        mine = [step for step in steps if step.page.host in held]
        if not mine:
            return set()
        columns = [
            [step.page.id for step in mine],
            [_state(step) for step in mine],
            [step.again_at for step in mine],
            [step.status for step in mine],
            [step.error for step in mine],
            [step.at for step in mine],
            [step.etag for step in mine],
            [step.last_modified for step in mine],
        ]
        cursor.execute(self._sql(_STEP), columns)
        return {row[0] for row in cursor.fetchall()}

    def add(self, cursor: Cursor, steps: Sequence[Step], now: datetime) -> int:
        """Add the links of settled pages that belong to their crawls; return how many are new. Call it last."""
        found: dict[str, list[tuple[str, int, str]]] = {}
        for step in steps:
            found.setdefault(step.page.crawl, []).extend(
                (url, step.page.depth + 1, step.page.url) for url in step.links
            )
        return sum(self._add(cursor, crawl, found[crawl], now) for crawl in sorted(found))

    def counts(self, cursor: Cursor, crawl: str) -> Counts:
        """Return how many pages of a crawl wait, are done, have failed."""
        cursor.execute(self._sql(_COUNTS), [crawl])
        return Counts(*cursor.fetchone())

    def _add(self, cursor: Cursor, crawl: str, found: Iterable[tuple[str, int, str]], now: datetime) -> int:
        fresh = {digest(entry[0]): entry for entry in reversed(list(found))}
        if not fresh:
            return 0
        cursor.execute(self._sql(_LOCK), [crawl])
        row = cursor.fetchone()
        scope, pages = Scope(tuple(row[0]), *row[1:5]), row[5]
        cursor.execute(self._sql(_KNOWN), [crawl, list(fresh)])
        for known in cursor.fetchall():
            del fresh[bytes(known[0])]
        believed, patterns = self._believed(cursor, crawl, fresh, scope, pages)
        if not believed:
            return 0
        rows = [(name, *fresh[name]) for name in believed]
        hosts = [urls.host_of(row[1]) for row in rows]
        columns = [[row[place] for row in rows] for place in range(4)]
        cursor.execute(self._sql(_ADD), [crawl, now, columns[0], columns[1], hosts, columns[2], columns[3]])
        cursor.execute(self._sql(_ADD_HOSTS), [sorted(set(hosts))])
        cursor.execute(self._sql(_COUNT_PATTERNS), [crawl, list(patterns), list(patterns.values())])
        cursor.execute(self._sql(_COUNT_PAGES), [len(rows), crawl])
        return len(rows)

    def _believed(
        self, cursor: Cursor, crawl: str, fresh: dict[bytes, tuple[str, int, str]], scope: Scope, pages: int
    ) -> tuple[list[bytes], dict[str, int]]:
        """Return which new pages are taken, and how many of each pattern: the trap guard."""
        inside = {
            name: urls.pattern(url)
            for name, (url, depth, _) in fresh.items()
            if depth <= scope.depth and urls.same_site(url, scope.hosts) and not urls.winding(url)
        }
        if not inside:
            return [], {}
        cursor.execute(self._sql(_PATTERNS), [crawl, list(set(inside.values()))])
        before: dict[str, int] = dict(cursor.fetchall())
        taken: list[bytes] = []
        more: dict[str, int] = {}
        for name, kind in inside.items():
            if pages + len(taken) >= scope.most:
                break
            if before.get(kind, 0) + more.get(kind, 0) < urls.quota(kind, scope.alike, scope.alike_queries):
                more[kind] = more.get(kind, 0) + 1
                taken.append(name)
        return taken, more


def _state(step: Step) -> str:
    if step.again_at is not None:
        return "waiting"
    return "failed" if step.error else "done"
