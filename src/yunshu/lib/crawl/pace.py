"""Politeness: how often and over how many connections one host is asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Manners:
    """How a crawler behaves towards a host.

    ``rate_per_s`` 0 stands for no limit; ``rates`` are hosts that have another. A wait longer than ``patience_s`` is not waited for: the page is postponed.
    ``own_hosts`` are hosts (as in ``urls.same_site``) whose owner has asked for the crawl: their robots.txt is not obeyed.
    """

    rate_per_s: float = 2.0
    rates: Mapping[str, float] = field(default_factory=dict)
    connections: int = 2
    patience_s: float = 30.0
    robots: bool = True
    own_hosts: tuple[str, ...] = ()
    longest_retry_s: float = 3600.0


class Postponed(Exception):
    """A host is not to be asked for the next ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


@dataclass
class _Host:
    slots: asyncio.Semaphore
    interval_s: float
    next_at: float = 0.0
    closed_until: float = 0.0


class Pace:
    """One event loop's book of hosts: a token bucket of one and a number of connections for each."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at ``host`` and hold a connection meanwhile. Raises Postponed."""
        entry = self._entry(host)
        async with entry.slots:
            loop = asyncio.get_running_loop()
            now = loop.time()
            at = max(now, entry.next_at, entry.closed_until)
            if at - now > self._manners.patience_s:
                raise Postponed(at - now)
            if entry.interval_s:
                entry.next_at = at + entry.interval_s
            if at > now:
                await asyncio.sleep(at - now)
            yield

    def slow_down(self, host: str, delay_s: float) -> None:
        """Ask at most once in ``delay_s`` from now on (robots' crawl-delay)."""
        entry = self._entry(host)
        entry.interval_s = max(entry.interval_s, delay_s)

    def close(self, host: str, seconds: float) -> float:
        """Leave a host alone for some seconds (its Retry-After); return how many that are, at most ``longest_retry_s``."""
        seconds = min(max(seconds, 0.0), self._manners.longest_retry_s)
        entry = self._entry(host)
        entry.closed_until = max(entry.closed_until, asyncio.get_running_loop().time() + seconds)
        return seconds

    def _entry(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            rate = self._manners.rates.get(host, self._manners.rate_per_s)
            entry = _Host(asyncio.Semaphore(self._manners.connections), 1 / rate if rate else 0.0)
            self._hosts[host] = entry
        return entry
