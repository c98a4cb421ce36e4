"""Which base and which point give back a moment, and which log lies between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yunshu.lib.backup.manifest import BASE, POINT, WAL, Entry, Manifest
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused


@dataclass(frozen=True)
class Choice:
    """A base, the backup whose files and streams are given (the base itself, or a later point of it), and the log to replay."""

    base: Manifest
    last: Manifest
    wal: tuple[str, ...]
    at: datetime | None
    """Where the database stops; None: exactly at ``last``."""

    @property
    def moment(self) -> datetime:
        """The moment given back."""
        return self.at or self.last.head.moment

    def entries(self) -> tuple[Entry, ...]:
        """Return what lies in the folder then: the base's entries, with the point's in place of older ones."""
        if self.last is self.base:
            return self.base.entries
        if self.last.head.kind == BASE:  # no point in between: the cluster of one, everything else of the next
            parts = [(self.base, True), (self.last, False)]
            return tuple(each for made, cluster in parts for each in made.entries if is_cluster(each.path) is cluster)
        newer = {entry.path: entry for entry in self.last.entries}
        gone = set(self.last.facts.get("gone", ()))
        kept = [entry for entry in self.base.entries if entry.path not in newer and entry.path not in gone]
        return tuple(sorted([*kept, *newer.values()], key=lambda entry: entry.path))


def is_cluster(path: str) -> bool:
    """Say whether an entry is PostgreSQL's."""
    return path == "postgres" or path.startswith("postgres/")


def choose(repository: Repository, *, at: datetime | None = None, name: str = "") -> Choice:
    """Return how to give back ``name``, or the moment ``at``, or the newest moment there is.

    Raises NotFound (``backup_not_found``), Refused (``moment_too_early``, ``moment_too_late``, ``manifest_damaged``,
    ``wal_missing``).
    """
    base, last = _pair(repository, at, name)
    return Choice(base, last, _wal(repository, base, last), at if at and at < last.head.moment else None)


def _pair(repository: Repository, at: datetime | None, name: str) -> tuple[Manifest, Manifest]:
    if name:
        kind = BASE if name.startswith(BASE) else POINT
        last = repository.read(kind, name)
        return (last, last) if kind == BASE else (repository.read(BASE, str(last.facts["base"])), last)
    bases = {head.name: head for head in repository.heads(BASE)}
    heads = [head for head in repository.heads(POINT) if head.base in bases] + list(bases.values())
    heads.sort(key=lambda head: head.moment)
    if not heads:
        raise NotFound("backup_not_found", f"{repository.folder} 里没有完整的备份。")
    if at is None:
        return _pair(repository, None, heads[-1].name)
    if at < min(head.moment for head in bases.values()):
        first = min(head.moment for head in bases.values())
        raise Refused("moment_too_early", f"最早只能恢复到 {_shown(first)}。")
    before = [head.name for head in bases.values() if head.moment <= at][-1]
    # the first backup at or after the moment: a point of a base that was finished before it, or the next base
    for head in heads:
        if head.moment >= at and (head.base == "" or bases[head.base].moment <= at):
            last = repository.read(head.kind, head.name)
            return (last, last) if head.name == before else (repository.read(BASE, head.base or before), last)
    raise Refused("moment_too_late", f"最晚只能恢复到 {_shown(heads[-1].moment)}（不写 --at 即恢复到此刻）。")


def _wal(repository: Repository, base: Manifest, last: Manifest) -> tuple[str, ...]:
    """Return the names of the log between the two, whole; raise Refused (``wal_missing``)."""
    facts, of_base = last.facts.get("database"), base.facts.get("database")
    if not facts or not of_base:
        return ()
    first, end = str(of_base["start"])[8:], str(facts["end"])[8:]
    known = repository.listed(WAL)
    wanted = tuple(name for name in known if name.endswith(".history") or first <= name[8:] <= end)
    _require_whole([name[8:] for name in wanted if not name.endswith(".history")], first, end)
    return wanted


def _require_whole(names: Sequence[str], first: str, end: str) -> None:
    """Segments are numbered: 8 digits of log, 8 of segment (00 to FF with 16 MB segments)."""
    have, number = set(names), _number(first)
    while number <= _number(end):
        name = f"{number >> 8:08X}{number & 0xFF:08X}"
        if name not in have:
            raise Refused("wal_missing", f"备份里缺少预写日志 {name}，不能恢复到这一时刻，请选更早的时刻或另一份备份。")
        number += 1


def _number(name: str) -> int:
    return (int(name[:8], 16) << 8) + int(name[8:], 16)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M:%S}"
