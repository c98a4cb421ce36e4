"""``yunshu node check``: whether every database of the settings can be opened, and which of its tables may leave."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from yunshu.lib.outpost.settings import Database, NodeSettings
from yunshu.lib.tables import ServerFailed, relay

_TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""


def check(settings: NodeSettings, say: Callable[[str], None]) -> int:
    """Say what is found; return 1 if a database cannot be opened."""
    failed = 0
    for alias, database in settings.databases.items():
        try:
            tables = _tables(database)
        except (ServerFailed, OSError) as error:
            failed = 1
            say(f"{alias}：打不开（{getattr(error, 'code', type(error).__name__)}）")
            continue
        closed = [pattern for pattern in database.send if not any(fnmatchcase(table, pattern) for table in tables)]
        open_ = [table for table in tables if any(fnmatchcase(table, pattern) for pattern in database.send)]
        say(f"{alias}：可读 {len(tables)} 张表，允许提供 {len(open_)} 张：{'、'.join(open_) or '无'}")
        if closed:
            say(f"  send 中的 {'、'.join(closed)} 没有对应的表")
        say(f"  接收模式：{database.receive or '不接收'}")
    if not settings.databases:
        say("设置中还没有数据库。")
    return failed


def _tables(database: Database) -> list[str]:
    """Return what can be read there; an SFTP server or HTTP service is asked only when it is needed."""
    if database.kind == "folder":
        return sorted(path.name for path in Path(database.at).iterdir() if path.is_file())
    if database.kind != "url":
        return list(database.send)
    if database.is_postgres:
        with relay.connect(database.at, read_only=True) as connection:
            return [row[0] for row in connection.execute(_TABLES)]
    from sqlalchemy import create_engine, inspect  # 22 MB that a node with PostgreSQL alone never needs
    from sqlalchemy.exc import SQLAlchemyError

    engine = create_engine(database.at)
    try:
        return sorted(inspect(engine).get_table_names())
    except SQLAlchemyError as error:
        raise ServerFailed("source_refused", str(error)) from error
    finally:
        engine.dispose()
