"""The number of a request: made or taken at the door, bound to whatever the process does for it, written beside all that comes of it.

It has the shape of a W3C trace id (32 hexadecimal digits), so that a tracing gateway in front and this number can be the same.
Why there are no spans: docs/decisions/0043-observability.md.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

HEADER = "X-Request-Id"
HARMLESS = re.compile(r"[A-Za-z0-9_-]{8,40}")
"""Of a number that somebody reads out, at least eight characters must be known to look for it."""
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header, version 00."""
_WRITTEN = re.compile(r"[\s·–—]+")


def new() -> str:
    """Return a number that nobody can guess."""
    return secrets.token_hex(16)


def taken(headers: Mapping[str, str]) -> str:
    """Return the number that the caller gave, in ``X-Request-Id`` or as a trace id, if its shape is harmless; else a new one.

    Who may give one is decided before (``config.proxies``): headers of strangers do not come this far.
    """
    if HARMLESS.fullmatch(given := headers.get(HEADER, "")):
        return given
    traced = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return traced[1] if traced else new()


def current() -> str:
    """Return the number that this thread or task works for; empty if it works by the clock."""
    return str(structlog.contextvars.get_contextvars().get("request", ""))


def sought(text: str) -> str:
    """Return a number as somebody typed it, without the gaps between its groups; empty if it is too short or no number."""
    plain = _WRITTEN.sub("", text.strip())
    return plain if HARMLESS.fullmatch(plain) else ""


@contextmanager
def working_for(number: str, **words: object) -> Iterator[None]:
    """Bind a number (and more words for each log line) to what the block does; what was bound before comes back."""
    with structlog.contextvars.bound_contextvars(**({"request": number} if number else {}), **words):
        yield
