"""Where the four lists contradict each other: catalogue, demand, duty, negative.

Sources: 政务数据共享条例 (目录 and 负面清单), 三清单 practice of several provinces (需求 责任 负面); from memory where marked
in the domain sheet.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yunshu.domains.exchange.contracts import SharingType
from yunshu.lib.kernel.labels import label


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the catalogue as the check sees it."""

    number: str
    name: str
    org: str
    sharing_type: SharingType


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line in force of another list; ``resource`` the number of the entry it belongs to, or empty."""

    number: str
    kind: str
    org: str
    name: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """What does not fit; ``entry`` and ``line`` are numbers, either may be empty."""

    message: str
    entry: str
    line: str
    name: str


def contradictions(entries: Iterable[Entry], lines: Iterable[Line]) -> list[Contradiction]:
    """Return where the lists contradict each other, entries first."""
    known = {entry.number: entry for entry in entries}
    standing = list(lines)
    forbidden = {line.resource: line for line in standing if line.kind == "negative" and line.resource}
    found = [
        Contradiction(
            message=label("目录为不予共享，但没有列入负面清单。"), entry=entry.number, line="", name=entry.name
        )
        for entry in known.values()
        if entry.sharing_type is SharingType.NONE and entry.number not in forbidden
    ]
    for line in standing:
        found += _of_line(line, known.get(line.resource), forbidden)
    return found


def _of_line(line: Line, entry: Entry | None, forbidden: dict[str, Line]) -> Iterable[Contradiction]:
    def says(message: str) -> Contradiction:
        return Contradiction(message=message, entry=line.resource if entry else "", line=line.number, name=line.name)

    if line.resource and entry is None:
        yield says(label("对应的目录已注销或未发布。"))
    elif line.kind == "negative" and entry and entry.sharing_type is not SharingType.NONE:
        yield says(label("列入负面清单，但目录为可以共享。"))
    elif line.kind == "duty" and entry and entry.org != line.org:
        yield says(label("责任部门与目录的提供方不一致。"))
    elif line.kind == "duty" and not line.resource:
        yield says(label("责任清单要求提供，但目录中还没有。"))
    elif line.kind == "demand" and line.resource in forbidden:
        yield says(label("需求对应的数据在负面清单中，请告知需求部门。"))
