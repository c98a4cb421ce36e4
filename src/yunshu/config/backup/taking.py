"""Making a backup: a base (everything) or a point (what came since), each of which can be given back whole.

The order is what makes it consistent: the database's place in its log is fixed first, then streams and files are read. So
every file a row names is there, and no record is final in the database that is not in the ledger's copy.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from yunshu.config import env
from yunshu.config.backup import database, places
from yunshu.config.backup.database import Mark, Receiver
from yunshu.config.backup.places import Source
from yunshu.lib import bus
from yunshu.lib.backup import gathering, streams
from yunshu.lib.backup.manifest import BASE, POINT, WAL, Entry, Head, Manifest
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
Say = Callable[[str], None]
SAY_EVERY_S = 5.0


@dataclass
class Taking:
    """One instance's way into one repository. Remembers what it read last, so that a point reads only what changed."""

    repository: Repository
    source: Source | None
    data: Path
    say: Say
    known: dict[str, Entry] = field(default_factory=dict)
    last_base: Manifest | None = None
    _read: int = 0
    _said_at: float = 0.0

    def take_base(self, receiver: Receiver | None, now: datetime) -> Head:
        """Back up everything. ``receiver`` receives the log (None only without a database)."""
        name = f"base-{now:%Y%m%dT%H%M%SZ}"
        began, before = time.monotonic(), self.repository.added_bytes
        self._read, self._said_at = 0, began
        with self.repository.writing(name):
            entries: list[Entry] = []
            facts: dict[str, Any] = {"version": 1, "base": name}
            at = now
            if self.source is not None and receiver is not None:
                self.say("备份数据库（PostgreSQL 基础备份）")
                entries += database.base(self.source, name, self.repository, self._told)
                self.say("记下恢复点和各表的行数、摘要")
                found = database.mark(self.source, name, with_tables=True)
                facts["database"] = self._database_facts(found, entries) | {"exact": found.is_exact}
                facts["tables"] = found.tables
                at = found.at
                self.ship(receiver, found.segment)
            elif env.text("DATABASE_URL"):
                self.say("数据库在别处，且没有设置 YUNSHU_BACKUP_DATABASE_URL：本备份不含数据库")
            rest, facts["streams"] = self._others()
            made = self._manifest(BASE, name, at, [*entries, *rest], facts)
            head = replace(
                made.head, added_bytes=self.repository.added_bytes - before, took_s=round(time.monotonic() - began, 1)
            )
            self.last_base = Manifest(head, made.entries, made.facts)
            self.repository.finish(self.last_base)
        self.say(f"备份 {name} 完成：{head.size_bytes >> 20} MB，新写 {head.added_bytes >> 20} MB，{head.took_s} 秒")
        return head

    def take_point(self, receiver: Receiver | None, now: datetime) -> Head:
        """Back up what came since the last base: its log, and the files and streams that changed."""
        if self.last_base is None:
            raise Refused("base_missing", "还没有基础备份，请先执行 yunshu backup run。")
        name = f"point-{now:%Y%m%dT%H%M%SZ}"
        began, before = time.monotonic(), self.repository.added_bytes
        with self.repository.writing(name):
            facts: dict[str, Any] = {"version": 1, "base": self.last_base.head.name}
            at = now
            if self.source is not None and receiver is not None:
                found = database.mark(self.source, name)
                start = self.last_base.facts["database"]["start"]
                facts["database"] = self._marked(found, start)
                at = found.at
                self.ship(receiver, found.segment)
            rest, facts["streams"] = self._others()
            of_base = {entry.path: entry for entry in self.last_base.entries}
            facts["gone"] = sorted(of_base.keys() - {entry.path for entry in rest} - set(_cluster(of_base)))
            changed = [entry for entry in rest if of_base.get(entry.path) != entry]
            made = self._manifest(POINT, name, at, changed, facts)
            head = replace(
                made.head,
                base=self.last_base.head.name,
                added_bytes=self.repository.added_bytes - before,
                took_s=round(time.monotonic() - began, 1),
            )
            self.repository.finish(Manifest(head, made.entries, made.facts))
        return head

    def ship(self, receiver: Receiver, upto: str = "") -> int:
        """Take over the log that has come whole; with ``upto`` wait for that segment first. Return how many segments."""
        if upto:
            receiver.wait_for(upto)
        segments = receiver.segments()
        for path in segments:
            with path.open("rb") as file:
                entry = gathering.store(path.name, 0o600, file, self.repository)
            if self.repository.has(WAL, path.name):
                if self.repository.read(WAL, path.name).entries != (entry,):
                    message = f"备份目录 {self.repository.folder} 里已有另一个数据库的日志 {path.name}，请为本实例换一个备份目录。"
                    raise Refused("backup_foreign", message)
            else:
                head = Head(kind=WAL, name=path.name, at=clock.now().isoformat(), size_bytes=entry.size)
                self.repository.finish(Manifest(head, (entry,)))
            path.unlink()
        return len(segments)

    def _others(self) -> tuple[list[Entry], dict[str, Any]]:
        """Read everything that is not PostgreSQL: files first, SQLite databases next, streams last."""
        entries = list(gathering.gather(self.data, places.is_left_out, self.repository, self.known, self._told))
        self.known = {entry.path: entry for entry in entries}
        url = places.nats_url()
        if not url:
            return entries, {}
        taken, words = asyncio.run(_take_streams(url, self.repository))
        return [*entries, *taken], words

    def _database_facts(self, found: Mark, entries: list[Entry]) -> dict[str, Any]:
        label = next(entry for entry in entries if entry.path == f"{database.CLUSTER}backup_label")
        text = b"".join(self.repository.get(piece) for piece in label.pieces).decode()
        start = text.split("(file ", 1)[1].split(")", 1)[0]
        return self._marked(found, start)

    def _marked(self, found: Mark, start: str) -> dict[str, Any]:
        assert self.source is not None  # noqa: S101 - for mypy: there is no mark without a server
        return {
            "name": self.source.database,
            "user": self.source.user,
            "embedded": self.source.is_embedded,
            "start": start,
            "point": found.name,
            "end": found.segment,
            "timeline": found.timeline,
        }

    def _manifest(self, kind: str, name: str, at: datetime, entries: list[Entry], facts: dict[str, Any]) -> Manifest:
        size = gathering.total(entries)
        head = Head(kind=kind, name=name, at=at.astimezone(UTC).isoformat(), size_bytes=size)
        return Manifest(head, tuple(entries), facts)

    def _told(self, size: int) -> None:
        self._read += size
        if time.monotonic() - self._said_at > SAY_EVERY_S:
            self._said_at = time.monotonic()
            self.say(f"已读 {self._read >> 20} MB，新写 {self.repository.added_bytes >> 20} MB")


def run_once(taking: Taking, now: datetime) -> Head:
    """Make one base backup with a receiver of its own."""
    if taking.source is None:
        return taking.take_base(None, now)
    with (
        tempfile.TemporaryDirectory(prefix="yunshu-wal-") as spool,
        database.one_off_receiver(taking.source, Path(spool), "yunshu_once") as receiver,
    ):
        return taking.take_base(receiver, now)


async def _take_streams(url: str, to: Repository) -> tuple[list[Entry], dict[str, Any]]:
    entries, words = [], {}
    async with bus.connection(url, "yunshu-backup") as client:
        for name in await streams.names(client):
            if name != bus.client.STREAM:
                entry, words[name] = await streams.take(client, name, to)
                entries.append(entry)
    return entries, words


def _cluster(entries: dict[str, Entry]) -> list[str]:
    return [path for path in entries if path.startswith(database.CLUSTER) or path == database.CLUSTER.rstrip("/")]
