"""``yunshu demo restore``: a copy of the running instance works, is killed at one blow and comes back from its backup, counted."""

import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.config.backup import places, restoring, taking, verifying
from yunshu.config.backup.recovery import Cluster
from yunshu.config.world import restored
from yunshu.config.world.doors import DEMAND_FILE, Diary, Program, Visitor
from yunshu.config.world.scratch import Scratch
from yunshu.config.world.walking import Walker
from yunshu.lib.backup import repository as repositories
from yunshu.lib.backup.manifest import BASE, POINT
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

POINTS = 3
LOAD_S = 8.0
ACCOUNT = "rexian"


class Command(BaseCommand):
    """The running instance is read, never written; copies live in a temporary folder and are gone at the end."""

    help = "演示恢复：把运行中的实例备份、恢复成副本，副本在写入中整机断电，再从它自己的备份恢复，逐项核对。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--scratch", type=Path, help="放副本的目录（默认系统临时目录），要放得下三份数据")

    def handle(self, *, scratch: Path | None, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        source = places.source()
        if source is None or not source.is_embedded:
            raise CommandError(
                "演示恢复只用于内置数据库的实例：先执行 make up。数据库在别处的，用 yunshu backup verify。"
            )
        with tempfile.TemporaryDirectory(prefix="yunshu-restore-", dir=scratch, ignore_cleanup_errors=True) as folder:
            Walk(Path(folder), self._say).run()
        self.stdout.write("verified")

    def _say(self, said: str) -> None:
        self.stdout.write(f"  {said}")
        self.stdout.flush()


class Walk(Walker):
    """One walk: out, in, under load, power cut, in again."""

    patience_s = 180
    log = "backup"
    pause_s = 0.5

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        super().__init__(say)
        self.folder = folder
        self.passphrase = secrets.token_urlsafe(16)
        self.kept = folder / "kept"
        self.diary = Diary(folder / "diary")

    def run(self) -> None:
        """Walk; whatever happens, no copy goes on running."""
        first, second = self._instance("first", keeping=True), self._instance("second", keeping=False)
        try:
            self._out_and_in(first.data)
            first.up()
            self.say(f"副本从恢复出来的目录启动：{first.url}，它自己的备份每 2 秒一个恢复点")
            self._load(first)
            killed, began = first.kill(), time.monotonic()
            self.say(f"整机断电：{killed} 个进程同时 kill -9")
            moment = self._again(second.data)
            second.up()
            self.say(f"恢复后的实例可用；断电到可用 {time.monotonic() - began:.0f} 秒")
            self._lives(second, moment)
        finally:
            self.diary.close()
            for copy in (first, second):
                copy.kill()

    def _instance(self, name: str, *, keeping: bool) -> Scratch:
        settings = {
            "YUNSHU_BACKUP_FOLDER": str(self.kept),
            "YUNSHU_BACKUP_PASSPHRASE": self.passphrase,
            "YUNSHU_BACKUP_SECONDS": "2",
            "YUNSHU_BACKUP_VERIFY_DAYS": "0",
        }
        return Scratch(self.folder / name, settings if keeping else {})

    def _out_and_in(self, to: Path) -> None:
        """Back the running instance up and give it back beside; every table must be as it was."""
        repository = repositories.create(self.folder / "out", self.passphrase, clock.now())
        head = taking.run_once(taking.Taking(repository, places.source(), places.data(), _silent), clock.now())
        self.say(f"运行中的实例备份：{head.size_bytes >> 20} MB，{head.took_s} 秒")
        trial = self._given(repository, to)
        how = "行数和摘要逐表一致" if trial.compared else "表齐全（备份时一直有写入，没有逐表比对）"
        self.say(f"恢复到空目录：{trial.tables} 张表、{trial.rows} 行，{how}")
        self._ledger_stands(trial)

    def _given(self, repository: Repository, to: Path) -> verifying.Trial:
        choice, root = restoring.restore(repository, to, _silent)
        trial = verifying.Trial(choice.last.head.name, choice.moment.isoformat())
        verifying.compare(choice, root, trial)
        self._moment = choice.moment
        if trial.faults:
            raise CommandError(f"不符：{'；'.join(trial.faults)}")
        return trial

    def _ledger_stands(self, trial: verifying.Trial) -> None:
        self.say(
            f"账本：{trial.members} 个成员逐块重算完好，{trial.final_records} 条最终存证都在所说的位置，{trial.waiting_records} 条待重送"
        )

    def _load(self, copy: Scratch) -> None:
        """File demands until the keeper has made a whole backup and points after it, and a while beyond."""
        repository: list[Repository] = []

        def kept_enough() -> bool:
            if not repository:
                try:
                    repository.append(repositories.opened(self.kept, self.passphrase))
                except Refused:
                    return False
            heads = repository[0].heads(POINT)
            return bool(repository[0].heads(BASE)) and len(heads) >= POINTS

        with self._filing(copy):
            self.wait(kept_enough, "副本的备份")
            time.sleep(LOAD_S)
        done, failed = len(self.diary.done("ticket")), sum(note.outcome == "failed" for note in self.diary.notes)
        self.say(f"写入中备份：{done} 件诉求得到受理编号，{failed} 件当场报错")

    @contextmanager
    def _filing(self, copy: Scratch) -> Iterator[None]:
        visitor = Visitor(copy.url)
        visitor.sign_in(ACCOUNT, copy.passwords()[ACCOUNT])
        program = Program(copy.url, visitor.key("恢复演练", DEMAND_FILE), self.diary)
        self.key = program.client.headers["Authorization"].removeprefix("Bearer ")
        stopped, mark = threading.Event(), secrets.token_hex(3)

        def file() -> None:
            count = 0
            while not stopped.is_set():
                program.file(f"{mark}-{count}")
                count += 1

        clerk = threading.Thread(target=file)
        clerk.start()
        try:
            yield
        finally:
            stopped.set()
            clerk.join()
            program.close()
            visitor.close()

    def _again(self, to: Path) -> datetime:
        trial = self._given(repositories.opened(self.kept, self.passphrase), to)
        with Cluster(to).running() as conninfo, psycopg.connect(f"{conninfo} dbname=yunshu") as connection:
            count = restored.tickets(connection, self.diary.done("ticket"), self._moment)
        behind = (self.diary.done("ticket")[-1].at - self._moment).total_seconds()
        self.demand(
            count.wanted > 0 and not count.faults,
            f"恢复到断电前 {behind:.1f} 秒：此前得到编号的 {count.wanted} 件诉求，丢失 0、重复 0、内容逐字一致",
            f"：{'；'.join(count.faults)}",
        )
        self._ledger_stands(trial)
        return self._moment

    def _lives(self, copy: Scratch, moment: datetime) -> None:
        """What was not final becomes final, a citizen finds the demand by its code, a new one is taken."""
        with psycopg.connect(copy.value("DATABASE_URL"), autocommit=True) as connection:
            waited = restored.waiting(connection)
            self.wait(lambda: restored.waiting(connection) == 0, "存证最终确认")
        self.say(f"{waited} 条待重送的存证已全部最终确认")
        program: Any = Program(copy.url, self.key, self.diary)
        last = [note for note in self.diary.done("ticket") if note.at < moment][-1]
        title = program.follow(last.words["number"], last.words["code"])
        fresh = program.file(f"after-{secrets.token_hex(3)}")
        program.close()
        self.demand(
            title == f"演练 {last.mark}" and fresh.outcome == "done",
            f"凭查询码查到断电前最后一件 {last.words['number']}；新诉求 {fresh.words.get('number', '')} 照常受理",
        )


def _silent(_line: str) -> None:
    return
