"""The crawler's worker: frontier → fetch → read → ``keep`` and the next links, in one transaction.

The event loop fetches and reads; one thread writes, so that a database that is slow for a moment does not stop the lines.
Several workers may run, in one process or many, on one machine or many.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from yunshu.lib.crawl import gkmlpt, text, urls
from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher
from yunshu.lib.crawl.frontier import Cursor, Frontier, Step, Waiting
from yunshu.lib.crawl.text import Page

log = structlog.get_logger()
AGAIN = frozenset({"connect", "connect_timeout", "timeout", "reset", "truncated", "dns"})
REMEMBERED = 100_000
"""How many links a worker remembers having told the frontier."""
FOLLOWED = frozenset({"a", "area", "iframe", "frame"})


@dataclass(frozen=True)
class Crawled:
    """A page that was fetched. ``page`` is None if no HTML came (an error, a file, 304).

    ``drawn`` is its HTML after a browser ran its scripts, where ``page`` was read of that, and ``sent`` the page as sent.
    """

    crawl: str
    url: str
    depth: int
    found_on: str
    at: datetime
    fetched: Fetched
    page: Page | None
    drawn: str = ""
    sent: Page | None = None


@dataclass(frozen=True)
class Drawing:
    """Which pages a browser is to draw, and the browser: ``html`` returns a page's HTML after its scripts, None if it fails.

    Without a browser the pages that want one are asked for in full at every crawl, so that one that comes finds them.
    """

    wants: Callable[[Page], bool]
    html: Callable[[Fetched], Awaitable[str | None]] | None = None


Keep = Callable[[Cursor, Crawled], None]
Transaction = Callable[[], AbstractContextManager[Cursor]]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Work:
    """How a worker works. ``lease_s`` is after how long a killed worker's hosts are taken over."""

    hosts: int = 64
    per_host: int = 4
    batch: int = 64
    lease_s: float = 5.0
    idle_s: float = 0.2
    attempts: int = 3
    again_s: float = 60.0
    stop_when_idle: bool = True


@dataclass(frozen=True)
class _Settled:
    step: Step
    crawled: Crawled


@dataclass(frozen=True)
class _Rest:
    """A host asked to be left alone; its page was not asked for, or is to be asked for later."""

    page: Waiting
    until: datetime


class Crawler:
    """One worker. ``transaction`` opens a transaction and gives its cursor: psycopg's, or Django's inside ``atomic``.

    ``keep`` is called once for each page, in the transaction that settles it, by the one writing thread. A page whose
    ``keep`` raises is settled as failed (``keep``) and logged; the others of its batch are kept.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        frontier: Frontier,
        transaction: Transaction,
        keep: Keep,
        *,
        clock: Clock,
        work: Work,
        drawing: Drawing | None = None,
    ) -> None:
        self._drawing = drawing
        self._fetcher, self._frontier, self._transaction, self._keep = fetcher, frontier, transaction, keep
        self._clock, self._work = clock, work
        self.name = uuid4().hex
        self.kept = 0
        self._held: dict[str, dict[int, Waiting]] = {}
        self._results: asyncio.Queue[_Settled | _Rest] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: set[int] = set()

    async def run(self, stopped: asyncio.Event) -> int:
        """Work until ``stopped``, or until no page waits anywhere; return how many pages were kept. Raises psycopg.Error."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="crawl-writer") as writer:
            try:
                while not stopped.is_set():
                    batch = await self._finished()
                    pages, busy = await loop.run_in_executor(writer, self._turn, batch)
                    for page in pages:
                        self._start(page)
                    if not busy and not self._tasks and self._results.empty() and self._work.stop_when_idle:
                        break
            finally:
                await self._end()
                await loop.run_in_executor(writer, self._release_all)
        return self.kept

    def _start(self, page: Waiting) -> None:
        task = asyncio.create_task(self._one(page))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finished(self) -> list[_Settled | _Rest]:
        """Return what has come, waiting a moment for the first."""
        batch: list[_Settled | _Rest] = []
        try:
            async with asyncio.timeout(self._work.idle_s):
                batch.append(await self._results.get())
        except TimeoutError:
            return batch
        while len(batch) < self._work.batch and not self._results.empty():
            batch.append(self._results.get_nowait())
        return batch

    async def _one(self, page: Waiting) -> None:
        fetched = await self._fetcher.fetch(Ask(page.url, etag=page.etag, last_modified=page.last_modified))
        now = self._clock()
        if fetched.error == "postponed":
            await self._results.put(_Rest(page, now + timedelta(seconds=fetched.retry_after_s)))
            return
        try:
            read = _read(fetched)
        except Exception:  # a page that no parser can take is a page that failed, not the end of the worker
            log.exception("crawl.page_unreadable", url=page.url)
            read, fetched = None, replace(fetched, error="unreadable")
        sent, (read, drawn, wanted) = read, await self._drawn(fetched, read)
        step = self._step(page, fetched, read, now)
        if wanted:  # a script's page may change while its shell does not
            step = replace(step, etag="", last_modified="")
        crawled = Crawled(
            page.crawl, page.url, page.depth, page.found_on, now, fetched, read, drawn, sent if drawn else None
        )
        await self._results.put(_Settled(step, crawled))

    async def _drawn(self, fetched: Fetched, read: Page | None) -> tuple[Page | None, str, bool]:
        """Return a page as a browser has it, if it wants one and gains by it, with its HTML; and whether it wants one."""
        if read is None or self._drawing is None or not self._drawing.wants(read):
            return read, "", False
        html = await self._drawing.html(fetched) if self._drawing.html else None
        if not html:
            return read, "", True
        try:
            drawn = text.parse(html.encode(), "text/html; charset=utf-8", read.url)
        except Exception:  # as above: what came as sent is kept
            log.exception("crawl.drawn_unreadable", url=read.url)
            return read, "", True
        if len(drawn.text) <= len(read.text) and len(drawn.links) <= len(read.links):
            return read, "", True
        return replace(drawn, sha256=read.sha256, charset=read.charset), html, True

    def _step(self, page: Waiting, fetched: Fetched, read: Page | None, now: datetime) -> Step:
        again_at = None
        if (fetched.error in AGAIN or fetched.status in (429, *range(500, 600))) and (
            page.attempts + 1 < self._work.attempts
        ):
            wait_s = fetched.retry_after_s or self._work.again_s * (page.attempts + 1)
            again_at = now + timedelta(seconds=wait_s)
        return Step(
            page,
            now,
            status=fetched.status,
            error=fetched.error,
            etag=fetched.headers.get("ETag", ""),
            last_modified=fetched.headers.get("Last-Modified", ""),
            links=self._links(page, read),
            again_at=again_at,
        )

    def _links(self, page: Waiting, read: Page | None) -> tuple[str, ...]:
        """Return the links that this worker has not yet told the frontier; of a page elsewhere only its address."""
        if read is None:
            return ()
        if not urls.same_site(read.url, (page.host,)):
            return (read.url,)
        fresh = {link.url: None for link in read.links if link.kind in FOLLOWED and link.visible}
        return tuple(url for url in fresh if hash((page.crawl, url)) not in self._sent)

    def _turn(self, batch: Sequence[_Settled | _Rest]) -> tuple[list[Waiting], bool]:
        """Write what has come and take new work (in the writing thread); return the pages, and whether any wait."""
        self._write(batch)
        now = self._clock()
        until = now + timedelta(seconds=self._work.lease_s)
        pages: list[Waiting] = []
        with self._transaction() as cursor:
            if self._held:
                still = self._frontier.extend(cursor, self.name, list(self._held), until)
                self._held = {host: pages for host, pages in self._held.items() if host in still}
            room = self._work.hosts - len(self._held)
            if room > 0:
                for host in self._frontier.lease(cursor, self.name, now, until, room):
                    self._held[host] = {}
            for host in list(self._held):
                pages += self._fill(cursor, host, now)
            return pages, bool(self._held) or self._frontier.busy(cursor)

    def _fill(self, cursor: Cursor, host: str, now: datetime) -> list[Waiting]:
        hand = self._held[host]
        if len(hand) * 2 > self._work.per_host:
            return []
        pages = self._frontier.waiting(cursor, host, hand, self._work.per_host - len(hand), now)
        hand.update({page.id: page for page in pages})
        if not hand:
            del self._held[host]
            self._frontier.release(cursor, self.name, [host], now)
        return pages

    def _write(self, batch: Sequence[_Settled | _Rest]) -> None:
        settled = [one for one in batch if isinstance(one, _Settled)]
        rests = [one for one in batch if isinstance(one, _Rest)]
        try:
            self._write_together(settled, rests)
        except (
            Exception
        ) as error:  # whatever ``keep`` raises: the page is found out below, the database's away raises again
            log.warning("crawl.batch_refused", pages=len(settled), error=repr(error))
            for one in settled:
                self._write_alone(one)
            self._write_together([], rests)
        for done in batch:
            page = done.step.page if isinstance(done, _Settled) else done.page
            self._held.get(page.host, {}).pop(page.id, None)

    def _write_alone(self, one: _Settled) -> None:
        try:
            self._write_together([one], [])
        except Exception:
            log.exception("crawl.page_refused", url=one.crawled.url)
            step = replace(one.step, error="keep", links=(), again_at=None)
            with self._transaction() as cursor:
                self._frontier.settle(cursor, self.name, [step])

    def _write_together(self, settled: Sequence[_Settled], rests: Sequence[_Rest]) -> None:
        if not settled and not rests:
            return
        kept = 0
        with self._transaction() as cursor:
            counted = self._frontier.settle(cursor, self.name, [one.step for one in settled])
            mine = [one for one in settled if one.step.page.id in counted]
            for one in mine:
                if one.step.again_at is None:
                    self._keep(cursor, one.crawled)
                    kept += 1
            for rest in rests:
                self._frontier.rest(cursor, rest.page.host, rest.until)
            self._frontier.add(cursor, [one.step for one in mine if one.step.again_at is None], self._clock())
        self.kept += kept
        self._remember(mine)

    def _remember(self, settled: Sequence[_Settled]) -> None:
        if len(self._sent) > REMEMBERED:
            self._sent.clear()
        self._sent.update(hash((one.step.page.crawl, url)) for one in settled for url in one.step.links)

    def _release_all(self) -> None:
        if self._held:
            with self._transaction() as cursor:
                self._frontier.release(cursor, self.name, list(self._held), self._clock())


def _read(fetched: Fetched) -> Page | None:
    if fetched.error or fetched.status != 200 or not text.is_html(fetched.content_type, fetched.body):
        return None
    where = urls.canonical(fetched.url) or fetched.url
    return gkmlpt.whole(text.parse(fetched.body, fetched.headers.get("Content-Type", ""), where))
