"""A database, folder, SFTP server or HTTP service of this node's settings, opened as a source of ``lib.tables``."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from yunshu.lib.outpost.settings import Database
from yunshu.lib.outpost.terms import Terms, column_keys, extract_of
from yunshu.lib.tables import Column, PostgresSource, SourceFailed, TableSchema, read_postgres, relay

if TYPE_CHECKING:
    from yunshu.lib.tables.sources import FileSource, SqlSource

HTTP_S = 60.0
MOST_HTTP_BYTES = 256 << 20
_TYPES = {
    "N": "numeric",
    "Y": "numeric",
    "I": "bigint",
    "B": "double precision",
    "D": "date",
    "T": "timestamp with time zone",
    "L": "boolean",
}
"""The column types that a file's values are read as, by the catalogue's data type; text for all others."""


class RowSource(Protocol):
    """A source whose rows are made in Python (``lib.tables.sources``)."""

    def rows(self, chunk: Any) -> Iterator[Any]: ...

    def open(self) -> None: ...

    def close(self) -> None: ...


def see(database: Database, terms: Terms) -> TableSchema:
    """Return the table as it is now; for files what the agreement says. Raises TablesError."""
    if database.kind != "url":
        return agreed(terms)
    schema, _, name = terms.table.rpartition(".")
    if database.is_postgres:
        with relay.connect(database.at, read_only=True) as connection:
            return read_postgres(connection, schema or "public", name)
    from sqlalchemy import create_engine  # 22 MB that a node with PostgreSQL alone never needs
    from sqlalchemy.exc import SQLAlchemyError

    from yunshu.lib.tables.foreign import read_any

    engine = create_engine(database.at)
    try:
        with engine.connect() as connection:
            return read_any(connection, schema, name)
    except SQLAlchemyError as error:
        raise SourceFailed("source_refused", str(error)) from error
    finally:
        engine.dispose()


def agreed(terms: Terms) -> TableSchema:
    """Return the table that the agreement describes, for a source that has no types of its own."""
    columns = tuple(Column(each.name, _TYPES.get(each.type, "text"), not each.is_required) for each in terms.fields)
    return TableSchema("", terms.table, columns)


def source_of(
    database: Database, terms: Terms, found: TableSchema, secret: bytes, folder: Path
) -> "PostgresSource | SqlSource | FileSource":
    """Return the source of the agreed extract; files from elsewhere are brought into ``folder`` first. Raises TablesError."""
    extract, keys = extract_of(terms, found, secret), column_keys(terms, secret)
    if database.is_postgres:
        return PostgresSource(database.at, extract, keys)
    from yunshu.lib.tables import sources  # Arrow and SQLAlchemy's drivers: 60 MB that most nodes never need

    if database.kind == "url":
        return sources.SqlSource(database.at, extract, keys)
    return sources.FileSource(_brought(database, terms.table, folder), extract, keys)


def _brought(database: Database, table: str, folder: Path) -> Path:
    if database.kind == "folder":
        root = Path(database.at).resolve()
        path = (root / table).resolve()
        if not path.is_relative_to(root):
            raise SourceFailed("file_missing", "the file is not in the folder")
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _from_sftp(database, table, folder) if database.kind == "sftp" else _from_http(database, folder)


def _from_sftp(database: Database, table: str, folder: Path) -> Path:
    from yunshu.lib.tables import sources

    address = urlsplit(f"sftp://{database.at}")
    login: dict[str, Any] = {"username": address.username, "port": address.port or 22}
    login |= {name: database.login[key] for name, key in (("known_hosts", "known_hosts"),) if key in database.login}
    if "key_file" in database.login:
        login["client_keys"] = [database.login["key_file"]]
    if "password" in database.login:
        login["password"] = database.login["password"]
    remote = f"{address.path.rstrip('/')}/{Path(table).name}"
    return sources.fetch_over_sftp(address.hostname or "", remote, folder, **login)


def _from_http(database: Database, folder: Path) -> Path:
    """Fetch a JSON list. The address is the node operator's own, so an inner one is as good as any."""
    import httpx

    path = folder / f"{hashlib.sha256(database.at.encode()).hexdigest()[:16]}.json"
    headers = {"Authorization": database.login["authorization"]} if "authorization" in database.login else {}
    size = 0
    try:
        with httpx.stream("GET", database.at, headers=headers, timeout=HTTP_S) as answer, path.open("wb") as file:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                size += len(part)
                if size > MOST_HTTP_BYTES:
                    raise SourceFailed("answer_too_large", "the service answers more than 256 MiB")
                file.write(part)
    except httpx.HTTPError as error:
        raise SourceFailed("source_refused", f"{type(error).__name__}") from error
    return path
