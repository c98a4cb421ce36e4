"""What went wrong with a request, as one word."""

import asyncio

import aiohttp

from yunshu.lib.crawl.guard import AddressRefused
from yunshu.lib.crawl.pace import Postponed


class NotAsked(Exception):
    """A page is not asked for. ``code``: ``url``, ``robots``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


FAILURES = (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError, Postponed, NotAsked)

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (Postponed, "postponed"),
    (AddressRefused, "address_refused"),
    (aiohttp.ConnectionTimeoutError, "connect_timeout"),
    (asyncio.TimeoutError, "timeout"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.InvalidURL, "url"),
    (aiohttp.ClientPayloadError, "truncated"),
    (aiohttp.ClientResponseError, "protocol"),
    (aiohttp.ClientConnectionError, "reset"),
    (OSError, "reset"),
    (ValueError, "protocol"),
)


def code(error: Exception) -> str:
    """Return the word for a failure (``Fetched.error``)."""
    if isinstance(error, NotAsked):
        return error.code
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return "address_refused"
    return next((word for kind, word in _CODES if isinstance(error, kind)), "protocol")
