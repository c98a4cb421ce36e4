"""What of an instance is backed up, from where, and where it goes.

| in the data folder | how |
|---|---|
| ``postgres/`` | base backup and write-ahead log (``database``) |
| ``nats/`` | the ledger's streams by JetStream's snapshot; ``FACTS`` not: the outbox in the database is its original |
| ``files/``, ``evidence/``, ``samples/`` … | as files, new content only |
| ``secrets.json``, ``hub/``, ``cascade/``, ``world/`` (keys, cards, journals) | the same; SQLite by its own backup |
| ``ledger/`` (members) | the same, after the database's last moment: the ledger is never behind what the database calls final |
| ``logs/``, ``static/``, locks, addresses | not: made anew |
"""

import re
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from yunshu.config import env
from yunshu.config.bootstrap import machine
from yunshu.config.bootstrap.databases import APP
from yunshu.lib.kernel.errors import Refused

SPOOL, STATUS, RESTORING = "backup-wal", "backup.json", ".restoring"
DATABASE = "yunshu"
_LEFT_OUT = re.compile(
    r"(postgres|postgres\.new|nats|logs|static|backup-wal|instance\.json|backup\.json|supervisor\.lock|\.restoring)"
    r"|\.[^/]*|(.*/)?(lock|[^/]*\.pid|[^/]*\.sock)|hub/store/.*/index\.db"  # JetStream makes its index anew
)


@dataclass(frozen=True)
class Source:
    """A PostgreSQL server to be backed up: its address as somebody who may replicate, and Yunshu's database on it."""

    url: str
    database: str
    is_embedded: bool

    @property
    def user(self) -> str:
        """The role of the address."""
        return str(conninfo_to_dict(self.url).get("user") or "postgres")

    @property
    def password(self) -> str:
        """The password, for the environment of a program: never for its arguments."""
        return str(conninfo_to_dict(self.url).get("password") or "")

    def shown(self) -> str:
        """Return the address without its password."""
        return make_conninfo("", **{key: v for key, v in conninfo_to_dict(self.url).items() if key != "password"})

    def of(self, database: str) -> str:
        """Return the address of another database on the server."""
        return make_conninfo(self.url, dbname=database)


def data() -> Path:
    """Return the data folder."""
    return env.path("YUNSHU_DATA")


def is_left_out(name: str) -> bool:
    """Say whether a path in the data folder is no part of a backup of files."""
    return _LEFT_OUT.fullmatch(name) is not None


def source() -> Source | None:
    """Return the server to back up; None where the database is elsewhere and nobody told how to replicate it.

    Raises Refused (``not_running``) where the embedded server is not running.
    """
    app = env.text("DATABASE_URL")
    name = str(conninfo_to_dict(app).get("dbname") or DATABASE) if app else DATABASE
    if given := env.text("YUNSHU_BACKUP_DATABASE_URL"):
        return Source(given, name, is_embedded=False)
    if not (data() / "postgres" / "PG_VERSION").exists():
        return None
    if not app or conninfo_to_dict(app).get("user") != APP:
        raise Refused("not_running", f"{data()} 的数据库没有运行，请先执行 make up，再备份。")
    password = machine.Secrets(data()).get("postgres")
    url = make_conninfo(app, user="postgres", password=password, dbname="postgres")
    return Source(url, name, is_embedded=True)


def nats_url() -> str:
    """Return the embedded server's address; "" where NATS is elsewhere: whoever keeps it backs it up, by its three copies."""
    return env.text("NATS_URL") if (data() / "nats" / "nats.conf").exists() else ""


def folder() -> Path:
    """Return the folder of the repository. Raises Refused (``backup_folder_missing``, ``backup_folder_inside``)."""
    given = env.text("YUNSHU_BACKUP_FOLDER")
    if not given:
        raise Refused(
            "backup_folder_missing",
            "没有设置备份目录：请把 YUNSHU_BACKUP_FOLDER 设为另一块盘或另一台机器上的目录（见 docs/operate/backup.md）。",
        )
    path = Path(given).resolve()
    if path == data() or data() in path.parents:
        raise Refused("backup_folder_inside", f"备份目录 {path} 在数据目录之内，盘坏时会一起丢失，请换到别处。")
    return path


def passphrase() -> str:
    """Return the passphrase of the repository: the setting's, else the one in ``secrets.json``, made at the first question."""
    return env.text("YUNSHU_BACKUP_PASSPHRASE") or machine.Secrets(data()).get("backup")
