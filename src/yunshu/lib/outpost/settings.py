"""A node's own settings, in TOML, written by whoever runs the department's machine; the hub never sees them.

    hub = ["tls://hub.example:4222"]
    ca = "hub.crt"                         # who vouches for the hub's server, beside this file; else the machine's authorities
    version = "0.1.0"
    keep_log_days = 30                     # a followed table's log that nobody read for so long is let go

    [databases.main]                       # an alias; orders name this
    url = "postgresql://reader:…@127.0.0.1/population"
    send = ["public.gaj_hjrk", "shared.*"] # what may leave; nothing unless named
    receive = "incoming"                   # the schema that deliveries are written to; none if absent

    [databases.exports]
    folder = "/srv/exports"                # CSV, XLSX, JSON and Parquet files; a table is a file's name
    send = ["*.csv"]

Other kinds: ``url = "mysql+pymysql://…"`` (any dialect of SQLAlchemy), ``sftp = "user@host:port/folder"`` with ``key_file``
and ``known_hosts``, ``http = "https://host/path"`` (answers a JSON list of objects). ``[services.…]`` names HTTP services that may be asked
through this node (``calling``).
"""

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from yunshu.lib.kernel.errors import Refused

FILE = "node.toml"
POSTGRES = ("postgresql://", "postgres://")
MOST = 100_000
"""Seconds or days: more is a mistake in typing."""
_KINDS = ("url", "folder", "sftp", "http")


@dataclass(frozen=True, kw_only=True)
class Database:
    """One place that this node may read or write. ``kind`` is one of url, folder, sftp, http; ``at`` its address."""

    alias: str
    kind: str
    at: str
    send: tuple[str, ...] = ()
    receive: str = ""
    login: dict[str, str] = field(default_factory=dict)

    @property
    def is_postgres(self) -> bool:
        """Whether PostgreSQL's own protocol is spoken there (openGauss and KingbaseES speak it, too: untested here)."""
        return self.kind == "url" and self.at.startswith(POSTGRES)

    def see_that_may_leave(self, table: str) -> None:
        """Raise Refused (``table_closed``) unless the owner of this node lets ``table`` leave."""
        if not any(fnmatchcase(table, pattern) for pattern in self.send):
            raise Refused(
                "table_closed", f"本节点未允许 {self.alias} 的 {table} 对外提供，请在节点设置的 send 中登记。"
            )

    def see_that_may_come(self) -> str:
        """Return the schema for what comes; raise Refused (``database_closed``) if nothing may."""
        if not self.receive or not self.is_postgres:
            raise Refused("database_closed", f"本节点的 {self.alias} 不接收数据，请在节点设置的 receive 中指定模式。")
        return self.receive


@dataclass(frozen=True, kw_only=True)
class Service:
    """An HTTP service that this node may call (``calling`` says what each word means)."""

    name: str
    url: str
    method: str
    parameters: dict[str, str]
    items: dict[str, str]
    rows: str
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class NodeSettings:
    """All of a node's settings."""

    hub: tuple[str, ...]
    databases: dict[str, Database]
    ca: str = ""
    version: str = ""
    patience_s: float = 600.0
    keep_log_days: float = 30.0
    services: dict[str, Service] = field(default_factory=dict)

    def service(self, name: str) -> Service:
        """Return one service; raise Refused (``service_unknown``)."""
        if name not in self.services:
            raise Refused("service_unknown", f"本节点没有名为 {name[:40]} 的服务，请在节点设置的 services 中登记。")
        return self.services[name]

    def database(self, alias: str) -> Database:
        """Return one database; raise Refused (``database_unknown``)."""
        if alias not in self.databases:
            raise Refused("database_unknown", f"本节点没有名为 {alias[:40]} 的数据库。")
        return self.databases[alias]


def read(path: Path) -> NodeSettings:
    """Read the file; raise Refused (``settings_missing``, ``settings_malformed``) saying what and where."""
    try:
        words = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise Refused("settings_missing", f"没有节点设置文件 {path}。") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused("settings_malformed", f"{path} 不是有效的 TOML：{error}") from error
    hub, databases = words.get("hub"), words.get("databases", {})
    if not isinstance(hub, list) or not hub or not isinstance(databases, dict):
        raise Refused("settings_malformed", f"{path} 须有 hub（地址列表）和 [databases.…]。", where="hub")
    found = {alias: _database(path, alias, each) for alias, each in databases.items()}
    return NodeSettings(
        hub=tuple(map(str, hub)),
        databases=found,
        ca=str(words.get("ca", "")),
        version=str(words.get("version", "")),
        patience_s=_number(path, words, "patience_s", 600),
        keep_log_days=_number(path, words, "keep_log_days", 30),
        services={name: _service(path, name, each) for name, each in words.get("services", {}).items()},
    )


def _number(path: Path, words: dict[str, Any], name: str, usual: float) -> float:
    value = words.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST:
        raise Refused("settings_malformed", f"{path} 的 {name} 须是正数，不超过 {MOST}。", where=name)
    return float(value)


def _service(path: Path, name: str, words: Any) -> Service:
    try:
        url, method = str(words["url"]), str(words.get("method", "GET")).upper()
        tables = [dict(words.get(each, {})) for each in ("parameters", "items", "headers")]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _service_malformed(path, name) from error
    if not url.startswith(("http://", "https://")) or method not in ("GET", "POST") or not tables[0]:
        raise _service_malformed(path, name)
    parameters, items, headers = ({key: str(value) for key, value in table.items()} for table in tables)
    rows = str(words.get("rows", ""))
    return Service(name=name, url=url, method=method, parameters=parameters, items=items, rows=rows, headers=headers)


def _service_malformed(path: Path, name: str) -> Refused:
    message = f"{path} 的 [services.{name}] 须有 url（http 或 https）和 parameters，method 为 GET 或 POST。"
    return Refused("settings_malformed", message, where=f"services.{name}")


def _database(path: Path, alias: str, words: Any) -> Database:
    kinds = [kind for kind in _KINDS if isinstance(words, dict) and kind in words]
    if len(kinds) != 1 or not isinstance(words.get("send", []), list):
        message = f"{path} 的 [databases.{alias}] 须恰有 url、folder、sftp、http 之一，send 是列表。"
        raise Refused("settings_malformed", message, where=f"databases.{alias}")
    login = {key: str(value) for key, value in words.items() if key not in (*_KINDS, "send", "receive")}
    return Database(
        alias=alias,
        kind=kinds[0],
        at=str(words[kinds[0]]),
        send=tuple(map(str, words.get("send", []))),
        receive=str(words.get("receive", "")),
        login=login,
    )
