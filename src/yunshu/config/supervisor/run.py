"""The supervisor's process: start everything in order, keep it alive, stop it in the reverse order.

``python -m yunshu.config.supervisor.run`` is what ``yunshu up`` leaves in the background. With ``--take-over`` it is the
same process as before with other code (``handover``): it adopts what runs and replaces it part by part (``rolling``).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from yunshu.config import env, logs
from yunshu.config.backup.restoring import require_whole
from yunshu.config.bootstrap import EmbeddedNats, EmbeddedPostgres, create_database, machine, migrate
from yunshu.config.bootstrap.databases import database_exists
from yunshu.config.supervisor import cascade, forks, handover, hub, ledger, world
from yunshu.config.supervisor.forks import Fork, Process
from yunshu.config.supervisor.front import answers, front, listen, serves
from yunshu.config.supervisor.hung import Hung
from yunshu.config.supervisor.parts import YUNSHU, Part, own_parts, program
from yunshu.config.supervisor.rolling import Rolling
from yunshu.config.supervisor.state import MARK, Folder, clear_leftovers
from yunshu.lib import bus
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
DATABASE = "yunshu"
READY_SECONDS = 120
TICK_SECONDS, LOOK_TICKS = 0.2, 10
SETUP_SECONDS = 900
NO_SUCH_COMMAND = 127
SCARCE_BYTES = 4 << 20
Say = Callable[[str], None]


class Supervisor:
    """One instance: its servers, its processes, its state."""

    def __init__(self, folder: Folder, say: Say, *, resume: bool = False) -> None:
        self.folder = folder
        self.say = say
        self.resume = resume
        self.parts: list[Part] = []
        self.values: dict[str, str] = {}
        self.owner_url = self.superuser_url = ""
        self.exchange = hub.Embedding()
        self.listener: socket.socket | None = None
        self.environment = dict(os.environ)
        """As it was at the first start, for whoever takes over."""
        self.turn, self.failure = 0, ""
        self.stopping = self.disk_was_full = False
        self.counts = folder.path / ".counts"
        """Where this instance's processes count together (``lib.observe.meters``)."""
        self.hung = Hung(folder.path, LOOK_TICKS * TICK_SECONDS, env.number("YUNSHU_HANG_SECONDS"))

    def start(self) -> None:
        """Bring everything up; raises Refused with the sentence for the operator."""
        require_whole(self.folder.path)
        self.folder.instance.unlink(missing_ok=True)
        os.environ.pop(MARK, None)  # ours stays in /proc; the servers' own clean-up finds PostgreSQL
        if clear_leftovers(self.folder.path):
            self.say("清理上一次遗留的进程")
        self.hung.clear()
        shutil.rmtree(self.counts, ignore_errors=True)
        self._settle_secrets()
        static = self._in_background("collectstatic", "--noinput", "-v0")
        self._name_postgres()
        self._name_nats()
        self._note("starting")
        commands = self._settle()
        with ThreadPoolExecutor(1) as beside:  # a process of its own: both cores have something to do
            migrated = beside.submit(self._migrate)
            self._finish_background(static, "整理静态文件")
            forks.warm(self.values)  # after the files are in place: what serves them lists them once
            migrated.result()
        self._load_city()
        self.say("启动网站、任务、转发、事实处理、监测、账本与数据交换进程")
        for part in self._own(commands):
            self.parts.append(part)
            part.start()
        self._wait_for_web()
        self._note("ready")

    def take_over(self, given: handover.Handover) -> None:
        """Adopt a running instance and put this code in the place of the other; hand it back where this code cannot serve."""
        self.turn, self.failure, self.environment = given.turn, given.failure, given.environment
        os.environ.pop(MARK, None)
        self.listener = socket.socket(fileno=given.listener)
        machine.GIVEN_PORTS.update(given.ports)
        self.folder.instance.unlink(missing_ok=True)
        self._settle_secrets()
        self._adopt_servers(given)
        commands = self._settle()
        try:
            own = self._prepare_own(commands, given)
        except Exception as error:
            if given.failure or given.before == handover.Program.ours():
                raise
            self._hand_back(given, error)
            raise
        rolling = Rolling(self.say, int(self.values["YUNSHU_PORT"]))
        try:
            if not given.failure:
                self._try_out()
            self.parts += rolling.adopt(own, given.parts) if given.failure else rolling.replace(own, given.parts)
        except Refused as refusal:
            self._hand_back(given, refusal)
            self.failure = refusal.message
            self.parts += rolling.adopt(own, given.parts)
        self.turn += 1
        self._note("ready")

    def _prepare_own(self, commands: dict[str, list[str]], given: handover.Handover) -> list[Part]:
        if not given.failure:
            self._finish_background(self._in_background("collectstatic", "--noinput", "-v0"), "整理静态文件")
        forks.warm(self.values)
        own = self._own(commands)
        self._note("rolling", given.parts)
        return own

    def _try_out(self) -> None:
        """Load the city and answer a few pages with this code. Raises Refused (``setup_failed``, ``new_release_fails``)."""
        self._load_city()
        self.say("试运行新版本的网站")
        if not serves(self._environment(), self.folder.logs):
            raise Refused("new_release_fails", f"新版本的网站不能应答，请查看 {self.folder.logs / 'web.log'}。")

    def _hand_back(self, given: handover.Handover, error: Exception) -> None:
        """Become the former program again, if it is another one; its processes have gone on all the while."""
        failure = error.message if isinstance(error, Refused) else repr(error)
        log.error("supervisor.not_replaced", error=failure)
        self.say(f"没有更换，原来的进程继续运行：{failure}")
        if given.before != handover.Program.ours():
            self.hand_over(given.before, given.parts, failure=failure)

    def hand_over(self, program: handover.Program, parts: dict[str, int], *, failure: str = "") -> None:
        """Become ``program``; returns only where that program cannot be executed."""
        assert self.listener is not None  # noqa: S101 - whoever keeps parts has it
        given = handover.Handover(
            lock=self.folder.lock_file,
            listener=self.listener.fileno(),
            turn=self.turn,
            before=handover.Program.ours(),
            environment=self.environment,
            ports=machine.PORTS,
            parts=parts,
            failure=failure,
        )
        handover.execute(self.folder, program, given)

    def keep(self) -> None:
        """Tend the parts until told to stop."""
        ticks, is_noted = 0, True
        while not self.stopping:
            is_noted = not any([part.tend() for part in self.parts]) and is_noted
            if program := handover.asked(self.folder):
                self._hand_over_to(program)
            ticks += 1
            self._watch_disk()
            try:
                if not is_noted:
                    self._note("ready")
                    is_noted = True
                if ticks % 150 == 0:
                    self.folder.rotate_logs(clock.now())
            except OSError as error:  # a full disk is no reason to stop what still runs
                if ticks % 50 == 0:
                    log.error("supervisor.not_noted", error=str(error))
            if ticks % LOOK_TICKS == 0:
                self.hung.look()
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """Stop the last first: Yunshu's own processes together, then NATS, then PostgreSQL (fast shutdown)."""
        servers = [part for part in self.parts if part.name in {"postgres", "nats"}]
        own = [part for part in self.parts if part not in servers]
        for part in own:
            part.ask_to_end()
        for part in own:
            part.finish()
        for part in reversed(servers):
            part.ask_to_end()
            part.finish()
        self.folder.instance.unlink(missing_ok=True)

    def _name_postgres(self, *, started: bool = True) -> None:
        given = env.text("DATABASE_URL")
        if given:
            self.say("使用 DATABASE_URL 指定的数据库")
            self.values["DATABASE_URL"], self.owner_url = given, env.text("DATABASE_OWNER_URL")
            return
        server = EmbeddedPostgres(self.folder.path, machine.free_port(54320))
        part = Part("postgres", server.launch, stop_signal=signal.SIGINT, stop_seconds=60)
        self.parts.append(part)
        if started:
            self.say("启动 PostgreSQL")
            server.start()
            part.process, part.started_at = server.process, time.monotonic()
            if not database_exists(server.superuser_url, DATABASE):
                create_database(server.superuser_url, DATABASE)
        self.superuser_url = server.superuser_url
        self.values["DATABASE_URL"], self.owner_url = server.app_url(DATABASE), server.owner_url(DATABASE)

    def _name_nats(self, *, started: bool = True) -> None:
        given = env.text("NATS_URL")
        if given:
            self.say("使用 NATS_URL 指定的消息服务")
            self.values["NATS_URL"] = given
            return
        os.environ[MARK] = str(self.folder.path)
        server = EmbeddedNats(self.folder.path, machine.free_port(42220))
        part = Part("nats", server.launch)
        self.parts.append(part)
        if started:
            self.say("启动 NATS")
            server.start()
            part.process, part.started_at = server.process, time.monotonic()
        self.values["NATS_URL"] = server.url

    def _migrate(self) -> None:
        if not self.owner_url:
            self.say("没有 DATABASE_OWNER_URL，跳过数据库迁移（方法见 docs/operate/deploy.md）")
            return
        self.say("检查并迁移数据库")
        migrate(self.owner_url, resume=self.resume)

    def _load_city(self) -> None:
        pack = env.path("YUNSHU_CITY")
        if not pack.is_dir():
            self.say(f"没有城市包 {pack}，跳过")
            return
        self.say(f"载入城市包 {pack.name}")
        loading = self._in_background("city", "load", str(pack))
        if loading.wait(SETUP_SECONDS) == NO_SUCH_COMMAND:
            self.say("没有 city load 命令，跳过")
            return
        self._finish_background(loading, "载入城市包")

    def _settle(self) -> dict[str, list[str]]:
        """Decide every address and setting; return the programs that the city's ledger and exchange need."""
        host = env.text("YUNSHU_HOST")
        port = machine.free_port(env.number("YUNSHU_PORT"), host)
        self.values |= {
            "YUNSHU_PORT": str(port),
            "YUNSHU_URL": env.text("YUNSHU_PUBLIC_URL") or f"http://{host}:{port}",
        }
        embedded = ledger.embedding(self.folder.path, self.values["NATS_URL"], clock.now())
        exchange = hub.embedding(self.folder.path, clock.now())
        upper = cascade.embedding(self.folder.path, clock.now())
        hotline = cascade.hotline(self.folder.path, clock.now())
        self.values |= embedded.values | exchange.values | upper.values | hotline.values
        self.exchange = exchange
        return embedded.commands | exchange.commands | upper.commands | hotline.commands

    def _own(self, commands: dict[str, list[str]]) -> list[Part]:
        """Return the parts that this code runs, the web first."""
        commands = commands | self._sample_world(self.exchange)
        environment, logs = self._environment(), self.folder.logs
        if self.listener is None:
            self.listener = listen(env.text("YUNSHU_HOST"), int(self.values["YUNSHU_PORT"]))
        others = [program(name, words, environment, logs) for name, words in commands.items()]
        parts = [front(environment, logs, self.listener), *own_parts(environment, logs), *others]
        for part in parts:
            part.on_end = self._relay_ended if part.name == "relay" else None
        return parts

    def _hand_over_to(self, program: handover.Program) -> None:
        self.say(f"交接给 {program.root}")
        try:
            self.hand_over(program, {part.name: part.process.pid for part in self.parts if part.process})
        except OSError as error:
            self.turn, self.failure = self.turn + 1, f"不能执行 {program.python}：{error}"
            self._note("ready")

    def _settle_secrets(self) -> None:
        secrets = machine.Secrets(self.folder.path)
        for shared in (self.counts, self.hung.folder):
            shared.mkdir(parents=True, exist_ok=True)
        self.values = {
            "YUNSHU_DATA": str(self.folder.path),
            "PROMETHEUS_MULTIPROC_DIR": str(self.counts),
            "YUNSHU_PULSES": str(self.hung.folder),
            "YUNSHU_SECRET_KEY": env.text("YUNSHU_SECRET_KEY") or secrets.get("django"),
            "YUNSHU_METRICS_TOKEN": env.text("YUNSHU_METRICS_TOKEN") or secrets.get("metrics"),
        }

    def _adopt_servers(self, given: handover.Handover) -> None:
        """Know the servers that go on running, and how to launch them again."""
        self._name_postgres(started=False)
        self._name_nats(started=False)
        for part in self.parts:
            if pid := given.parts.get(part.name):
                part.process, part.started_at = Fork(pid, ()), time.monotonic()
            else:
                part.start()

    def _watch_disk(self) -> None:
        """When a disk that was full has room again, start the message servers again: they store nothing until then (seen)."""
        free = shutil.disk_usage(self.folder.path).free
        if free < SCARCE_BYTES:
            self.disk_was_full = True
        elif self.disk_was_full and free > 4 * SCARCE_BYTES:
            self.disk_was_full = False
            self._start_again({"nats", "hub-bus"})

    def _relay_ended(self, code: int | None) -> None:
        """Start the message server again where the relay found that it is there and stores nothing."""
        if code == bus.REFUSED:
            self._start_again({"nats"})

    def _start_again(self, names: set[str]) -> None:
        for part in self.parts:
            if part.name in names:
                log.error("supervisor.messages_started_again", part=part.name)
                part.ask_to_end()

    def _sample_world(self, exchange: hub.Embedding) -> dict[str, list[str]]:
        """Make the sample departments at the first start; only where database and hub are embedded."""
        if not self.superuser_url or "YUNSHU_HUB_FOLDER" not in exchange.values or not env.yes("YUNSHU_SAMPLES"):
            return {}
        if not world.is_made(self.folder.path):
            self.say("建立示例部门的数据库、前置节点和共享协议")
            words = ("world", "make", str(world.folder_of(self.folder.path)), "--superuser-url", self.superuser_url)
            self._finish_background(self._in_background(*words), "建立示例世界")
        nodes = world.embedding(self.folder.path, self.superuser_url, exchange)
        self.values |= nodes.values
        return nodes.commands

    def _wait_for_web(self) -> None:
        self.say("等待网站就绪")
        host, deadline = env.text("YUNSHU_HOST"), time.monotonic() + READY_SECONDS
        reach = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        while not answers(reach, int(self.values["YUNSHU_PORT"]), seconds=5):
            if self.stopping or time.monotonic() > deadline:
                raise Refused("web_not_ready", f"网站没有就绪，请查看 {self.folder.logs / 'web.log'}。")
            for part in self.parts:
                part.tend()
            time.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        return os.environ | self.values | {MARK: str(self.folder.path), "PYTHONUNBUFFERED": "1"}

    def _in_background(self, *words: str) -> Process:
        log = self.folder.logs / "setup.log"
        return forks.start([*YUNSHU, *words], log=log, env=self._environment(), cwd=env.ROOT)

    def _finish_background(self, process: Process, name: str) -> None:
        if process.wait(SETUP_SECONDS):
            lines = (self.folder.logs / "setup.log").read_text(errors="replace").strip().splitlines()
            raise Refused(
                "setup_failed",
                f"{name}失败：{lines[-1].removeprefix('错误：') if lines else ''}（详见 {self.folder.logs / 'setup.log'}）",
            )

    def _note(self, state: str, pids: dict[str, int] | None = None) -> None:
        """Write ``instance.json``; ``pids``: of the parts that run, where they are not ours yet."""
        known = {part.name: part.process.pid for part in self.parts if part.process is not None}
        restarts = {part.name: part.restarts for part in self.parts}
        parts = {name: {"pid": pid, "restarts": restarts.get(name, 0)} for name, pid in (pids or known).items()}
        about = {"turn": self.turn, "failure": self.failure, "root": str(env.ROOT)}
        words = {"state": state, "supervisor": os.getpid(), "env": self.values, "parts": parts}
        self.folder.write(words | about)


def supervise(folder: Folder, say: Say, *, resume: bool = False, given: handover.Handover | None = None) -> int:
    """Run one instance until SIGTERM or Ctrl-C; the caller holds the lock. Return the exit code.

    ``given``: the instance runs already, and was handed over.
    """
    supervisor = Supervisor(folder, say, resume=resume)

    def stop(_signum: int, _frame: FrameType | None) -> None:
        supervisor.stopping = True

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    try:
        if given is None:
            supervisor.start()
        else:
            supervisor.take_over(given)
        say("就绪")
        supervisor.keep()
    except Refused as refusal:
        say(f"停止：{refusal.message}")
        return 1
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        log.exception("supervisor.failed")
        say(f"停止：{error}")
        return 1
    finally:
        supervisor.stop()
        folder.unlock()
    return 0


def timed(write: Callable[[str], Any]) -> Say:
    """Return a ``say`` that puts the seconds since the start before each line."""
    began = time.monotonic()
    return lambda line: (write(f"[{time.monotonic() - began:5.1f} 秒] {line}"), None)[1]


def main() -> None:
    """Be the supervisor in the background: the start's lines go to ``logs/start.log``."""
    logs.configure()
    folder = Folder(env.path("YUNSHU_DATA"))
    given = handover.read(folder) if handover.WORD in sys.argv else None
    if given is not None:
        folder.take_lock(given.lock)
    elif not folder.lock():
        sys.exit(0)
    progress = folder.progress

    def write(line: str) -> None:
        with Path(progress).open("a") as file:
            file.write(line + "\n")

    sys.exit(supervise(folder, timed(write), resume="--resume" in sys.argv, given=given))


if __name__ == "__main__":
    main()
