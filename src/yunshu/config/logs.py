"""How the processes write their log: one line a fact, from the least level of ``YUNSHU_LOG`` upwards."""

import sys
from contextlib import suppress
from typing import Any

import structlog

from yunshu.config import env
from yunshu.config.scrubbing import scrub


class _Lines:
    """Standard output; a line for which the disk has no room is lost, the work goes on."""

    def write(self, text: str) -> int:
        """Write, if it goes."""
        with suppress(OSError):
            sys.stdout.write(text)
        return len(text)

    def flush(self) -> None:
        """Bring it out, if it goes."""
        with suppress(OSError):
            sys.stdout.flush()


def configure() -> None:
    """Set structlog up for this process; colours only on a terminal."""
    lines: Any = _Lines()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.dict_tracebacks,
            scrub,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(env.text("YUNSHU_LOG").lower()),
        logger_factory=structlog.PrintLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
