"""The process that keeps the backups: receives the log, brings away a point a minute, a whole backup a day, prunes, verifies.

One of the supervisor's parts where ``YUNSHU_BACKUP_FOLDER`` is set (``yunshu backup keep``). Killed at any moment it goes on:
what was begun is looked at at the start. What goes wrong is noted for the operator's page and tried again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import structlog
from nats.errors import Error as NatsError

from yunshu.config import env
from yunshu.config.backup import places, standing
from yunshu.config.backup.database import Receiver
from yunshu.config.backup.taking import Taking
from yunshu.config.bootstrap import machine
from yunshu.lib.backup import repository as repositories
from yunshu.lib.backup import retention, sealing
from yunshu.lib.backup.manifest import BASE, POINT, WAL
from yunshu.lib.backup.repository import Repository
from yunshu.lib.backup.retention import Retention
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError

log = structlog.get_logger()
PAUSE_S, AGAIN_S = 1.0, 600.0
EXPECTED = (YunshuError, OSError, psycopg.Error, NatsError, TimeoutError)
Stopped = Callable[[], bool]


class Keeper:
    """Keeps the backups of one instance until told to stop.

    Whole backups and trials run in processes of their own, so that points go on meanwhile.
    """

    def __init__(self, repository: Repository, data: Path) -> None:
        self.repository, self.data = repository, data
        self.source = places.source()
        self.taking = Taking(repository, self.source, data, _say)
        self.receiver = Receiver(self.source, data / places.SPOOL) if self.source else None
        self._chain_from: datetime | None = None
        """When the log began anew after a gap: an older base has no chain to now."""
        self._child: subprocess.Popen[bytes] | None = None
        self._point_at = self._base_tried_at = self._trial_tried_at = float("-inf")
        self._to_prune = False

    def run(self, stopped: Stopped) -> None:
        """Keep the backups until ``stopped``."""
        if given_up := self.repository.clear_unfinished():
            log.warning("backup.unfinished_cleared", backups=given_up)
        try:
            while not stopped():
                self._round(clock.now())
                time.sleep(PAUSE_S)
        finally:
            if self.receiver is not None:
                self.receiver.stop()
            if self._child is not None:
                machine.end(self._child, signal.SIGTERM, 20)

    def _round(self, now: datetime) -> None:
        try:
            self._receive(now)
            self._follow_newest()
            if self._child is None:
                self._start_child(now)
            elif self._child.poll() is not None:
                self._child, self._to_prune = None, True
                standing.note(self.data, self.repository, measure=True)
            if self._to_prune and self._child is None:
                prune(self.repository, now)
                self._to_prune = False
            self._point(now)
        except EXPECTED as error:
            message = (
                (error.message or error.code) if isinstance(error, YunshuError) else str(error).strip() or repr(error)
            )
            log.error("backup.failed", error=message)
            standing.note_failure(self.data, message, now.isoformat())
            time.sleep(PAUSE_S * 5)

    def _receive(self, now: datetime) -> None:
        """See to it that the log comes; after a gap only a new base begins a new chain."""
        if self.receiver is not None and not self.receiver.runs() and not self.receiver.start():
            self._chain_from, self.taking.last_base = now, None

    def _follow_newest(self) -> None:
        """Let points follow the newest base, if the log since then has no gap."""
        heads = [
            head for head in self.repository.heads(BASE) if self._chain_from is None or head.moment > self._chain_from
        ]
        known = self.taking.last_base
        if heads and (known is None or known.head.name != heads[-1].name):
            self.taking.last_base = self.repository.read(BASE, heads[-1].name)

    def _point(self, now: datetime) -> None:
        if self.taking.last_base is None or time.monotonic() - self._point_at < env.number("YUNSHU_BACKUP_SECONDS"):
            return
        self._point_at = time.monotonic()
        self.taking.take_point(self.receiver, now)
        standing.note(self.data, self.repository)

    def _start_child(self, now: datetime) -> None:
        began = time.monotonic()
        if self._base_due(now) and began - self._base_tried_at > AGAIN_S:
            self._base_tried_at = began
            self._child = _yunshu("run", self.data)
        elif self._trial_due(now) and began - self._trial_tried_at > AGAIN_S:
            self._trial_tried_at = began
            self._child = _yunshu("verify", self.data)

    def _base_due(self, now: datetime) -> bool:
        last = self.taking.last_base
        return last is None or last.head.moment < last_hour(now, env.text("YUNSHU_BACKUP_AT"))

    def _trial_due(self, now: datetime) -> bool:
        days, last = env.number("YUNSHU_BACKUP_VERIFY_DAYS"), self.repository.last_trial()
        return days > 0 and (not last or now - datetime.fromisoformat(str(last["at"])) > timedelta(days=days))


def _yunshu(word: str, data: Path) -> "subprocess.Popen[bytes]":
    """Start ``yunshu backup WORD`` beside us; it ends when we do."""
    command = [sys.executable, "-m", "yunshu.config.cli", "backup", word]
    with (data / "logs" / f"backup-{word}.log").open("ab") as sink:
        return machine.spawn(command, log=sink, env=dict(os.environ), cwd=env.ROOT)


def last_hour(now: datetime, at: str) -> datetime:
    """Return the last moment, not after ``now``, at which the city's clocks showed ``at`` (HH:MM).

    Raises Refused (``backup_time_malformed``).
    """
    try:
        hour, minute = map(int, at.split(":"))
        then = now.astimezone(clock.CITY_ZONE).replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError as error:
        raise Refused("backup_time_malformed", f"YUNSHU_BACKUP_AT 应写成 02:30 这样的时刻，现在是“{at}”。") from error
    return then if then <= now else then - timedelta(days=1)


def prune(repository: Repository, now: datetime) -> tuple[int, int]:
    """Forget what the retention does not keep; return how many backups and pieces went. Raises Conflict (``backup_busy``)."""
    rule = Retention(*(env.number(f"YUNSHU_BACKUP_{name}") for name in ("DAILY", "WEEKLY", "MONTHLY")))
    with repository.alone():
        bases, points = repository.heads(BASE), repository.heads(POINT)
        stays = retention.kept(bases, rule)
        chained = retention.recent(bases, rule)
        points_stay = retention.points_kept(points, chained, now)
        gone = [(BASE, head.name) for head in bases if head.name not in stays]
        gone += [(POINT, head.name) for head in points if head.name not in points_stay]
        gone += [(WAL, name) for name in _unneeded_log(repository, stays, chained)]
        for kind, name in gone:
            repository.remove(kind, name)
        return len(gone), repository.sweep()


def scratch() -> Path | None:
    """Return where backups are restored on trial; None for the system's temporary folder."""
    given = env.text("YUNSHU_BACKUP_SCRATCH")
    return Path(given) if given else None


def open_or_create(folder: Path, passphrase: str, now: datetime) -> Repository:
    """Return the repository, made if the folder is empty."""
    if (folder / sealing.FILE).exists():
        return repositories.opened(folder, passphrase)
    return repositories.create(folder, passphrase, now)


def _unneeded_log(repository: Repository, stays: set[str], chained: set[str]) -> list[str]:
    """Return the log that no kept base needs: older than the oldest chained one, and not between start and end of another."""
    spans = {
        name: (str(facts["start"])[8:], str(facts["end"])[8:])
        for name in stays
        if (facts := repository.read(BASE, name).facts.get("database")) is not None
    }
    oldest = min((spans[name][0] for name in chained & spans.keys()), default="")
    return [
        name
        for name in repository.listed(WAL)
        if not name.endswith(".history")
        and name[8:] < oldest
        and not any(first <= name[8:] <= last for first, last in spans.values())
    ]


def _say(line: str) -> None:
    log.info("backup.progress", said=line)
