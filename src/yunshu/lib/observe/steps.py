"""The way of one number through the house: page → trail of changes → facts → listeners → jobs → ledger, in the order of time.

Each floor that keeps something by the number of a request registers how to find it. A step says what happened to which record, by its
public number; what was changed in it is for the audit trail's own page.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe.correlation import sought

MOST_STEPS = 500
_FROM_LOG = {"http.request": label("页面"), "outbox.handled": label("处理"), "jobs.ran": label("任务")}
"""Lines of the log that are steps; they are read where the log lies on this machine."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened: when, on which floor, what, to which record."""

    at: datetime
    floor: str
    what: str
    about: str = ""
    request: str = ""
    state: str = ""


Source = Callable[[str], Iterable[Step]]
"""Steps of the requests whose number begins so."""
_SOURCES: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a floor; the same name twice is once."""
    _SOURCES[name] = source


def follow(number: str, logs: Path | None = None) -> list[Step]:
    """Return the way of a number (or of the beginning of one, at least 8 characters), the earliest first.

    Raises NotFound (``request_unknown``) for what is no number, is known nowhere, or is the beginning of several.
    """
    wanted = sought(number)
    if not wanted:
        raise NotFound("request_unknown", "请输入请求编号（至少前 8 位）；编号在出错页面和响应头 X-Request-Id 中。")
    found = [step for name in sorted(_SOURCES) for step in _SOURCES[name](wanted)]
    found += _from_logs(wanted, logs) if logs is not None else []
    numbers = {step.request for step in found if step.request}
    if not found:
        raise NotFound("request_unknown", f"没有找到编号 {wanted}：它没有写入数据，日志也可能已经轮换。")
    if len(numbers) > 1:
        raise NotFound(
            "request_unknown", f"以 {wanted} 开头的编号不止一个，请输入更多位：{'、'.join(sorted(numbers)[:5])}。"
        )
    return sorted(found, key=lambda step: step.at)[:MOST_STEPS]


def _from_logs(wanted: str, folder: Path) -> list[Step]:
    return [step for file in sorted(folder.glob("*.log*")) for step in _of_log(wanted, file)]


def _of_log(wanted: str, file: Path) -> Iterator[Step]:
    mark = f'"request": "{wanted}'
    with file.open(errors="replace") as lines:
        for line in lines:
            if mark not in line:
                continue
            try:
                words = json.loads(line)
                at = datetime.fromisoformat(words["at"])
            except (ValueError, KeyError):
                continue
            if words.get("event") == "http.request":
                what = f"{words.get('method')} {words.get('route')}"
                yield Step(
                    at=at,
                    floor=_FROM_LOG["http.request"],
                    what=what,
                    state=str(words.get("status", "")),
                    about=f"{words.get('ms')} ms",
                    request=str(words["request"]),
                )
            elif words.get("level") in {"warning", "error", "critical"}:
                yield Step(
                    at=at,
                    floor=label("日志"),
                    what=str(words.get("event")),
                    state=str(words["level"]),
                    about=str(words.get("error", ""))[:200],
                    request=str(words["request"]),
                )
