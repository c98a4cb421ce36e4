"""Does what stands in the database equal what the source said? Both are read anew, field group by field group."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking import reading, values
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind, kind_of
from yunshu.lib.taking.mapping import of
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.running import BATCH, Job
from yunshu.lib.taking.undoing import run_of

NAMED = 20


@dataclass
class Group:
    """One group of fields on both sides: digests over all rows in the order of their lines, and the lines that differ."""

    name: str
    fields: tuple[str, ...]
    ours: Any = field(default_factory=hashlib.sha256)
    theirs: Any = field(default_factory=hashlib.sha256)
    rows: int = 0
    differing: list[int] = field(default_factory=list)
    different: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether both sides say the same of every row."""
        return bool(self.ours.digest() == self.theirs.digest())

    def add(self, line: int, source: Any, standing: Any) -> None:
        """Compare one row."""
        texts = [
            "\x1f".join(f"{name}={values.canonical(side.get(name))}" for name in self.fields)
            for side in (source, standing)
        ]
        for out, text in zip((self.theirs, self.ours), texts, strict=True):
            out.update(hashlib.sha256(f"{line}\x1e{text}".encode()).digest())
        self.rows += 1
        if texts[0] != texts[1]:
            self.different += 1
            self.differing += [line] if len(self.differing) < NAMED else []


@dataclass(frozen=True)
class Reconciled:
    """The result: rows of the source, rows by outcome, groups, and objects that are gone."""

    run: Run
    lines: int
    outcomes: dict[str, int]
    groups: list[Group]
    gone: list[int]
    unjudged: int

    @property
    def is_equal(self) -> bool:
        """Nothing missing, nothing different, every row of the source answered for."""
        return not self.gone and not self.unjudged and all(group.is_equal for group in self.groups)


def reconcile(number: str, path: Path | None = None) -> Reconciled:
    """Compare a run with its source. Raises NotFound, Refused (``source_changed``, ``file_unreadable``)."""
    made = run_of(number)
    kind = kind_of(made.kind)
    mapping = of(made.mapping, kind.code, kind.fields)
    source = reading.look_at(path or Path(made.path), mapping.sheet)
    if source.sha256 != made.sha256 or source.sm3 != made.sm3:
        raise Refused("source_changed", _("文件与接管时不同（SHA-256、SM3 不一致），不能用它核对。"))
    job = Job(kind, source, mapping)
    groups = _groups(kind, job.kept)
    outcomes: dict[str, int] = defaultdict(int)
    lines, unjudged, gone = 0, 0, []
    for batch in _by_lines(job):
        kind.resolve([row for row in batch if not row.faults])
        journal = {row.line: row for row in made.rows.filter(line__in=[row.line for row in batch])}
        held = [r.object for r in journal.values() if r.outcome in (Row.Outcome.CREATED, Row.Outcome.SAME)]
        standing = kind.read(held)
        for row in batch:
            lines += 1
            entry = journal.get(row.line)
            outcomes[entry.outcome if entry else "absent"] += 1
            unjudged += entry is None
            if entry is None or entry.object not in held:
                continue
            if entry.object not in standing:
                gone.append(row.line)
                continue
            for group in groups:
                group.add(row.line, row.values, standing[entry.object])
    return Reconciled(made, lines, dict(outcomes), groups, gone, unjudged)


def _groups(kind: Kind, kept: Sequence[str]) -> list[Group]:
    names: dict[str, list[str]] = {}
    for each in kind.fields:
        if each.name in kept:
            names.setdefault(each.group or str(each.label), []).append(each.name)
    return [Group(name, tuple(fields)) for name, fields in names.items()]


def _by_lines(job: Job) -> Iterator[list[Judged]]:
    batch: list[Judged] = []
    for line in job.source.lines():
        batch.append(job.judge.judge(line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
