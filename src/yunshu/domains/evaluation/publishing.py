"""What the public may read: approved tables only, as they were approved, with what was measured since.

What is published follows 预算法 第十四条 and the practice of 预决算公开 (goals, tasks with amounts, indicators). A table
that is being adjusted stays visible as it was last approved; statements of evidence may name people and are not shown.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import PublicPromise, PublicTable, TaskKind
from yunshu.domains.evaluation.models import Evidence, PerformanceTable, Version
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound

SHOWN_NUMBERS = 5


def published_tables() -> QuerySet[PerformanceTable]:
    """Return the tables anybody may see: approved once and not withdrawn since, the newest year first; none of a sample department."""
    approved = PerformanceTable.objects.filter(approved_at__isnull=False, org__is_sample=False)
    return approved.exclude(stage="withdrawn").select_related("org").order_by("-year", "number")


def approved_version(table: PerformanceTable) -> Version:
    """Return what the table said when it was last approved; NotFound (``promise_not_found``) if it never was."""
    found = None
    if table.approved_at is not None:
        found = table.versions.filter(made_at__lte=table.approved_at).order_by("-ordinal").first()
    if found is None:
        raise NotFound("promise_not_found")
    return found


def promises(today: date) -> list[PublicTable]:
    """Return every published table, the newest year first."""
    return [_published(table, today) for table in published_tables()]


def promise(number: str, today: date) -> PublicTable:
    """Return one published table; raise NotFound (``promise_not_found``) for any other."""
    table = published_tables().filter(number=number).first()
    if table is None:
        raise NotFound("promise_not_found")
    return _published(table, today)


def _published(table: PerformanceTable, today: date) -> PublicTable:
    version = approved_version(table)
    form = selectors.form_of(version)
    proofs: dict[int, list[Evidence]] = {}
    for row in selectors.evidence_in_force(table):
        proofs.setdefault(row.indicator, []).append(row)
    lines = selectors.scoreboard(table, today, version)
    return PublicTable(
        number=table.number,
        year=table.year,
        title=form.title,
        department=table.org.name,
        approved_on=clock.city_date(table.approved_at or version.made_at),
        version=version.ordinal,
        goals=form.goals,
        key_tasks=tuple(t for t in form.tasks if t.kind is TaskKind.KEY),
        other_tasks=tuple(t for t in form.tasks if t.kind is TaskKind.OTHER),
        task_total=form.task_total,
        promises=tuple(_promise(line, proofs.get(line.indicator.ordinal, []), table.year, today) for line in lines),
    )


def _promise(line: selectors.Line, rows: Sequence[Evidence], year: int, today: date) -> PublicPromise:
    value = line.verdict.value
    measured_on, proof = None, ""
    if value is not None and line.measurement is not None:
        measured_on = min(today, date(year, 12, 31))
        proof = _("系统自动测量，依据 %(n)s 条记录") % {"n": len(line.measurement.records)}
    elif value is not None:
        measured_on = rows[-1].on
        numbers = "、".join(row.number for row in rows[-SHOWN_NUMBERS:])
        proof = _("%(n)s 件佐证：%(numbers)s") % {"n": len(rows), "numbers": numbers}
        if len(rows) > SHOWN_NUMBERS:
            proof = _("%(n)s 件佐证，最近：%(numbers)s") % {"n": len(rows), "numbers": numbers}
    return PublicPromise(
        indicator=line.indicator,
        light=line.verdict.light.value,
        value=value,
        measured_on=measured_on,
        proof=proof,
        sentence=line.verdict.sentence,
    )
