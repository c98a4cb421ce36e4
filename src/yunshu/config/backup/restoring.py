"""Giving a backup back into an empty folder: files, database to its moment, streams; then it is an instance like any other.

Until it is whole the folder bears ``.restoring``; ``yunshu up`` refuses such a folder, and so does a second restore.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from nats.aio.client import Client

from yunshu.config.backup import choosing, database, places
from yunshu.config.backup.choosing import Choice
from yunshu.config.backup.recovery import WAL, Cluster
from yunshu.config.bootstrap import EmbeddedNats
from yunshu.lib import bus
from yunshu.lib.backup import giving, manifest, streams
from yunshu.lib.backup.manifest import Entry
from yunshu.lib.backup.repository import Repository
from yunshu.lib.consortium.ordering import Stream
from yunshu.lib.consortium.restoring import follow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

Say = Callable[[str], None]
RESTORED = "restored.json"
_STREAMS = "streams/"
_AHEAD = 1_000_000
"""By how much the numbers of facts jump: a listener may still get a fact that this database has never made."""


def restore(
    repository: Repository, to: Path, say: Say, *, at: datetime | None = None, name: str = ""
) -> tuple[Choice, Path]:
    """Give back a backup into ``to``, which must be empty or absent; return what was given and the folder.

    Raises Refused (``folder_not_empty``, ``restore_unfinished``), what ``choosing.choose`` raises, and for damage
    ``piece_missing``, ``piece_damaged``, ``entry_damaged``, ``cluster_damaged``, ``recovery_failed``, ``stream_not_given``.
    """
    to = to.resolve()
    _require_empty(to)
    with repository.reading():
        return _give(repository, to, say, at, name)


def _give(repository: Repository, to: Path, say: Say, at: datetime | None, name: str) -> tuple[Choice, Path]:
    choice = choosing.choose(repository, at=at, name=name)
    shown = f"{choice.moment.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M:%S}"
    say(f"恢复 {choice.last.head.name}，到 {shown}")
    to.mkdir(parents=True, exist_ok=True)
    (to / places.RESTORING).write_text(f"恢复自 {repository.folder} 的 {choice.last.head.name}\n")
    entries = choice.entries()
    say(f"写出文件（{sum(entry.size for entry in entries) >> 20} MB）")
    files = (entry for entry in entries if not entry.path.startswith(_STREAMS))
    with repository.told_when_full():
        giving.give(files, repository, to)
        for segment in choice.wal:
            giving.give(repository.read(manifest.WAL, segment).entries, repository, to / WAL)
    if "database" in choice.last.facts:
        say("数据库重放日志到这一时刻")
        _settle_database(to, choice)
    if taken := [entry for entry in entries if entry.path.startswith(_STREAMS)]:
        say("恢复消息流")
        asyncio.run(_give_streams(to, taken, choice, repository))
    _note(to, choice, repository)
    (to / places.RESTORING).unlink()
    return choice, to


def require_whole(data: Path) -> None:
    """Raise Refused (``restore_unfinished``) for a data folder whose restore was cut off."""
    if (data / places.RESTORING).exists():
        message = f"{data} 的恢复没有完成（中途被终止），不能使用。请删除该目录，重新执行 yunshu restore。"
        raise Refused("restore_unfinished", message)


def _require_empty(to: Path) -> None:
    require_whole(to)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Refused(
            "folder_not_empty", f"{to} 不是空目录：恢复只写入空目录，从不覆盖已有数据。请换一个路径，或先移走旧数据。"
        )


def _settle_database(to: Path, choice: Choice) -> None:
    facts: dict[str, Any] = choice.last.facts["database"]
    cluster = Cluster(to, str(facts["user"]))
    cluster.check()
    cluster.settle(choice)
    with cluster.running() as conninfo:
        _send_facts_again(f"{conninfo} dbname={facts['name']}")


def _send_facts_again(conninfo: str) -> None:
    """Let the relay send again every fact that the stream would still keep: the listeners know what they have done.

    A fact of the lost time may still lie in a stream elsewhere, so the numbers of new ones begin far above.
    """
    with psycopg.connect(conninfo) as connection:
        known = connection.execute("SELECT to_regclass('outbox_outboxentry') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return
        connection.execute("SET LOCAL session_replication_role = replica")  # past the trigger that keeps facts
        connection.execute(
            "UPDATE outbox_outboxentry SET published_at = NULL WHERE published_at > now() - make_interval(secs => %s)",
            [bus.client.KEPT_SECONDS],
        )
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('outbox_outboxentry', 'id'),"
            " (SELECT coalesce(max(id), 0) FROM outbox_outboxentry) + %s)",
            [_AHEAD],
        )


async def _give_streams(to: Path, taken: list[Entry], choice: Choice, repository: Repository) -> None:
    server = EmbeddedNats(to)
    server.start()
    try:
        async with bus.connection(server.url, "yunshu-restore") as client:
            for entry in taken:
                words = choice.last.facts["streams"][entry.path.removeprefix(_STREAMS)]
                await streams.give(client, entry, words, repository)
                await _follow(client, entry.path.removeprefix(_STREAMS), to)
    finally:
        server.stop()


async def _follow(client: Client, name: str, to: Path) -> None:
    """Tell the restored members of the ledger that this is the stream they followed."""
    created = (await client.jetstream().stream_info(name)).created
    for log in (to / "ledger").glob("*/data/log.sqlite"):
        follow(log, str(Stream(name, created.isoformat() if created else "")))


def _note(to: Path, choice: Choice, repository: Repository) -> None:
    words = {
        "from": str(repository.folder),
        "backup": choice.last.head.name,
        "moment": choice.moment.isoformat(),
        "restored_at": clock.now().isoformat(),
    }
    (to / RESTORED).write_text(json.dumps(words, ensure_ascii=False, indent=1))


def tables_of(cluster: Cluster, name: str) -> dict[str, list[str]]:
    """Return rows and digest of every table of a restored database."""
    with cluster.running() as conninfo, psycopg.connect(f"{conninfo} dbname={name}", autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        return database.tables(connection)
