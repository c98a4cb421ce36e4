"""What the machine is asked: free ports, a user for PostgreSQL, secrets on disk, children that die with us."""

import ctypes
import json
import os
import pwd
import random
import secrets
import signal
import socket
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

SERVICE_USER = "yunshu-pg"
PORTS: dict[str, int] = {}
"""What ``free_port`` has answered in this process, for whoever takes the instance over."""
GIVEN_PORTS: dict[str, int] = {}
"""What it answered before this instance was taken over: its parts still listen there, so the answer is the same."""
ANY_PORTS = range(24_000, 32_000)
"""Where a port comes from that nobody prefers. Below what kernels lend to outgoing connections (Linux: 32768 and up):
a port of theirs, free when asked, may be somebody's before we listen on it."""
_LENT: set[int] = set()
_CLAIMS: dict[str, socket.socket] = {}
"""What keeps other processes from choosing a port that we chose and nobody listens on yet: names of sockets without a file,
which the kernel gives to one process only, for as long as that lives (``man 7 unix``, abstract)."""
os.register_at_fork(after_in_child=_CLAIMS.clear)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody could listen on ``port`` now, by TCP and by UDP."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stream.bind((host, port))
            datagrams.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None, host: str = "127.0.0.1", tries: int = 50) -> int:
    """Return ``preferred`` or the next port above it that is free; without a preference any free one."""
    if preferred:
        asked = f"{host} {preferred}"
        near = range(preferred, min(preferred + tries, 65536))
        found = GIVEN_PORTS.get(asked) or next((port for port in near if _is_ours(port, host)), None)
        if found:
            _claim(found, host)
            PORTS[asked] = found
            return found
    return free_ports(1, host)


def free_ports(count: int, host: str = "127.0.0.1") -> int:
    """Return the first of ``count`` free ports in a row; this process is never given one of them again."""
    for _ in range(len(ANY_PORTS)):
        first = random.randrange(ANY_PORTS.start, ANY_PORTS.stop - count + 1)  # noqa: S311 - no secret
        ports = range(first, first + count)
        if _LENT.isdisjoint(ports) and all(_is_ours(port, host) for port in ports):
            _LENT.update(ports)
            return first
    raise RuntimeError(f"no {count} free ports in a row between {ANY_PORTS.start} and {ANY_PORTS.stop}")


def _is_ours(port: int, host: str) -> bool:
    """Say whether ``port`` is free and, from now on, ours to listen on."""
    return port_is_free(port, host) and _claim(port, host)


def _claim(port: int, host: str) -> bool:
    """Keep other processes of ours from choosing ``port``; say whether nobody else has."""
    name = f"yunshu port {host} {port}"
    if name in _CLAIMS:
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0{name}")
    except OSError:
        claim.close()
        return False
    _CLAIMS[name] = claim
    return True


def service_user() -> str | None:
    """Return the unprivileged user PostgreSQL must run as when we are root (made if absent); None when we are not."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER]
        # 9: another process was faster
        if subprocess.run(command, capture_output=True, check=False).returncode not in (0, 9):  # noqa: S603
            raise RuntimeError(f"cannot create the system user {SERVICE_USER}") from None
    return SERVICE_USER


def make_traversable(path: Path) -> None:
    """Let others pass through (not read) ``path`` and the folders above it, so that the service user gets in."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def private_folder(path: Path, owner: str | None = None) -> Path:
    """Make ``path`` a folder that only ``owner`` (None: we) may enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if owner:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def write_private(path: Path, text: str) -> None:
    """Write ``text`` so that only we can read it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def database_url(like: str, name: str, password: str) -> str:
    """Return the address of database ``name``, as the role of the same name, on the server of ``like``."""
    place = urlsplit(like)
    return place._replace(netloc=f"{name}:{quote(password)}@{place.hostname}:{place.port}", path=f"/{name}").geturl()


class Secrets:
    """The passwords of the embedded servers, made once, in ``<data>/secrets.json`` (0600)."""

    def __init__(self, data: Path) -> None:
        self._path = data / "secrets.json"

    def get(self, name: str) -> str:
        """Return the secret called ``name``; it is made at the first question."""
        known: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            write_private(self._path, json.dumps(known, indent=1))
        return known[name]


def as_user(user: str | None) -> dict[str, Any]:
    """Return the keywords that make ``subprocess`` drop root's privileges, groups included; nothing for None."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def dies_with_parent(signum: int) -> Callable[[], None]:
    """Return a ``preexec_fn``: the child gets ``signum`` when the thread that started it ends, however it ends."""
    parent = os.getpid()
    return lambda: die_with(parent, signum)


def die_with(parent: int, signum: int) -> None:
    """Arrange in a child that it gets ``signum`` when the thread of ``parent`` that made it ends, also if it has ended already."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def spawn(
    command: Sequence[str],
    *,
    log: IO[bytes] | None = None,
    env: dict[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session that ends when we do; ``user`` drops root's privileges for good."""
    sink: Any = log if log is not None else subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT if log is not None else subprocess.DEVNULL,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=dies_with_parent(death_signal),
        **as_user(user),
    )


def end(process: subprocess.Popen[bytes], signum: int, seconds: float) -> None:
    """Ask ``process`` to end with ``signum``; kill it when ``seconds`` pass."""
    if process.poll() is None:
        process.send_signal(signum)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
