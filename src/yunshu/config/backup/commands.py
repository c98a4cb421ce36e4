"""``yunshu backup …`` and ``yunshu restore``: parse, call, print."""

import argparse
import getpass
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

import django

from yunshu.config import env
from yunshu.config.backup import keeper, places, restoring, standing, taking, verifying
from yunshu.lib.backup import repository as repositories
from yunshu.lib.backup.manifest import BASE, POINT, Head
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.observe.pulse import turning

Say = Callable[[str], None]
BACKUP_TEXT, RESTORE_TEXT = "备份：run、list、verify、prune、key、keep（--help 查看）", "把备份恢复到一个空目录"
COMMANDS = {
    "run": "现在做一次完整备份",
    "list": "列出备份、可恢复的时刻、最近一次试恢复",
    "verify": "把最近的完整备份恢复到临时目录，逐表核对，然后删除",
    "prune": "按保留份数清理旧备份",
    "key": "显示备份口令，请抄存到别处：没有它，任何备份都打不开",
    "keep": "持续备份（后台进程，由 yunshu up 启动）",
}


def backup(words: Sequence[str], say: Say) -> int:
    """Run one of ``COMMANDS``; return the exit code."""
    options = _parser().parse_args(words)
    if options.command == "key":
        return _key(say)
    repository = keeper.open_or_create(places.folder(), places.passphrase(), clock.now())
    if options.command == "list":
        return _list(repository, say)
    if options.command == "verify":
        return _verify(repository, options.name, say)
    if options.command == "prune":
        backups, pieces = keeper.prune(repository, clock.now())
        say(f"清理了 {backups} 份备份和日志、{pieces} 个数据块。")
        return 0
    return _keep(repository) if options.command == "keep" else _run(repository, say)


def restore(words: Sequence[str], say: Say) -> int:
    """Give a backup back; return the exit code."""
    parser = argparse.ArgumentParser(prog="yunshu restore", description=RESTORE_TEXT)
    parser.add_argument("folder", type=Path, help="备份目录")
    parser.add_argument("--to", type=Path, required=True, help="恢复到哪里：空目录或不存在的路径")
    parser.add_argument("--at", type=_moment, help="恢复到哪一时刻，如 2026-03-01T09:30（本市时间）；不写则恢复到最新")
    parser.add_argument("--name", default="", help="恢复哪一份（yunshu backup list 中的名称）")
    options = parser.parse_args(words)
    repository = repositories.opened(options.folder.resolve(), _asked_passphrase())
    choice, to = restoring.restore(repository, options.to, say, at=options.at, name=options.name)
    say(f"已恢复到 {_shown(choice.moment)}：{to}")
    say(f"启动：YUNSHU_DATA={to} yunshu up。启动前请确认原来的实例已经停止。")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunshu backup", description="备份与试恢复")
    commands = parser.add_subparsers(metavar="命令", dest="command")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "verify":
            command.add_argument("--name", default="", help="核对哪一份；不写则是最近的完整备份")
    parser.set_defaults(command="run")
    return parser


def _run(repository: Repository, say: Say) -> int:
    for name in repository.clear_unfinished():
        say(f"上一次备份 {name} 没有写完（被终止），已作废；其中完好的数据块会接着用。")
    made = taking.Taking(repository, places.source(), places.data(), say)
    if heads := repository.heads(BASE):
        made.known = {entry.path: entry for entry in repository.read(BASE, heads[-1].name).entries}
    head = taking.run_once(made, clock.now())
    standing.note(places.data(), repository, measure=True)
    say(
        f"可用 yunshu restore {repository.folder} --to 空目录 --name {head.name} 恢复；请用 yunshu backup verify 试恢复一次。"
    )
    if not env.text("YUNSHU_BACKUP_PASSPHRASE"):
        say("备份口令是自动生成的，只在本机 secrets.json 里：请执行 yunshu backup key，抄存到别处。")
    return 0


def _list(repository: Repository, say: Say) -> int:
    bases, points = repository.heads(BASE), repository.heads(POINT)
    for head in bases:
        say(f"{head.name}  {_shown(head.moment)}  {head.size_bytes >> 20} MB（新写 {head.added_bytes >> 20} MB）")
    if bases:
        last = max([*bases, *points], key=lambda head: head.moment)
        chained = any(head.base == bases[-1].name for head in points)
        say(f"最新可恢复到 {_shown(last.moment)}" + ("，最近一份之后可到任意时刻。" if chained else "。"))
    else:
        say(f"{repository.folder} 里还没有完整的备份。")
    for kind in (BASE, POINT):
        for name in _damaged(repository, kind, bases if kind == BASE else points):
            say(f"{name}  清单损坏，不能用来恢复")
    if trial := repository.last_trial():
        say(f"最近一次试恢复 {trial['name']}：" + ("通过" if trial["is_good"] else "；".join(trial["faults"])))
    else:
        say("还没有试恢复过：执行 yunshu backup verify。")
    return 0


def _damaged(repository: Repository, kind: str, heads: Sequence[Head]) -> list[str]:
    return sorted(set(repository.listed(kind)) - {head.name for head in heads})


def _verify(repository: Repository, name: str, say: Say) -> int:
    trial = verifying.verify(repository, keeper.scratch(), clock.now(), say, name)
    if places.data().is_dir():
        standing.note(places.data(), repository)
    for fault in trial.faults:
        say(f"不符：{fault}")
    if trial.faults:
        say(f"{trial.name} 不能放心使用：{len(trial.faults)} 处不符。请立即另做一次备份（yunshu backup run）。")
        return 1
    tables = "逐表一致" if trial.compared else "（备份时一直有写入，只核对了表是否齐全，没有比对内容）"
    say(
        f"verified：{trial.name} 恢复成功，{trial.tables} 张表、{trial.rows} 行{tables}，{trial.members} 个账本成员完好，"
        f"{trial.final_records} 条已确认的存证都在账本里，{trial.waiting_records} 条待重送，{trial.took_s} 秒。"
    )
    return 0


def _key(say: Say) -> int:
    say(places.passphrase())
    return 0


def _keep(repository: Repository) -> int:
    stopping: list[int] = []

    def stop(signum: int, _frame: FrameType | None) -> None:
        stopping.append(signum)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    django.setup()  # the heartbeat stands in the database
    from yunshu.lib.observe import beats

    with turning("backup", beats.Notes("backup"), patience_s=3600) as pulse:
        keeper.Keeper(repository, places.data()).run(pulse.asked(lambda: bool(stopping)))
    return 0


def _asked_passphrase() -> str:
    """Return the passphrase of the environment, else ask; the data folder that knew it may be gone."""
    if given := env.text("YUNSHU_BACKUP_PASSPHRASE"):
        return given
    if not sys.stdin.isatty():
        raise Refused("passphrase_missing", "请用环境变量 YUNSHU_BACKUP_PASSPHRASE 给出另行保管的备份口令。")
    return getpass.getpass("备份口令：")


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.CITY_ZONE)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M:%S}"
