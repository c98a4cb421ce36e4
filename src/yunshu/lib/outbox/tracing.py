"""The facts of a request, and which listeners handled each, when."""

from collections.abc import Iterator

from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import steps
from yunshu.lib.observe.steps import Step
from yunshu.lib.outbox.models import DeadLetter, HandledEvent, OutboxEntry


def of_request(number: str) -> Iterator[Step]:
    """Return what was told because of a request, and who heard it."""
    facts = list(OutboxEntry.objects.filter(request_id__startswith=number).order_by("pk")[: steps.MOST_STEPS])
    by_id = {fact.pk: fact for fact in facts}
    for fact in facts:
        told = {"what": fact.subject, "about": str(fact.pk), "request": fact.request_id}
        yield Step(at=fact.occurred_at, floor=label("事实"), state=label("写入发件箱"), **told)
        if fact.published_at:
            yield Step(at=fact.published_at, floor=label("事实"), state=label("送入消息流"), **told)
    for row in HandledEvent.objects.filter(event_id__in=by_id):
        fact = by_id[row.event_id]
        yield Step(
            at=row.handled_at,
            floor=label("处理"),
            what=row.handler,
            about=str(fact.pk),
            state=label("已处理"),
            request=fact.request_id,
        )
    for letter in DeadLetter.objects.filter(event_id__in=by_id):
        state = label("重试中") if letter.given_up_at is None else label("停止重试")
        request = by_id[letter.event_id].request_id
        yield Step(
            at=letter.failed_at,
            floor=label("处理"),
            what=letter.handler,
            about=str(letter.event_id),
            state=state,
            request=request,
        )
