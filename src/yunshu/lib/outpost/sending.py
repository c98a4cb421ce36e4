"""A table's way out: a plan made once, then one chunk after another, each read when it is its turn.

Chunk 0 is the manifest, in JSON: the columns that come out, in what form the rows follow, and (end-to-end encrypted like
all chunks) the keys of encrypted columns. PostgreSQL's rows are read range by range, so a killed node reads at most one
range again; rows that are made in Python go to a spool of files first, so that they are made only once.
"""

import asyncio
import json
import os
import shutil
import threading
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from yunshu.lib.kernel import clock
from yunshu.lib.nodes.parts import MOST_CHUNK_BYTES
from yunshu.lib.outpost import opening
from yunshu.lib.outpost.book import Book, Part
from yunshu.lib.outpost.errors import told
from yunshu.lib.outpost.patience import patiently
from yunshu.lib.outpost.settings import NodeSettings
from yunshu.lib.outpost.terms import Terms, column_keys, differences, slot_of
from yunshu.lib.tables import Chunk, Drifted, Extract, Line, PostgresSource, TableSchema, Unfit, Watermark, pieces
from yunshu.lib.tables import chunks as ranges
from yunshu.lib.tables.following import MOST_GONE, Following, News
from yunshu.lib.tables.journal import digest_of
from yunshu.lib.tables.values import text_of

AIMED_BYTES = 2 << 20
FEWEST_ROWS, MOST_ROWS, USUAL_ROWS = 500, 500_000, 20_000
MANIFEST = 0


class Sending:
    """One transfer, as ``lib.nodes.streaming`` reads it."""

    def __init__(self, terms: Terms, settings: NodeSettings, book: Book, secret: bytes, folder: Path) -> None:
        self._terms, self._settings, self._book, self._secret = terms, settings, book, secret
        self._database = settings.database(terms.database)
        self._database.see_that_may_leave(terms.table)
        self._folder = folder / "spool" / digest_of(terms.transfer)[:32]
        self._over, self._busy = threading.Event(), threading.Lock()
        self._source: Any = None
        self._differences: list[dict[str, str]] = []

    # what lib.nodes asks --------------------------------------------------------------------------------------------

    async def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        """Yield the manifest and the rows from chunk ``first`` on. Raises Refused."""
        try:
            number = first
            while (data := await asyncio.to_thread(self._chunk, number)) is not None:
                yield data
                number += 1
        finally:
            self._over.set()
            await asyncio.to_thread(self._close)

    def tally(self) -> dict[str, Any]:
        """Return the rows that were sent, and how the table differs from the catalogue."""
        return {"rows": self._book.rows(self._terms.transfer), "differences": self._differences}

    # in a thread ----------------------------------------------------------------------------------------------------

    def _chunk(self, number: int) -> bytes | None:
        with self._busy, told():
            return patiently(
                lambda: self._read(number),
                mend=self._let_go,
                stopped=self._over.is_set,
                patience_s=self._settings.patience_s,
            )

    def _read(self, number: int) -> bytes | None:
        manifest = self._prepared()
        if number == MANIFEST:
            return manifest
        part = self._book.part(self._terms.transfer, number)
        if part is None:
            return None
        return self._file(number).read_bytes() if part.range is None else self._rows_of(part.range, number)

    def _rows_of(self, chunk: Chunk, number: int) -> bytes:
        source = self._connected()
        while True:
            piece = source.copied(chunk, self._over.is_set)
            if len(piece.data) <= MOST_CHUNK_BYTES:
                self._book.count(self._terms.transfer, number, piece.rows)
                return piece.data
            halves = ranges.halve(source.connection, source.extract, chunk)
            if halves is None:
                raise Unfit(
                    "row_too_large", f"a row of {self._terms.table} is larger than {MOST_CHUNK_BYTES >> 20} MiB"
                )
            self._book.split(self._terms.transfer, number, halves)
            chunk = halves[0]

    def _prepared(self) -> bytes:
        """Return the manifest, making the plan if this transfer was not begun."""
        begun = self._book.manifest(self._terms.transfer)
        if begun is not None and self._source is not None:
            return begun
        found = opening.see(self._database, self._terms)
        self._differences = differences(self._terms, found)
        gone = [each["column"] for each in self._differences if each["kind"] == "missing"]
        if gone:
            raise Drifted("source_drifted", f"{self._terms.table}: {', '.join(gone)} missing")
        self._source = opening.source_of(self._database, self._terms, found, self._secret, self._folder)
        self._source.open()
        if begun is None:
            return self._begin()
        if not self._terms.follow:
            self._narrow(self._book.mark(self._terms.transfer))
        return begun

    def _begin(self) -> bytes:
        if self._terms.follow:
            return self._begin_following()
        direct = isinstance(self._source, PostgresSource) and not self._source.extract.needs_rows
        mark = self._latest() if direct and self._terms.watermark else None
        self._narrow(mark)
        extract: Extract = self._source.extract
        output = self._source.extract.output("", self._terms.table)
        parts = self._ranges(extract) if direct else self._spooled()
        form = pieces.COPIED if direct else pieces.WRITTEN
        manifest = self._manifest(output, form, whole=not self._narrowed)
        self._book.begin(self._terms.transfer, manifest, parts, mark)
        return manifest

    def _begin_following(self) -> bytes:
        """Plan what changed since the last delivery that arrived; the whole table where the source's log does not tell."""
        source = self._connected()
        keys = column_keys(self._terms, self._secret)
        following = Following(slot_of(self._terms.agreement), self._database.at, source.extract, keys)
        self._book.keep_slot(following.name, self._terms.database, clock.now())
        output = source.extract.output("", self._terms.table)
        known = self._book.mark(self._terms.since) if self._terms.since else None
        news = following.since(known[0]) if known else None
        if news is not None:
            parts, gone = self._spooled_news(following, news, output)
            if len(gone) <= MOST_GONE:
                manifest = self._manifest(output, pieces.WRITTEN, whole=False, gone=gone)
                self._book.begin(self._terms.transfer, manifest, parts, (news.mark,))
                return manifest
        mark = following.restart()
        direct = not source.extract.needs_rows
        parts = self._ranges(source.extract) if direct else self._spooled()
        manifest = self._manifest(output, pieces.COPIED if direct else pieces.WRITTEN, whole=True)
        self._book.begin(self._terms.transfer, manifest, parts, (mark,))
        return manifest

    def _spooled_news(
        self, following: Following, news: News, output: TableSchema
    ) -> tuple[list[Part], list[tuple[str, ...]]]:
        """Write the rows that changed to files; return them, and the keys that are gone."""
        places = [[c.name for c in output.columns].index(name) for name in output.key]
        there: set[tuple[str, ...]] = set()

        def noted() -> Iterator[list[Any]]:
            for row in following.rows(news.keys, self._over.is_set):
                there.add(tuple(text_of(row[place]) for place in places))
                yield row

        parts = self._written(noted())
        return parts, [key for key in dict.fromkeys(following.leaving(news.held)) if key not in there]

    @property
    def _line(self) -> Line:
        return Line(self._database.at, self._connected().extract, Watermark(self._terms.watermark))

    def _latest(self) -> tuple[str, ...] | None:
        return self._line.latest()

    def _narrow(self, upto: tuple[str, ...] | None) -> None:
        """Let the source give only what is new since the last delivery, as far as that is known here, up to ``upto``."""
        if upto is None:
            return
        mark = self._book.mark(self._terms.since) if self._terms.since else None
        narrowed = PostgresSource(self._database.at, self._line.between(mark, upto))
        self._source.close()
        self._source = narrowed
        self._source.open()

    def _ranges(self, extract: Extract) -> list[Part]:
        source = self._connected()
        wide = ranges.row_bytes(source.connection, extract.table)
        rows = USUAL_ROWS if wide is None else min(MOST_ROWS, max(FEWEST_ROWS, int(AIMED_BYTES / wide)))
        plan = source.plan(rows, self._over.is_set)
        return [Part(place, chunk, None) for place, chunk in enumerate(plan, MANIFEST + 1)]

    def _spooled(self) -> list[Part]:
        plan = self._source.plan(MOST_ROWS, self._over.is_set)
        return self._written(row for chunk in plan for row in self._source.rows(chunk))

    def _written(self, made: Iterable[Sequence[Any]]) -> list[Part]:
        """Write the rows to files; they are all on disk when the plan is."""
        if self._folder.exists():
            for path in self._folder.glob("*.rows"):
                path.unlink()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts = []
        for number, piece in enumerate(pieces.write_out(made, AIMED_BYTES, self._over.is_set), MANIFEST + 1):
            with self._file(number).open("wb") as file:
                file.write(piece.data)
                file.flush()
                os.fsync(file.fileno())
            parts.append(Part(number, None, piece.rows))
        return parts

    def _manifest(self, output: TableSchema, form: str, *, whole: bool, gone: Sequence[tuple[str, ...]] = ()) -> bytes:
        keys = {name: key.hex() for name, key in column_keys(self._terms, self._secret).items()}
        words = {"table": output.to_json(), "form": form, "keys": keys, "whole": whole, "gone": list(gone)}
        return json.dumps(words, ensure_ascii=False, sort_keys=True).encode()

    @property
    def _narrowed(self) -> bool:
        return bool(self._terms.watermark and self._terms.since and self._book.mark(self._terms.since))

    def _connected(self) -> PostgresSource:
        if not isinstance(self._source, PostgresSource):
            raise Unfit("source_kind", "this source is not PostgreSQL")
        return self._source

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.rows"

    def _let_go(self) -> None:
        """Drop the connection; the next attempt makes a new one, with the plan that stands."""
        if self._source is not None:
            with suppress(Exception):  # it is broken: whatever closing it says is no news
                self._source.close()
        self._source = None

    def _close(self) -> None:
        with self._busy:
            self._let_go()


def discard(terms: Terms, book: Book, folder: Path) -> None:
    """Forget a transfer and its spool."""
    book.forget(terms.transfer)
    shutil.rmtree(folder / "spool" / digest_of(terms.transfer)[:32], ignore_errors=True)
