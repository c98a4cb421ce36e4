"""The records of a request: made, sealed into a batch, ordered, final."""

from collections.abc import Iterator

from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import steps
from yunshu.lib.observe.steps import Step


def of_request(number: str) -> Iterator[Step]:
    """Return how far each record of a request has come."""
    rows = Record.objects.filter(request_id__startswith=number).select_related("batch").order_by("pk")
    for row in rows[: steps.MOST_STEPS]:
        passed = [(row.recorded_at, label("记录"))]
        if row.batch is not None:
            passed += [(row.batch.made_at, label("装入批次"))]
            passed += [(row.batch.posted_at, label("送上账本"))] if row.batch.posted_at else []
        passed += [(row.ordered_at, label("定序"))] if row.ordered_at else []
        passed += [(row.final_at, label("最终确认"))] if row.final_at else []
        for at, state in passed:
            yield Step(at=at, floor=label("存证"), what=row.kind, about=row.number, state=state, request=row.request_id)
