"""The command line's side: ask for an instance, find the one that runs, stop it, look at it, start over."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]

from yunshu.config import env
from yunshu.config.supervisor import handover, reading
from yunshu.config.supervisor.run import supervise, timed
from yunshu.config.supervisor.state import MARK, Folder, clear_leftovers, wait_until_free
from yunshu.lib.kernel.errors import NotFound, Refused

START_SECONDS = 600
"""How long one step of a start may take on a busy machine; each step says a line when it begins."""
STOP_SECONDS = 120
Write = Callable[[str], None]


def up(write: Write, *, foreground: bool = False, resume: bool = False) -> None:
    """Start everything, or find what runs; return when it is ready (in the foreground: when it was stopped)."""
    folder = _folder()
    if folder.is_supervised():
        _follow(folder, write, started=None)
        write("已在运行。")
        return
    if foreground:
        _marked(folder)
        _attached(folder, write, resume=resume)
        return
    folder.logs.mkdir(parents=True, exist_ok=True)
    folder.progress.write_text("")
    with (folder.logs / "supervisor.log").open("ab") as sink:
        started = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "yunshu.config.supervisor.run", *(["--resume"] if resume else [])],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=os.environ | {MARK: str(folder.path)},
            cwd=env.ROOT,
            start_new_session=True,
        )
    _follow(folder, write, started=started)
    write("")


def roll(write: Write) -> None:
    """Replace the processes of the running instance by this code, one after the other, without a refused request.

    Raises Refused: ``not_running``, ``cannot_roll`` (the running supervisor is too old), ``not_rolled`` (the former
    processes go on), ``start_too_slow``.
    """
    folder = _folder()
    if not folder.is_supervised():
        raise Refused("not_running", "没有在运行。执行 make up 启动。")
    settle(write)
    if "turn" not in (known := folder.read()):
        raise Refused(
            "cannot_roll", "正在运行的版本还不会交接：请执行 make down 再 make up（中断约十几秒），以后的升级不再中断。"
        )
    folder.progress.write_text("")
    handover.ask(folder)
    began = heard = time.monotonic()
    shown = 0
    while folder.read().get("turn", known["turn"]) == known["turn"]:
        lines = folder.progress.read_text().splitlines()
        heard = time.monotonic() if len(lines) > shown else heard
        for line in lines[shown:]:
            write(line)
        shown = len(lines)
        if not folder.is_supervised():
            raise Refused("not_rolled", f"管理进程已结束，请查看 {folder.logs / 'supervisor.log'}，再执行 make up。")
        if time.monotonic() - heard > START_SECONDS:
            raise Refused("start_too_slow", _too_slow(folder))
        time.sleep(0.1)
    if failure := folder.read()["failure"]:
        raise Refused("not_rolled", f"没有更换进程，原来的继续运行：{failure}")
    write(f"全部进程已更换（{time.monotonic() - began:.0f} 秒）。")


def settle(write: Write) -> None:
    """Return when the instance neither starts nor is handed over (whoever asked for that may have been killed).

    Raises Refused ``start_too_slow``.
    """
    folder, deadline, is_said = _folder(), time.monotonic() + START_SECONDS, False
    while folder.is_supervised() and (folder.read().get("state") != "ready" or handover.is_asked(folder)):
        if not is_said:
            write("实例正在启动或更换进程，等它完成…")
            is_said = True
        if time.monotonic() > deadline:
            raise Refused("start_too_slow", _too_slow(folder))
        time.sleep(0.2)


def _too_slow(folder: Folder) -> str:
    lines = folder.progress.read_text().splitlines() if folder.progress.exists() else []
    step = lines[-1] if lines else ""
    return f"{START_SECONDS} 秒没有进展（{step}），仍在后台进行：用 yunshu status 查看，日志在 {folder.logs}。"


def down(write: Write) -> None:
    """Stop the instance and wait until nothing of it is left."""
    folder = _folder()
    if not folder.is_supervised():
        cleared = clear_leftovers(folder.path)
        write(f"没有在运行；清理了 {cleared} 个遗留进程。" if cleared else "没有在运行。")
        return
    began = time.monotonic()
    pid = _supervisor_pid(folder)
    os.kill(pid, signal.SIGTERM)
    if not wait_until_free(folder, STOP_SECONDS):
        raise Refused("not_stopped", f"{STOP_SECONDS} 秒内没有停下来，请查看 {folder.logs / 'supervisor.log'}。")
    write(f"已停止（{time.monotonic() - began:.1f} 秒）。")


def reset(write: Write, *, yes: bool) -> None:
    """Stop and delete everything in the data folder, to start over. Asks first."""
    folder = _folder()
    if not yes and input(f"将删除 {folder.path} 中的全部数据（数据库、消息、附件）。输入 yes 确认：").strip() != "yes":
        raise Refused("not_confirmed", "没有确认，未删除任何数据。")
    down(write)
    if not folder.path.exists():
        return
    for child in folder.path.iterdir():
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    write(f"已清空 {folder.path}。")


def show(write: Write) -> None:
    """Print address, sample accounts and the processes; Refused ``not_running`` if nothing runs."""
    folder = _folder()
    values = folder.read()
    if not folder.is_supervised():
        raise Refused("not_running", "没有在运行。执行 make up 启动。")
    if not values:
        write(f"正在启动或更换进程，进展见 {folder.progress}")
        return
    state = {"ready": "运行中", "starting": "正在启动", "rolling": "正在更换进程"}.get(values["state"], values["state"])
    write(f"{state}  {values['env'].get('YUNSHU_URL', '')}")
    for name, part in values["parts"].items():
        alive = psutil.pid_exists(part["pid"])
        write(f"  {name:<16} 进程 {part['pid']:<8} {'正常' if alive else '重启中'}  重启 {part['restarts']} 次")


def welcome(write: Write) -> None:
    """Print where to look, and the sample accounts that the city pack made."""
    folder = _folder()
    write(f"云数已就绪：{folder.read().get('env', {}).get('YUNSHU_URL', '')}")
    accounts = folder.path / "accounts.txt"
    if accounts.exists():
        write("")
        write("示例账号（登录名、口令、岗位、角色）：")
        for name, password, who, roles in list(csv.reader(accounts.read_text().splitlines()))[1:]:
            write(f"  {name:<10}{password:<20}{who}  {roles}")
    write("")
    write("停止：make down    状态：.venv/bin/yunshu status    日志：.venv/bin/yunshu logs [名称]")


def logs(write: Write, name: str | None, lines: int = 40, wanted: reading.Wanted | None = None) -> None:
    """Print the end of one log as text; with conditions, of all logs together; with neither, the names.

    Raises NotFound ``log_not_found``.
    """
    folder = _folder()
    known = sorted(log.stem for log in folder.logs.glob("*.log"))
    if name is None and (wanted is None or wanted.is_everything):
        write("日志：" + "、".join(known) if known else "还没有日志。")
        return
    if name is not None and name not in known:
        raise NotFound("log_not_found", f"没有名为 {name} 的日志；有：{'、'.join(known)}。")
    for line in deque(reading.lines(folder.logs, name, wanted or reading.Wanted()), maxlen=lines):
        write(line)


def _marked(folder: Folder) -> None:
    """Become a process that bears the mark from its first moment: its forks are known by it when it is gone."""
    if os.environ.get(MARK) != str(folder.path):
        sys.stdout.flush()
        words = [sys.executable, "-m", "yunshu.config.cli", *sys.argv[1:]]
        os.execve(sys.executable, words, os.environ | {MARK: str(folder.path)})  # noqa: S606 - our own program


def _attached(folder: Folder, write: Write, *, resume: bool) -> None:
    if not folder.lock():
        raise Refused("starting_elsewhere", "另一个进程正在启动，请稍候再试。")

    def say(line: str) -> None:
        write(line)
        if line.endswith("就绪") and not line.endswith("等待网站就绪"):
            welcome(write)

    if supervise(folder, timed(say), resume=resume):
        raise Refused("not_started", "没有启动成功，原因见上。")


def _follow(folder: Folder, write: Write, *, started: "subprocess.Popen[bytes] | None") -> None:
    """Show the start's lines until the instance is ready; Refused ``not_started`` if it gives up."""
    heard, shown = time.monotonic(), 0
    while True:
        ready = folder.read().get("state") == "ready" and folder.is_supervised()
        ended = started is not None and started.poll() is not None
        lines = folder.progress.read_text().splitlines() if folder.progress.exists() else []
        if len(lines) > shown:
            heard = time.monotonic()
        if started is not None:
            for line in lines[shown:]:
                write(line)
        shown = len(lines)
        if ready:
            return
        if ended or (started is None and not folder.is_supervised()):
            raise Refused("not_started", f"没有启动成功。详见 {folder.logs}。")
        if time.monotonic() - heard > START_SECONDS:
            raise Refused("start_too_slow", _too_slow(folder))
        time.sleep(0.1)


def _supervisor_pid(folder: Folder) -> int:
    """Return the pid that holds the lock: the file's, checked against what that process runs."""
    pid = int((folder.path / "supervisor.lock").read_text() or 0)
    if not pid or not psutil.pid_exists(pid):
        raise Refused("supervisor_unknown", f"找不到管理进程，请查看 {folder.path}。")
    return pid


def _folder() -> Folder:
    return Folder(env.path("YUNSHU_DATA"))
