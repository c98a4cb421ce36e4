"""What a question adds to the terms of its agreement, and the form of what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.asking import MOST_ROWS_BYTES, Found

MOST_ROWS, MOST_AFTER = 1000, 4096


@dataclass(frozen=True)
class Asked:
    """``key`` names the values asked for by column; at most ``limit`` rows are wanted. ``after`` is None for a point query,
    else a view's page is wanted: the first (empty), or the one that an earlier answer named."""

    key: Mapping[str, str]
    limit: int
    after: str | None = None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> "Asked":
        """Read a question's spec. Raises Refused (``order_malformed``)."""
        key, limit, after = spec.get("key"), spec.get("limit"), spec.get("after")
        if after is not None and not (isinstance(after, str) and len(after) <= MOST_AFTER):
            raise Refused("order_malformed", "指令内容格式不符，拒绝执行。")
        if isinstance(key, dict) and isinstance(limit, int) and 1 <= limit <= MOST_ROWS:
            texts = {str(name): value for name, value in key.items() if isinstance(value, str) and "\0" not in value}
            if len(texts) == len(key):
                return cls(texts, limit, after)
        raise Refused("order_malformed", "指令内容格式不符，拒绝执行。")


def packed(rows: list[str], limit: int, after: str = "") -> Found:
    """Return rows, each a JSON object as text, as one list; ``after`` where the next page begins. Raises Refused (``answer_too_large``)."""
    text = f"[{','.join(rows[:limit])}]"
    if len(text.encode()) > MOST_ROWS_BYTES:
        raise Refused("answer_too_large", f"结果超过 {MOST_ROWS_BYTES >> 10} KiB，请缩小查询范围。")
    return Found(rows=text, count=min(len(rows), limit), more=len(rows) > limit, next=after)
