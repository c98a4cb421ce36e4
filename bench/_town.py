"""Machines of a larger town on loopback, from the files of ``deploy/scale/``: two databases, three message servers, two web servers
behind nginx, two of each of the processes behind them. What dies is started again after a second, as systemd does (``Restart=always``).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from _seed import DATABASE, seeded

from yunshu.config import env
from yunshu.config.bootstrap import EmbeddedPostgres, machine, nats_server
from yunshu.config.bootstrap.databases import APP
from yunshu.config.bootstrap.postgres import BINARIES

FILES = env.ROOT / "deploy" / "scale"
AGAIN_SECONDS, WAIT_SECONDS = 1.0, 120
STANDBY = "yunshu_standby"


@dataclass
class Machine:
    """One process that is kept alive until it is given up."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    user: str | None = None
    signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    given_up: bool = False
    restarts: int = 0

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = machine.spawn(self.command, log=log, env=self.environment, user=self.user, cwd=Path("/"))

    def kill(self) -> None:
        """Kill it and what it forked, at one blow."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@dataclass
class Town:
    """All machines; ``folder`` is theirs."""

    folder: Path
    machines: dict[str, Machine] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        names = (
            "db1",
            "db2",
            "nats1",
            "nats2",
            "nats3",
            "route1",
            "route2",
            "route3",
            "monitor1",
            "monitor2",
            "monitor3",
            "web1",
            "web2",
            "nginx",
        )
        self.ports: dict[str, int] = {}
        for name in names:
            self.ports[name] = machine.free_port()
        self.secrets = machine.Secrets(self.folder)
        self.user = machine.service_user()
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        machine.make_traversable(self.folder)

    def start(self) -> None:
        """Start everything, the servers first."""
        self._databases()
        self._messages()
        self._processes()
        self._nginx()
        threading.Thread(target=self._keep, daemon=True).start()
        wait(self.healthy, "the web")

    def stop(self) -> None:
        """End everything, the servers last."""
        self.stopped.set()
        for each in reversed(self.machines.values()):
            if each.process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(each.process.pid, signal.SIGKILL)

    def add(self, name: str, command: list[str], environment: dict[str, str], user: str | None = None) -> Machine:
        """Start a machine that is kept alive."""
        made = Machine(name, command, environment, self.folder / "logs" / f"{name}.log", user)
        self.machines[name] = made
        made.start()
        return made

    @property
    def url(self) -> str:
        """nginx's address."""
        return f"http://127.0.0.1:{self.ports['nginx']}"

    def healthy(self) -> bool:
        """Say whether a web process answers through nginx, database and messages included."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # databases ------------------------------------------------------------------------------------------------------------

    def _databases(self) -> None:
        first = self.folder / "db1"
        first.mkdir()
        server: EmbeddedPostgres = seeded(first)
        self.passwords = {name: machine.Secrets(first).get(name) for name in ("postgres", APP)}
        server.stop()
        self._configure(first / "postgres")
        self.add("db1", self._postgres("db1"), self._plain(), self.user)
        wait(lambda: self.writable("db1"), "the primary")
        self.standby("make", "db1", str(self.folder / "db2" / "postgres"))
        self.add("db2", self._postgres("db2"), self._plain(), self.user)
        wait(self.in_step, "the standby")
        self.standby("back", "db1")

    def _configure(self, cluster: Path) -> None:
        shutil.copy(FILES / "postgresql.conf", cluster / "yunshu-postgresql.conf")
        with (cluster / "postgresql.conf").open("a") as file:
            file.write("include = 'yunshu-postgresql.conf'\n")
        with (cluster / "pg_hba.conf").open("a") as file:
            file.write(
                (FILES / "pg_hba.conf")
                .read_text()
                .replace("10.0.0.0/8", "127.0.0.0/8")
                .replace("yunshu_replica", "postgres")
            )
        self._own(cluster)

    def _own(self, path: Path) -> None:
        if self.user:
            for each in (path, *path.rglob("*")):
                shutil.chown(each, self.user, self.user)

    def _postgres(self, name: str) -> list[str]:
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={self.ports[name]}",
            "unix_socket_directories=",
            "shared_buffers=128MB",
        ]
        cluster = self.folder / name / "postgres"
        return [str(BINARIES / "postgres"), "-D", str(cluster), *(word for each in settings for word in ("-c", each))]

    def standby(self, verb: str, where: str, *words: str) -> str:
        """Run ``deploy/scale/standby.sh``, as its operator does."""
        environment = self._plain() | {
            "PATH": f"{BINARIES}:{os.environ['PATH']}",
            "PGPASSWORD": self.passwords["postgres"],
        }
        if verb == "make":
            Path(words[0]).parent.mkdir(mode=0o755, exist_ok=True)
            self._own(Path(words[0]).parent)
        url = f"host=127.0.0.1 port={self.ports[where]} user=postgres dbname=postgres"
        if verb == "make":
            url += f" password={self.passwords['postgres']}"
        done = subprocess.run(
            [str(FILES / "standby.sh"), verb, url, *words], env=environment, capture_output=True, text=True, check=False, cwd="/",
            **machine.as_user(self.user),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"standby.sh {verb}: {done.stdout} {done.stderr}")
        return done.stdout

    def at(self, name: str, dbname: str = DATABASE) -> psycopg.Connection[Any]:
        """Open one of the databases as the superuser."""
        return psycopg.connect(
            host="127.0.0.1", port=self.ports[name], user="postgres", password=self.passwords["postgres"], dbname=dbname,
            autocommit=True, connect_timeout=3,
        )  # fmt: skip

    def writable(self, name: str) -> bool:
        """Say whether a database answers and is no standby."""
        with suppress(psycopg.Error), self.at(name) as connection:
            return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        return False

    def in_step(self) -> bool:
        """Say whether the standby follows."""
        with suppress(psycopg.Error), self.at("db1") as connection:
            query = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"
            return connection.execute(query, [STANDBY]).fetchone() == (1,)
        return False

    def primary(self) -> str:
        """Return which database may be written to."""
        return next((name for name in ("db1", "db2") if self.writable(name)), "")

    # messages and processes ----------------------------------------------------------------------------------------------------

    def _messages(self) -> None:
        token, route = self.secrets.get("nats"), self.secrets.get("route")
        routes = {
            f"NATS_ROUTE_{n}": f"nats-route://route:{route}@127.0.0.1:{self.ports[f'route{n}']}" for n in (1, 2, 3)
        }
        for n in (1, 2, 3):
            own = {
                "NATS_NAME": f"nats{n}", "NATS_PORT": str(self.ports[f"nats{n}"]), "NATS_CLUSTER_PORT": str(self.ports[f"route{n}"]),
                "NATS_STORE": str(self.folder / f"nats{n}"), "NATS_TOKEN": token, "NATS_ROUTE_TOKEN": route,
            }  # fmt: skip
            command = [
                nats_server(),
                "-c",
                str(FILES / "nats.conf"),
                "-a",
                "127.0.0.1",
                "-m",
                str(self.ports[f"monitor{n}"]),
            ]
            self.add(f"nats{n}", command, self._plain() | routes | own)
        self.nats_url = ",".join(f"nats://{token}@127.0.0.1:{self.ports[f'nats{n}']}" for n in (1, 2, 3))
        wait(lambda: self.leader() != "", "a leader of the messages")

    def leader(self, stream: str = "") -> str:
        """Return which server leads (a stream, or all of JetStream)."""
        for n in (1, 2, 3):
            with suppress(OSError, ValueError, KeyError, TypeError):
                address = f"http://127.0.0.1:{self.ports[f'monitor{n}']}/jsz?streams=1"
                with urllib.request.urlopen(address, timeout=2) as answer:
                    told = json.loads(answer.read())
                if not stream:
                    return str(told["meta_cluster"]["leader"])
                streams = [each for account in told["account_details"] for each in account["stream_detail"]]
                return str(next(each["cluster"]["leader"] for each in streams if each["name"] == stream))
        return ""

    def environment(self) -> dict[str, str]:
        """Return what every process of ours is told."""
        hosts = ",".join(f"127.0.0.1:{self.ports[name]}" for name in ("db1", "db2"))
        declared = {variable.name for variable in env.VARIABLES}
        ours = {
            "DATABASE_URL": f"postgresql://{APP}:{quote(self.passwords[APP])}@{hosts}/{DATABASE}",
            "NATS_URL": self.nats_url,
            "YUNSHU_NATS_REPLICAS": "3",
            "YUNSHU_DATA": str(self.folder / "shared"),
            "YUNSHU_SECRET_KEY": self.secrets.get("django"),
            "YUNSHU_TRUSTED_PROXIES": "127.0.0.1",
            "YUNSHU_LOG": "warning",
            "PYTHONUNBUFFERED": "1",
        }
        return {key: value for key, value in os.environ.items() if key not in declared} | ours

    def yunshu(self, *words: str) -> str:
        """Run a command of ours in the town."""
        command = [sys.executable, "-m", "yunshu.config.cli", *words]
        done = subprocess.run(
            command, env=self.environment(), cwd=env.ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stdout[-1000:]} {done.stderr[-2000:]}")
        return done.stdout

    def _processes(self) -> None:
        (self.folder / "shared").mkdir()
        self.yunshu("collectstatic", "--noinput", "-v0")
        self.yunshu("city", "load", str(env.ROOT / "cities" / "jieyang"))
        for n in (1, 2):
            self.add(f"web{n}", self._web(n), self.environment())
            for name, words in (
                ("worker", ("jobs", "work")),
                ("relay", ("outbox", "relay")),
                ("handlers", ("outbox", "handle")),
            ):
                self.add(f"{name}{n}", [sys.executable, "-m", "yunshu.config.cli", *words], self.environment())

    def _web(self, n: int) -> list[str]:
        unit = (env.ROOT / "deploy" / "systemd" / "yunshu-web.service").read_text()
        line = next(each for each in unit.splitlines() if each.startswith("ExecStart="))
        words = (
            line.partition("granian ")[2]
            .replace("--port 8000", f"--port {self.ports[f'web{n}']}")
            .replace("--workers 4", "--workers 1")
        )
        return [sys.executable, "-m", "granian", *words.split()]

    def _nginx(self) -> None:
        texts = {name: (FILES / f"nginx-{name}.conf").read_text() for name in ("upstream", "location")}
        upstream = (
            texts["upstream"]
            .replace("web1:8000", f"127.0.0.1:{self.ports['web1']}")
            .replace("web2:8000", f"127.0.0.1:{self.ports['web2']}")
        )
        place = self.folder / "nginx"
        place.mkdir()
        paths = "".join(
            f"    {kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (place / "nginx.conf").write_text(
            f"daemon off;\nuser root;\npid {place}/pid;\nerror_log {place}/error.log warn;\nevents {{}}\nhttp {{\n{paths}    access_log off;\n{upstream}\n"
            f"server {{\n listen 127.0.0.1:{self.ports['nginx']};\n{texts['location']}\n}}\n}}\n"
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.add("nginx", [program, "-p", str(place), "-c", str(place / "nginx.conf")], self._plain())

    def _keep(self) -> None:
        """Start again what died, a second later."""
        dead: dict[str, float] = {}
        while not self.stopped.wait(0.05):
            for name, each in list(self.machines.items()):
                if each.given_up or each.process is None or each.process.poll() is None:
                    dead.pop(name, None)
                elif time.monotonic() - dead.setdefault(name, time.monotonic()) > AGAIN_SECONDS:
                    each.restarts += 1
                    each.start()
                    dead.pop(name)

    @staticmethod
    def _plain() -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def wait(condition: Callable[[], object], what: str) -> None:
    """Wait until it holds; raise RuntimeError where it does not in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not come in {WAIT_SECONDS} s")
        time.sleep(0.1)
