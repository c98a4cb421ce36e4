"""Is a backup good? It is restored into an empty folder, its tables are counted and digested, its ledger is held against them."""

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from yunshu.config.backup import database, restoring
from yunshu.config.backup.choosing import Choice
from yunshu.config.backup.recovery import Cluster
from yunshu.config.backup.restoring import Say
from yunshu.lib.backup.manifest import BASE
from yunshu.lib.backup.repository import Repository
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.leaves import read as read_leaf
from yunshu.lib.kernel.errors import NotFound, YunshuError

LOG = "data/log.sqlite"
PORTION = 5000


@dataclass
class Trial:
    """What restoring a backup on trial said. ``compared``: the content of every table was held against the moment of the backup;
    without it, only whether the tables are there: the database never was at rest while it was backed up.
    """

    name: str
    at: str
    compared: bool = False
    faults: list[str] = field(default_factory=list)
    tables: int = 0
    rows: int = 0
    size_bytes: int = 0
    members: int = 0
    final_records: int = 0
    waiting_records: int = 0
    took_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def words(self) -> dict[str, Any]:
        """Return it as plain words."""
        return vars(self) | {"is_good": self.is_good}


def verify(repository: Repository, scratch: Path | None, now: datetime, say: Say, name: str = "") -> Trial:
    """Restore ``name`` (the newest base) on trial, compare, delete; keep and return the result.

    Raises NotFound (``backup_not_found``); everything else that goes wrong is a fault of the trial.
    """
    names = [head.name for head in repository.heads(BASE)]
    if not names:
        raise NotFound("backup_not_found", f"{repository.folder} 里没有完整的备份。")
    trial, began = Trial(name or names[-1], now.isoformat()), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="yunshu-verify-", dir=scratch))
    try:
        choice, root = restoring.restore(repository, folder / "data", say, name=trial.name)
        trial.size_bytes = sum(entry.size for entry in choice.entries())
        say("核对各表的行数和摘要，核对账本")
        compare(choice, root, trial)
    except YunshuError as refusal:
        trial.faults.append(refusal.message or refusal.code)
    except (OSError, psycopg.Error, RuntimeError) as error:
        trial.faults.append(f"恢复中断：{str(error).strip() or type(error).__name__}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    trial.took_s = round(time.monotonic() - began, 1)
    repository.keep_trial(trial.name, trial.words())
    return trial


def compare_tables(there: dict[str, list[str]], here: dict[str, list[str]], *, exact: bool = True) -> list[str]:
    """Return what differs between the tables as they were and as they are; without ``exact`` only whether they are there."""
    faults = [f"缺少表 {name}" for name in sorted(there.keys() - here.keys())]
    faults += [f"多出表 {name}" for name in sorted(here.keys() - there.keys())]
    if exact:
        faults += [
            f"表 {name} 不符：备份时 {there[name][0]} 行，恢复后 {here[name][0]} 行"
            + ("（行数相同，内容不同）" if there[name][0] == here[name][0] else "")
            for name in sorted(there.keys() & here.keys())
            if there[name] != here[name]
        ]
    return faults


def ledger_faults(root: Path, connection: psycopg.Connection[Any], trial: Trial) -> list[str]:
    """Hold the restored members against the restored database: each is sound, and every final record is in it, where it says."""
    faults = []
    for log in sorted((root / "ledger").glob(f"*/{LOG}")):
        name, trial.members = log.parent.parent.name, trial.members + 1
        disk = Disk(log)
        try:
            if fault := examine(disk, log.parent / "public"):
                faults.append(f"账本成员 {name}：{fault}")
            faults += [f"账本成员 {name}：{each}" for each in _missing(disk, connection)]
        finally:
            disk.close()
    return faults


def compare(choice: Choice, root: Path, trial: Trial) -> None:
    """Hold a restored folder against what its backup says, and its ledger against its database; write what is found into ``trial``."""
    facts = choice.last.facts.get("database")
    if not facts:
        return
    with (
        Cluster(root, str(facts["user"])).running() as conninfo,
        psycopg.connect(f"{conninfo} dbname={facts['name']}", autocommit=True) as connection,
    ):
        connection.execute("SET TIME ZONE 'UTC'")
        # facts are marked to be sent again, and their numbers jump: both after the moment that is compared
        here = {name: row for name, row in database.tables(connection).items() if name != "public.outbox_outboxentry"}
        trial.tables, trial.rows = len(here), sum(int(row[0]) for row in here.values())
        there = choice.last.facts.get("tables")
        if there is not None:
            there = {name: row for name, row in there.items() if name != "public.outbox_outboxentry"}
            trial.compared = bool(facts.get("exact", True))
            trial.faults += compare_tables(there, here, exact=trial.compared)
        if "public.ledger_record" in here:
            _count_records(connection, trial)
            trial.faults += ledger_faults(root, connection, trial)


def _count_records(connection: psycopg.Connection[Any], trial: Trial) -> None:
    row = connection.execute("SELECT count(final_at), count(*) - count(final_at) FROM ledger_record").fetchone()
    trial.final_records, trial.waiting_records = row or (0, 0)


def _missing(disk: Disk, connection: psycopg.Connection[Any]) -> list[str]:
    """Return the final records that are not in a member's log where the database says, the first few."""
    block = disk.last_block()
    size, faults = block.head.size if block else 0, []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, leaf_index, body FROM ledger_record WHERE final_at IS NOT NULL ORDER BY leaf_index"
        )
        while rows := cursor.fetchmany(PORTION):
            first, last = rows[0][1], min(rows[-1][1] + 1, size)
            leaves = dict(enumerate(disk.leaves(first, last), first)) if first < last else {}
            for number, index, body in rows:
                if index not in leaves or read_leaf(leaves[index]).body != bytes(body):
                    faults.append(f"已最终确认的存证 {number} 不在第 {index} 片叶")
    return faults[:5]
