"""The supervisor's process: start everything in order, keep it alive, stop it in the reverse order.

``python -m yunshu.config.supervisor.run`` is what ``yunshu up`` leaves in the background.
"""

import http.client
import os
import shutil
import signal
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
from yunshu.config.supervisor import cascade, forks, hub, ledger, world
from yunshu.config.supervisor.forks import Process
from yunshu.config.supervisor.parts import YUNSHU, Part, own_parts, program
from yunshu.config.supervisor.state import MARK, Folder, clear_leftovers
from yunshu.lib import bus
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
DATABASE = "yunshu"
READY_SECONDS = 120
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
        self.stopping = self.disk_was_full = False

    def start(self) -> None:
        """Bring everything up; raises Refused with the sentence for the operator."""
        require_whole(self.folder.path)
        self.folder.instance.unlink(missing_ok=True)
        os.environ.pop(MARK, None)  # ours stays in /proc; the servers' own clean-up finds PostgreSQL
        if clear_leftovers(self.folder.path):
            self.say("清理上一次遗留的进程")
        secrets = machine.Secrets(self.folder.path)
        self.values = {
            "YUNSHU_DATA": str(self.folder.path),
            "YUNSHU_SECRET_KEY": env.text("YUNSHU_SECRET_KEY") or secrets.get("django"),
            "YUNSHU_METRICS_TOKEN": env.text("YUNSHU_METRICS_TOKEN") or secrets.get("metrics"),
        }
        static = self._in_background("collectstatic", "--noinput", "-v0")
        self._start_postgres()
        self._start_nats()
        self._note("starting")
        commands = self._settle()
        with ThreadPoolExecutor(1) as beside:  # a process of its own: both cores have something to do
            migrated = beside.submit(self._migrate)
            self._finish_background(static, "整理静态文件")
            forks.warm(self.values)  # after the files are in place: what serves them lists them once
            migrated.result()
        self._load_city()
        self._start_own(commands)
        self._note("ready")

    def keep(self) -> None:
        """Tend the parts until told to stop."""
        ticks, is_noted = 0, True
        while not self.stopping:
            is_noted = not any([part.tend() for part in self.parts]) and is_noted
            ticks += 1
            self._watch_disk()
            try:
                if not is_noted:
                    self._note("ready")
                    is_noted = True
                if ticks % 150 == 0:
                    self.folder.rotate_logs()
            except OSError as error:  # a full disk is no reason to stop what still runs
                if ticks % 50 == 0:
                    log.error("supervisor.not_noted", error=str(error))
            time.sleep(0.2)

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

    def _start_postgres(self) -> None:
        given = env.text("DATABASE_URL")
        if given:
            self.say("使用 DATABASE_URL 指定的数据库")
            self.values["DATABASE_URL"], self.owner_url = given, env.text("DATABASE_OWNER_URL")
            return
        self.say("启动 PostgreSQL")
        server = EmbeddedPostgres(self.folder.path, machine.free_port(54320))
        part = Part("postgres", server.launch, stop_signal=signal.SIGINT, stop_seconds=60)
        self.parts.append(part)
        server.start()
        part.process, part.started_at = server.process, time.monotonic()
        self.superuser_url = server.superuser_url
        if not database_exists(server.superuser_url, DATABASE):
            create_database(server.superuser_url, DATABASE)
        self.values["DATABASE_URL"], self.owner_url = server.app_url(DATABASE), server.owner_url(DATABASE)

    def _start_nats(self) -> None:
        given = env.text("NATS_URL")
        if given:
            self.say("使用 NATS_URL 指定的消息服务")
            self.values["NATS_URL"] = given
            return
        self.say("启动 NATS")
        os.environ[MARK] = str(self.folder.path)
        server = EmbeddedNats(self.folder.path, machine.free_port(42220))
        part = Part("nats", server.launch)
        self.parts.append(part)
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

    def _start_own(self, commands: dict[str, list[str]]) -> None:
        commands = commands | self._sample_world(self.exchange)
        self.say("启动网站、任务、转发、事实处理、监测、账本与数据交换进程")
        host, port = env.text("YUNSHU_HOST"), int(self.values["YUNSHU_PORT"])
        environment, logs = self._environment(), self.folder.logs
        others = [program(name, words, environment, logs) for name, words in commands.items()]
        for part in [*own_parts(environment, logs, host, port), *others]:
            part.on_end = self._relay_ended if part.name == "relay" else None
            self.parts.append(part)
            part.start()
        self._wait_for_web(host, port)

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

    def _wait_for_web(self, host: str, port: int) -> None:
        self.say("等待网站就绪")
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(host, port):
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

    def _note(self, state: str) -> None:
        parts = {
            part.name: {"pid": part.process.pid, "restarts": part.restarts}
            for part in self.parts
            if part.process is not None
        }
        self.folder.write({"state": state, "supervisor": os.getpid(), "env": self.values, "parts": parts})


def _answers(host: str, port: int) -> bool:
    reach = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(reach, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def supervise(folder: Folder, say: Say, *, resume: bool = False) -> int:
    """Run one instance until SIGTERM or Ctrl-C; the caller holds the lock. Return the exit code."""
    supervisor = Supervisor(folder, say, resume=resume)

    def stop(_signum: int, _frame: FrameType | None) -> None:
        supervisor.stopping = True

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    try:
        supervisor.start()
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
    if not folder.lock():
        sys.exit(0)
    progress = folder.progress

    def write(line: str) -> None:
        with Path(progress).open("a") as file:
            file.write(line + "\n")

    sys.exit(supervise(folder, timed(write), resume="--resume" in sys.argv))


if __name__ == "__main__":
    main()
