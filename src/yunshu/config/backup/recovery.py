"""A restored cluster brought to its moment: PostgreSQL replays the log on a private socket, alone, and is stopped again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from yunshu.config.backup.choosing import Choice
from yunshu.config.bootstrap import machine
from yunshu.config.bootstrap.postgres import BINARIES
from yunshu.lib.kernel.errors import Refused

WAL, LOG, AUTO = "restore-wal", "restore-postgres.log", "postgresql.auto.conf"
SILENT_SECONDS = 900
_MARK = "# yunshu restore\n"


@dataclass(frozen=True)
class Cluster:
    """A restored cluster in ``root``/postgres."""

    root: Path
    user: str = "postgres"

    @property
    def folder(self) -> Path:
        """The cluster itself."""
        return self.root / "postgres"

    def check(self) -> None:
        """Compare every file with PostgreSQL's own list; raise Refused (``cluster_damaged``)."""
        command = [str(BINARIES / "pg_verifybackup"), "--no-parse-wal", "--exit-on-error", "--quiet", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Refused(
                "cluster_damaged", f"恢复出来的数据库文件与 PostgreSQL 的清单不符：{done.stderr.strip()[:300]}"
            )

    def settle(self, choice: Choice) -> None:
        """Replay the log to the moment, leave recovery, stop. Raises Refused (``recovery_failed``)."""
        auto = self.folder / AUTO
        before = auto.read_text() if auto.exists() else ""
        auto.write_text(before + _MARK + "".join(f"{line}\n" for line in self._settings(choice)))
        (self.folder / "recovery.signal").touch(mode=0o600)
        self.own()
        with self.running(wait_for_end_of_recovery=True):
            pass
        auto.write_text(before)
        self.own()
        shutil.rmtree(self.root / WAL, ignore_errors=True)

    def own(self) -> None:
        """Give the cluster to the user that PostgreSQL runs as."""
        if user := machine.service_user():
            entry = pwd.getpwnam(user)
            for path in (self.folder, *self.folder.rglob("*"), self.root / WAL, *(self.root / WAL).glob("*")):
                if path.exists():
                    os.chown(path, entry.pw_uid, entry.pw_gid)
            machine.make_traversable(self.root)
        self.folder.chmod(0o700)

    @contextmanager
    def running(self, *, wait_for_end_of_recovery: bool = False) -> Iterator[str]:
        """Run the server on a socket that only we may reach; yield how to connect, without the database's name."""
        user = machine.service_user()
        with tempfile.TemporaryDirectory(prefix="yunshu-pg-") as name:
            socket = machine.private_folder(Path(name), user)
            rules = socket / "hba.conf"
            rules.write_text("local all all trust\n")
            rules.chmod(0o644)
            process = self._launch(socket, rules, user)
            try:
                conninfo = f"host={socket} port=5432 user={self.user}"
                self._wait(process, conninfo, promoted=wait_for_end_of_recovery)
                yield conninfo
            finally:
                machine.end(process, signal.SIGINT, 120)

    def _launch(self, socket: Path, rules: Path, user: str | None) -> "subprocess.Popen[bytes]":
        settings = ["listen_addresses=", "port=5432", f"unix_socket_directories={socket}", f"hba_file={rules}"]
        settings += ["shared_buffers=128MB", "timezone=UTC", "archive_mode=off", "max_connections=200"]
        options = [word for setting in settings for word in ("-c", setting)]
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with (self.root / LOG).open("ab") as log:
            return machine.spawn(
                [str(BINARIES / "postgres"), "-D", str(self.folder), *options],
                log=log, env=environment, user=user, cwd=Path("/"), death_signal=signal.SIGINT,
            )  # fmt: skip

    def _wait(self, process: "subprocess.Popen[bytes]", conninfo: str, *, promoted: bool) -> None:
        """Wait while the server makes progress: its log grows, or it answers."""
        log, seen, changed = self.root / LOG, -1, time.monotonic()
        while not _answers(conninfo, promoted=promoted):
            size = log.stat().st_size
            if size != seen:
                seen, changed = size, time.monotonic()
            if process.poll() is not None or time.monotonic() - changed > SILENT_SECONDS:
                raise Refused("recovery_failed", f"数据库没有恢复成功：{_complaint(log)}（全文见 {log}）")
            time.sleep(0.1)

    def _settings(self, choice: Choice) -> list[str]:
        facts: dict[str, Any] = choice.last.facts["database"]
        lines = [
            f'restore_command = \'cp "{self.root / WAL}/%f" "%p"\'',
            f"recovery_target_timeline = '{facts['timeline']}'",
            "recovery_target_action = 'promote'",
        ]
        if choice.at is None:
            return [*lines, f"recovery_target_name = '{facts['point']}'"]
        return [*lines, f"recovery_target_time = '{choice.at.isoformat()}'"]


def _answers(conninfo: str, *, promoted: bool) -> bool:
    try:
        with psycopg.connect(f"{conninfo} dbname=postgres", connect_timeout=3, autocommit=True) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.OperationalError:
        return False
    return not promoted or (row is not None and not row[0])


def _complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    said = [line.split(": ", 1)[-1].strip() for line in lines if "FATAL" in line or "PANIC" in line]
    return said[-1] if said else (lines[-1] if lines else "")
