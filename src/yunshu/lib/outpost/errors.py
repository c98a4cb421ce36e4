"""Errors that may leave the node: codes, names of tables and columns; never a server's own words, which quote values."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.tables import (
    Drifted,
    ServerFailed,
    SourceFailed,
    Stopped,
    TablesError,
    Unfit,
    Unreadable,
    Unverified,
)

log = structlog.get_logger()
_WORDS: dict[type[TablesError], str] = {
    SourceFailed: "来源数据库出错",
    ServerFailed: "目标数据库出错",
    Unreadable: "文件无法按约定格式读取",
    Unverified: "两端数据不一致，未切换",
    Stopped: "传输已停止",
}
_PASSING = ("08", "53", "57P", "55P", "40")
"""Classes of SQLSTATE that may pass: connection, resources, shutdown, lock, rollback."""


@contextmanager
def told() -> Iterator[None]:
    """Inside the ``with``, an error of ``lib.tables`` becomes Refused with the same code."""
    try:
        yield
    except (Drifted, Unfit) as error:  # speak of columns only
        raise Refused(error.code, f"数据表与协议不符：{error}") from error
    except TablesError as error:
        log.warning("outpost.failed", code=error.code, said=str(error))  # stays on the department's own machine
        words = next(words for kind, words in _WORDS.items() if isinstance(error, kind))
        raise Refused(error.code, f"{words}（{error.code}）。详情见本节点日志。") from error


def may_pass(error: Exception) -> bool:
    """Say whether trying again later may help."""
    if not isinstance(error, ServerFailed):
        return False
    return error.code in ("connection_lost", "transfer_running", "source_refused") or error.code.startswith(_PASSING)
