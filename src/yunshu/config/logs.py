"""How the processes write their log: one line a fact, from the least level of ``YUNSHU_LOG`` upwards."""

import structlog

from yunshu.config import env
from yunshu.config.scrubbing import scrub


def configure() -> None:
    """Set structlog up for this process; colours only on a terminal."""
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
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
