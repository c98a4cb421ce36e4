"""Checking and running: rows in batches, each batch one transaction with its journal. A check is a run that is rolled back.

Killed at any moment, the run goes on where its journal ends. Two operators: the second of the same kind is told so; should both
get through, the journal's constraint lets a key be taken over once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.taking import kinds, values
from yunshu.lib.taking.fields import Fault
from yunshu.lib.taking.judging import Judge, Judged, digest_of
from yunshu.lib.taking.kinds import Kind
from yunshu.lib.taking.mapping import Mapping, missing
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.reading import Source
from yunshu.lib.taking.trees import in_order

log = structlog.get_logger()
BATCH = 500
MOST_KEY = 100
Outcome = Row.Outcome
Told = Callable[[int, Counter[str]], None]


@dataclass
class Job:
    """What is to be done: a kind, a source, a mapping."""

    kind: Kind
    source: Source
    mapping: Mapping
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a mapping that cannot work for this head."""
        absent = [column for column, name in self.mapping.columns.items() if name and column not in self.source.head]
        if absent:
            raise Refused(
                "columns_missing",
                _("源文件里没有映射所说的列：%(names)s。") % {"names": "、".join(absent)},
                where="mapping",
            )
        if lacking := missing(self.mapping, self.kind.fields):
            names = "、".join(f"{f.label}（{f.name}）" for f in lacking)
            raise Refused("fields_missing", _("必填字段没有对应的列：%(names)s。") % {"names": names}, where="mapping")
        self.judge = Judge(self.kind.fields, self.kind.key, self.mapping, self.source.head)

    @property
    def kept(self) -> list[str]:
        """The fields that are filled and kept."""
        return [f.name for f in self.kind.fields if f.is_kept and f.name in self.mapping.fields]

    def rows(self) -> Iterator[Judged]:
        """Yield the rows in an order in which they can be made."""
        judged = (self.judge.judge(line) for line in self.source.lines())
        return in_order(judged, self.kind.parent) if self.kind.parent else judged


@dataclass(frozen=True)
class Verdict:
    """What becomes of a row."""

    row: Judged
    outcome: str
    object: str = ""
    reasons: tuple[Fault, ...] = ()


def check(job: Job, actor: Any, now: datetime) -> Iterator[Verdict]:
    """Judge every row as a run would, and keep nothing."""
    batches = _batches(job.rows(), BATCH)
    if not job.kind.parent:
        for batch in batches:
            with transaction.atomic():
                verdicts = _take(job, batch, actor, now)
                transaction.set_rollback(True)
            yield from verdicts
        return
    with transaction.atomic():  # rows stand on rows before them
        verdicts = [v for batch in batches for v in _take(job, batch, actor, now)]
        transaction.set_rollback(True)
    yield from verdicts


def run(job: Job, actor: Any, by: str, now: datetime, told: Told = lambda _line, _counts: None) -> Run:
    """Take the source over, or go on with it. A source that was taken over wholly is left alone, and its run returned.

    Raises Conflict (``taking_busy``) and what the domain may raise for a whole batch.
    """
    with alone(job.kind.code):
        made, is_new = _run_of(job, by, now)
        if made.state != Run.State.RUNNING:
            return made
        counts = Counter(dict(made.rows.values_list("outcome").annotate(n=Count("pk"))))
        done = set() if is_new else set(made.rows.values_list("line", flat=True))
        for batch in _batches((row for row in job.rows() if row.line not in done), BATCH):
            counts.update(_keep(job, made, batch, actor))
            told(batch[-1].line, counts)
        return _finish(made, counts, actor)


def _run_of(job: Job, by: str, now: datetime) -> tuple[Run, bool]:
    same = Run.objects.filter(kind=job.kind.code, sha256=job.source.sha256, mapping_digest=job.mapping.digest)
    if found := same.exclude(state=Run.State.UNDONE).order_by("-pk").first():
        return found, False
    made = Run.objects.create(
        number=public_number("JG", clock.city_date(now)),
        kind=job.kind.code,
        file=job.source.path.name[:200],
        path=str(job.source.path.resolve())[:500],
        size=job.source.size,
        sha256=job.source.sha256,
        sm3=job.source.sm3,
        mapping=asdict(job.mapping),
        mapping_digest=job.mapping.digest,
        by=by[:80],
        started_at=now,
    )
    return made, True


def _finish(made: Run, counts: Counter[str], actor: Any) -> Run:
    now = clock.now()
    with transaction.atomic():
        made.state, made.finished_at, made.counts = Run.State.DONE, now, dict(counts)
        made.save(update_fields=["state", "finished_at", "counts"])
        words = {"kind": made.kind, "sha256": made.sha256, "sm3": made.sm3, "mapping": made.mapping_digest}
        kinds.prove("finished", made.number, words | {"counts": made.counts}, actor, now)
    log.info("taking.finished", run=made.number, kind=made.kind, **made.counts)
    return made


@transaction.atomic
def _keep(job: Job, made: Run, batch: Sequence[Judged], actor: Any) -> Counter[str]:
    """Take a batch over and write its journal: one transaction."""
    verdicts = _take(job, batch, actor, clock.now())
    Row.objects.bulk_create(
        Row(
            run=made,
            kind=made.kind,
            line=v.row.line,
            key=v.row.key[:MOST_KEY],
            digest=digest_of(v.row.values, job.kept),
            outcome=v.outcome,
            object=v.object,
            reasons=[asdict(reason) for reason in v.reasons],
        )
        for v in verdicts
    )
    counts = Counter(v.outcome for v in verdicts)
    made.counts = dict(Counter(made.counts) + counts)
    made.save(update_fields=["counts"])
    return counts


def _take(job: Job, batch: Sequence[Judged], actor: Any, now: datetime) -> list[Verdict]:
    """Decide on a batch and make what is new; in the caller's transaction."""
    for row in batch:
        if len(row.key) > MOST_KEY:
            row.refuse(job.kind.key.partition("+")[0], _("编号太长"), _("不超过 %(n)s 个字符。") % {"n": MOST_KEY})
    sound = [row for row in batch if not row.faults]
    job.kind.resolve(sound)
    sound = [row for row in sound if not row.faults]
    there = dict(job.kind.known(row.key for row in sound)) | kinds.taken(job.kind.code, (row.key for row in sound))
    verdicts = {row.line: verdict for row, verdict in _compared(job, sound, there)}
    verdicts |= _make(job, [row for row in sound if row.line not in verdicts], actor, now)
    return [verdicts.get(row.line) or Verdict(row, Outcome.BAD, "", _named(job, row.faults)) for row in batch]


def _compared(job: Job, rows: Sequence[Judged], there: dict[str, str]) -> Iterator[tuple[Judged, Verdict]]:
    """Yield what stands already, with what differs named."""
    standing = job.kind.read(there.values()) if there else {}
    for row in rows:
        if number := there.get(row.key):
            now = standing.get(number, {})
            reasons = tuple(_difference(job, row, name, now.get(name)) for name in job.kept if _differs(row, name, now))
            yield row, Verdict(row, Outcome.DIFFERS if reasons else Outcome.SAME, number, reasons)


def _differs(row: Judged, name: str, standing: Any) -> bool:
    return values.canonical(row.values.get(name)) != values.canonical(standing.get(name))


def _difference(job: Job, row: Judged, name: str, standing: Any) -> Fault:
    wholly = job.judge.fields[name].sensitive
    was, said = (values.masked(values.canonical(v), wholly=wholly) for v in (standing, row.values.get(name)))
    why = _("平台里是“%(was)s”，没有改动") % {"was": was}
    return Fault(name, said, why, _("以源表为准的，在平台里由本单位修改。"), job.judge.column(name))


def _make(job: Job, rows: Sequence[Judged], actor: Any, now: datetime) -> dict[int, Verdict]:
    """Make objects: all at once where the kind can and nothing refuses, else one by one."""
    if not rows:
        return {}
    try:
        with transaction.atomic():
            made = job.kind.create_all([row.values for row in rows], actor, now)
    except (Refused, NotFound, Conflict, DatabaseError):
        made = None
    if made is not None:
        return {row.line: Verdict(row, Outcome.CREATED, number) for row, number in zip(rows, made, strict=True)}
    return {row.line: _make_one(job, row, actor, now) for row in rows}


def _make_one(job: Job, row: Judged, actor: Any, now: datetime) -> Verdict:
    try:
        with transaction.atomic():
            return Verdict(row, Outcome.CREATED, job.kind.create(row.values, actor, now))
    except NotPermitted:
        raise
    except (Refused, NotFound, Conflict) as error:
        where = error.where if error.where in job.judge.fields else job.kind.key.partition("+")[0]
        row.refuse(where, error.message, _("改正源表后再接管，已接管的行不会重复。"))
    return Verdict(row, Outcome.BAD, "", _named(job, row.faults))


def _named(job: Job, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(Fault(f.field, f.value, f.why, f.todo, f.column or job.judge.column(f.field)) for f in faults)


def _batches(rows: Iterator[Judged], size: int) -> Iterator[list[Judged]]:
    while batch := list(islice(rows, size)):
        yield batch


@contextmanager
def alone(kind: str) -> Iterator[None]:
    """Hold the kind while the block runs; the server lets it go when the process dies. Raises Conflict (``taking_busy``)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"taking:{kind}"])
        row = cursor.fetchone()
    if not row or not row[0]:
        raise Conflict("taking_busy", _("另一位操作人正在接管同一类数据，请等它结束。"))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"taking:{kind}"])
