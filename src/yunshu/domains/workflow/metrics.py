"""What the worklist offers to the performance table: how many tasks were done in time."""

import hashlib
from decimal import Decimal

from django.db.models import F, Q

from yunshu.domains.workflow.models import Task
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

SHOWN = 200


def on_time_rate(scope: Scope) -> Measurement:
    """Return the share (%) of the organisation's tasks with a deadline that were done in time, of those done or overdue.

    A task that is still open and not overdue does not count yet. Without any there is no value.
    """
    rows = Task.objects.filter(
        org__code=scope.org_code,
        due_at__isnull=False,
        opened_at__date__gte=scope.starts_on,
        opened_at__date__lte=scope.ends_on,
    )
    counted = rows.filter(Q(done_at__isnull=False) | Q(due_at__date__lte=scope.ends_on))
    total = counted.count()
    in_time = counted.filter(done_at__isnull=False, done_at__lte=F("due_at")).count()
    value = (Decimal(in_time) * 100 / total).quantize(Decimal("0.01")) if total else None
    facts = "\n".join(
        f"{pk} {due} {done}" for pk, due, done in counted.order_by("pk").values_list("pk", "due_at", "done_at")
    )
    late = counted.exclude(done_at__isnull=False, done_at__lte=F("due_at")).select_related("case").order_by("due_at")
    return Measurement(
        value=value,
        unit="%",
        numerator=Decimal(in_time),
        denominator=Decimal(total),
        records=tuple(_record(task) for task in late[:SHOWN]),
        made_by="workflow.on_time_rate/1",
        made_from=hashlib.sha256(facts.encode()).hexdigest(),
        note="" if total else "这一时期没有到期或办结的待办。",
    )


def _record(task: Task) -> Record:
    done = f"{task.done_at:%Y-%m-%d %H:%M}" if task.done_at else "未办结"
    return Record(number=task.case.number, title=task.title, value=done, url=task.case.url)


ON_TIME = Metric(
    code="workflow.on_time_rate",
    name="待办按期办结率",
    unit="%",
    description="有时限的待办中按期办结的比例；未到期的在办件不计",
    measure=on_time_rate,
)
