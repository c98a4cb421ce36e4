"""The migrated cluster that every test session copies: made once for each state of the migrations."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from yunshu.config.bootstrap import EmbeddedPostgres, create_database, ensure_roles, migrate

NAME = "template_yunshu"
ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".pytest_cache" / "cluster"


def started_in(folder: Path, *, durable: bool = False) -> EmbeddedPostgres:
    """Start a throw-away server in ``folder``, holding the migrated database :data:`NAME`."""
    subprocess.run(["cp", "-a", f"{_cluster()}/.", str(folder)], check=True)
    server = EmbeddedPostgres(folder, durable=durable)
    server.start()
    return server


def _cluster() -> Path:
    """Return the folder to copy; the first session that needs it makes it, the others wait."""
    wanted = CACHE / _state()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            _make(wanted)
    return wanted


def _make(wanted: Path) -> None:
    for old in CACHE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    with tempfile.TemporaryDirectory(prefix="yunshu-pg-") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        try:
            ensure_roles(server.superuser_url)
            create_database(server.superuser_url, NAME)
            migrate(server.owner_url(NAME))
        finally:
            server.stop()
        draft = CACHE / "draft"
        subprocess.run(["cp", "-a", str(folder), str(draft)], check=True)
        draft.rename(wanted)


def _state() -> str:
    """Return the digest of all that shapes the database: migrations, the making of a cluster, the lock file."""
    source = ROOT / "src" / "yunshu"
    shaping = [*(source / "config" / "bootstrap").glob("*.py"), *(source / "lib" / "migrating").glob("*.py")]
    files = [*source.rglob("migrations/*.py"), *shaping, ROOT / "uv.lock"]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:32]
