"""Taking a run back: only while nothing depends on what it made and nobody changed it; all of it in one transaction, or nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.taking import kinds
from yunshu.lib.taking.judging import digest_of
from yunshu.lib.taking.kinds import Kind, kind_of
from yunshu.lib.taking.mapping import of
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.running import BATCH, alone

log = structlog.get_logger()
CREATED, UNDOING, UNDONE = Row.Outcome.CREATED, Row.Outcome.UNDOING, Row.Outcome.UNDONE


def in_the_way(made: Run) -> Counter[str]:
    """Return what forbids taking a run back, counted by what it is called; empty: nothing does."""
    kind, found = kind_of(made.kind), Counter[str]()
    names = _kept(kind, made)
    for batch in _batches(made):
        numbers = [number for number, _digest in batch]
        standing = kind.read(numbers)
        changed = sum(digest_of(standing[n], names) != digest for n, digest in batch if n in standing)
        found.update({_("接管后又被修改的记录"): changed} if changed else {})
        found.update(kind.dependents(numbers))
    return +found


@transaction.atomic
def ask(number: str, by: str) -> Run:
    """Wish a run taken back; a job does it and says why if it cannot.

    Raises NotFound and Conflict (``run_undone``, ``run_undoing``, ``run_unfinished``).
    """
    made = run_of(number, locked=True)
    if made.state == Run.State.UNDONE:
        raise Conflict("run_undone", _("这个批次已经撤销。"))
    if made.state == Run.State.UNDOING:
        raise Conflict("run_undoing", _("这个批次正在撤销，请稍后刷新。"))
    if made.state == Run.State.RUNNING:
        raise Conflict("run_unfinished", _("这个批次还没有做完，请先用同样的命令做完，再撤销。"))
    made.state, made.note, made.undone_by = Run.State.UNDOING, "", by[:80]
    made.save(update_fields=["state", "note", "undone_by"])
    return made


def undo_wished(number: str, now: datetime) -> None:
    """Take back what was wished; what stands in the way is written down at the run."""
    made = run_of(number)
    if made.state != Run.State.UNDOING:
        return
    try:
        undo(number, kinds.actor_for(made.undone_by), made.undone_by, now)
    except (Refused, Conflict) as refusal:
        words = {"state": Run.State.DONE, "note": refusal.message[:500], "undone_by": ""}
        Run.objects.filter(number=number, state=Run.State.UNDOING).update(**words)
        log.info("taking.undo_refused", run=number, code=refusal.code)


def run_of(number: str, *, locked: bool = False) -> Run:
    """Return a run; raise NotFound (``run_not_found``)."""
    rows = Run.objects.select_for_update() if locked else Run.objects.all()
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound("run_not_found", _("没有接管批次“%(number)s”。") % {"number": number})
    return found


def undo(number: str, actor: Any, by: str, now: datetime) -> Run:
    """Take back everything that a run made, in one transaction.

    Raises NotFound, Conflict (``run_undone``, ``taking_busy``) and Refused (``run_depended_on``).
    """
    with alone(run_of(number).kind), transaction.atomic():
        made = run_of(number, locked=True)
        if made.state == Run.State.UNDONE:
            raise Conflict("run_undone", _("这个批次已经撤销。"))
        if found := in_the_way(made):
            raise Refused("run_depended_on", sentence(found))
        removed = _remove(made, actor, now)
        made.state, made.undone_by, made.undone_at = Run.State.UNDONE, by[:80], now
        made.finished_at, made.note = made.finished_at or now, ""
        made.save(update_fields=["state", "undone_by", "undone_at", "finished_at", "note"])
        kinds.prove("undone", made.number, {"kind": made.kind, "sha256": made.sha256, "removed": removed}, actor, now)
    log.info("taking.undone", run=made.number, kind=made.kind, removed=removed)
    return made


def _remove(made: Run, actor: Any, now: datetime) -> int:
    """Remove what a run made, what was made last first; return how many. Raises Refused (``run_depended_on``)."""
    kind, removed = kind_of(made.kind), 0
    batches = list(_batches(made, backwards=True))
    made.rows.filter(outcome=CREATED).update(outcome=UNDOING)
    try:
        for batch in batches:
            kind.remove([number for number, _digest in batch], actor, now)
            removed += len(batch)
    except ProtectedError as error:
        found = Counter(str(row._meta.verbose_name) for row in error.protected_objects)
        raise Refused("run_depended_on", sentence(found)) from error
    made.rows.filter(outcome=UNDOING).update(outcome=UNDONE)
    return removed


def sentence(found: Counter[str]) -> str:
    """Say what is in the way."""
    what = "、".join(_("%(what)s %(n)s 条") % {"what": what, "n": n} for what, n in found.most_common(8))
    return _("不能撤销：%(what)s依赖这批数据。请先处理它们。") % {"what": what}


def depending(model: type[Model], keys: list[int], *own: type[Model]) -> Counter[str]:
    """Return the rows that refer to some rows of ``model``, but for tables that are the object's ``own`` parts and its history."""
    found = Counter[str]()
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel | models.OneToOneRel) or relation.related_model in own:
            continue
        if relation.on_delete is models.DO_NOTHING:  # history
            continue
        other: Any = relation.related_model
        rows = other._base_manager.filter(**{f"{relation.field.name}__in": keys})
        if other is model:
            rows = rows.exclude(pk__in=keys)
        if count := rows.count():
            found[str(other._meta.verbose_name)] += count
    return found


def _kept(kind: Kind, made: Run) -> list[str]:
    filled = of(made.mapping, kind.code, kind.fields).fields
    return [f.name for f in kind.fields if f.is_kept and f.name in filled]


def _batches(made: Run, *, backwards: bool = False) -> Iterator[list[tuple[str, str]]]:
    """Yield (object, digest) of what a run made; ``backwards``: what was made last first, so children go before parents."""
    rows = made.rows.filter(outcome=CREATED)
    last = None
    while True:
        part = rows if last is None else rows.filter(pk__lt=last) if backwards else rows.filter(pk__gt=last)
        found = list(part.order_by("-pk" if backwards else "pk").values_list("pk", "object", "digest")[:BATCH])
        if not found:
            return
        last = found[-1][0]
        yield [(number, digest) for _pk, number, digest in found]
