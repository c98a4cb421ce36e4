"""How the processes write their log: one line of JSON an event, from the least level of ``YUNSHU_LOG`` upwards.

A terminal gets text for people instead. What Django, granian and other libraries log goes the same way, with the number of the request.
No personal data and no secrets: values of variables are never written, what a database error quotes of a row is cut off; an account is
named by its number. A further sieve is added to ``SIEVES``.
"""

import logging.config  # noqa: TID251 - the one place: what libraries log is brought into our form
import re
import sys
from contextlib import suppress
from typing import Any, TextIO

import structlog
from structlog.processors import CallsiteParameter, CallsiteParameterAdder
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

from yunshu.config import env
from yunshu.config.scrubbing import scrub


class _Lines:
    """A stream (else the standard output of the moment) on which a line for which the disk has no room is lost, and the work goes on."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write, if it goes."""
        with suppress(OSError):
            (self.stream or sys.stdout).write(text)
        return len(text)

    def flush(self) -> None:
        """Bring it out, if it goes."""
        with suppress(OSError):
            (self.stream or sys.stdout).flush()


_QUOTED_ROW = re.compile(r"\n?(DETAIL|CONTEXT|QUERY):.*", re.DOTALL)
"""What PostgreSQL adds to an error: the row that offended (https://www.postgresql.org/docs/18/protocol-error-fields.html)."""
_FIRST = ("at", "level", "event", "logger", "request", "account")
_TRACE = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=30))


def without_rows(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Cut off what a database error quotes of a row."""
    for name in ("error", "event"):
        if isinstance(event.get(name), str):
            event[name] = _QUOTED_ROW.sub("", event[name])
    for error in event.get("exception") or () if isinstance(event.get("exception"), list) else ():
        error["exc_value"] = _QUOTED_ROW.sub("", str(error.get("exc_value", "")))
    return event


def in_order(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Put first what every line has, under one name each."""
    event["logger"] = event.pop("qual_module", None) or event.get("logger", "")
    if (
        event["logger"] == "django.request"
    ):  # its sentence ends with the address, which may hold what is nobody's business
        event["event"] = str(event["event"]).partition(":")[0]
    return {**{name: event[name] for name in _FIRST if name in event}, **event}


SIEVES: list[Processor] = [without_rows, scrub]
"""What each line passes last before it is written."""


def _sifted(logger: object, method: str, event: EventDict) -> EventDict:
    for sieve in SIEVES:
        event = sieve(logger, method, event)  # type: ignore[assignment]
    return event


def configure(stream: TextIO | None = None) -> None:
    """Set the log of this process up: JSON lines, or text where ``stream`` (else the standard output) is a terminal."""
    lines: Any = _Lines(stream)
    least = env.text("YUNSHU_LOG").lower()
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    ending: list[Processor] = (
        [in_order, _sifted, structlog.dev.ConsoleRenderer(timestamp_key="at")]
        if (stream or sys.stdout).isatty()
        else [_TRACE, in_order, _sifted, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    )
    module = CallsiteParameterAdder({CallsiteParameter.QUAL_MODULE})
    structlog.configure(
        processors=[*common, module, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(lines),
        cache_logger_on_first_use=stream is None,
    )
    _libraries(lines, least, [*common, structlog.stdlib.add_logger_name], ending)


def _libraries(lines: Any, least: str, before: list[Processor], ending: list[Processor]) -> None:
    """Bring what libraries log through Python's own logging into the same form; of them only warnings and worse."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": before,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": lines, "formatter": "line"}},
            "root": {"handlers": ["out"], "level": "WARNING" if least in {"debug", "info"} else least.upper()},
        }
    )
