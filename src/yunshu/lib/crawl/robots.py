"""robots.txt (RFC 9309) by protego, remembered for an hour for each origin."""

from collections.abc import Awaitable, Callable

from protego import Protego

LIFE_S = 3600.0
LONGEST_BYTES = 512 * 1024
"""RFC 9309 §2.5: at least 500 kibibytes are read."""

Answer = tuple[int, bytes]
"""Status (0: no answer) and body of a robots.txt."""


class Robots:
    """What the hosts allow an agent; ``ask`` fetches one robots.txt."""

    def __init__(self, agent: str, ask: Callable[[str], Awaitable[Answer]]) -> None:
        self._agent, self._ask = agent, ask
        self._known: dict[str, tuple[float, Protego]] = {}

    async def allows(self, origin: str, url: str, now_s: float) -> tuple[bool, float]:
        """Return whether a page may be fetched, and the seconds between two pages that its host asks for (0: none)."""
        known = self._known.get(origin)
        if known is None or known[0] < now_s:
            status, body = await self._ask(f"{origin}/robots.txt")
            known = (now_s + LIFE_S, Protego.parse(_meaning(status, body)))
            self._known[origin] = known
        rules = known[1]
        return bool(rules.can_fetch(url, self._agent)), float(rules.crawl_delay(self._agent) or 0)


def _meaning(status: int, body: bytes) -> str:
    """Return the text that counts: RFC 9309 §2.3.1: 4xx allows all, 5xx nothing. No answer: the page itself will tell."""
    if status >= 500:
        return "User-agent: *\nDisallow: /"
    if status != 200:
        return ""
    return body[:LONGEST_BYTES].decode("utf-8", "replace")
