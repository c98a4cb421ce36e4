"""What can be made to go wrong: each fault is switched on for a number of times, or until it is switched off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FAULTS = {
    "late": "迟到：每次应答晚两秒",
    "duplicate": "重复：下发的每份报文给两遍",
    "disorder": "乱序：下发的报文倒着给",
    "wrong_signature": "错签：用别的密钥签名",
    "refuse": "拒收：退回上报的报文",
    "lost_ack": "丢回执：收下报文但不应答",
    "away": "停机：应答 503",
    "amnesia": "失忆：忘掉最近收下的三份报文（从备份恢复）",
}
FOREVER = -1


@dataclass
class Faults:
    """The switches; ``get`` and ``put`` keep them (name → how many times are left, ``FOREVER``)."""

    get: Callable[[], dict[str, int]]
    put: Callable[[dict[str, int]], None]

    def switch(self, name: str, times: int) -> None:
        """Let a fault happen ``times`` times; 0 ends it. Raises KeyError for a fault nobody knows."""
        if name not in FAULTS:
            raise KeyError(name)
        self.put({**self.get(), name: times})

    def strikes(self, name: str) -> bool:
        """Say whether a fault happens now, and count it."""
        left = self.get()
        times = left.get(name, 0)
        if times > 0:
            self.put({**left, name: times - 1})
        return times != 0

    def shown(self) -> list[dict[str, Any]]:
        """Return every fault with what is left of it."""
        left = self.get()
        return [{"name": name, "title": title, "times": left.get(name, 0)} for name, title in FAULTS.items()]
