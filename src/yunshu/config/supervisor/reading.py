"""The log as people read it: lines of JSON in words, of one process or of all in the order of time, filtered."""

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LEVELS = ("debug", "info", "warning", "error", "critical")
_SAID = frozenset({"at", "level", "event", "logger", "request", "exception"})
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines: of one request (or the beginning of its number), at least so bad, not older."""

    request: str = ""
    level: str = ""
    since: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Nothing is asked for in particular."""
        return self == Wanted()

    def takes(self, words: dict[str, Any] | None, at: datetime) -> bool:
        """Say whether a line is wanted; one that is no JSON (a crash of the interpreter) counts as an error without a request."""
        if self.since and at < self.since:
            return False
        if self.request and not (words and str(words.get("request", "")).startswith(self.request)):
            return False
        level = str(words.get("level", "info")) if words else "error"
        return not self.level or level not in LEVELS or LEVELS.index(level) >= LEVELS.index(self.level)


def since(text: str, now: datetime) -> datetime:
    """Return the moment that ``15m``, ``2h``, ``3d`` ago was, or the moment written out. Raises ValueError."""
    if text[-1:] in _UNITS and text[:-1].isdigit():
        return now - timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()


def lines(folder: Path, name: str | None, wanted: Wanted) -> Iterator[str]:
    """Return lines of the log ``name`` (None: of all) as text, the earliest first."""
    files = [folder / f"{name}.log"] if name else sorted(folder.glob("*.log"))
    streams = [_of_file(file, wanted) for file in files if file.exists()]
    for _at, text in heapq.merge(*streams, key=lambda each: each[0]):
        yield text


def _of_file(file: Path, wanted: Wanted) -> Iterable[tuple[datetime, str]]:
    at = datetime.min.replace(tzinfo=UTC)
    with file.open(errors="replace") as opened:
        for line in opened:
            words = _words(line)
            at = _moment(words) or at  # a line that is no JSON belongs to the one before
            if wanted.takes(words, at):
                yield at, _said(words, file.stem) if words else f"{'':23}  {file.stem}  {line.rstrip()}"


def _words(line: str) -> dict[str, Any] | None:
    try:
        words = json.loads(line)
    except ValueError:
        return None
    return words if isinstance(words, dict) else None


def _moment(words: dict[str, Any] | None) -> datetime | None:
    try:
        return datetime.fromisoformat(words["at"]) if words else None
    except (KeyError, TypeError, ValueError):
        return None


def _said(words: dict[str, Any], name: str) -> str:
    moment = _moment(words)
    at = f"{moment.astimezone():%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}" if moment else ""
    rest = " ".join(f"{key}={value}" for key, value in words.items() if key not in _SAID)
    request = f" [{str(words['request'])[:12]}]" if words.get("request") else ""
    head = f"{at:23}  {name:<10} {words.get('level', '')!s:<8} {words.get('event', '')}{request}  {rest}".rstrip()
    return "\n".join([head, *_trace(words.get("exception"))])


def _trace(found: Any) -> Iterator[str]:
    for error in found if isinstance(found, list) else ():
        yield f"    {error.get('exc_type')}: {error.get('exc_value')}"
        for frame in (error.get("frames") or [])[-5:]:
            yield f"      {frame.get('filename')}:{frame.get('lineno')} {frame.get('name')}"
