"""What a request changed (which rows, not what in them), and the sign-ins that it was."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F
from django.db.models.fields.json import KT
from pghistory.models import Context

from yunshu.domains.directory.models import SignIn
from yunshu.domains.directory.selectors.audit import LABELS, event_tables
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import steps
from yunshu.lib.observe.steps import Step


def of_request(number: str) -> Iterator[Step]:
    """Return the changes of a request and of what came of it (its listeners, its jobs), and its sign-ins."""
    contexts = Context.objects.alias(of=KT("metadata__request")).filter(of__startswith=number)
    found = {row.pk: row.metadata for row in contexts[: steps.MOST_STEPS]}
    if found:
        for model in event_tables().values():
            yield from _changes(model, found)
    for row in SignIn.objects.filter(request_id__startswith=number)[: steps.MOST_STEPS]:
        yield Step(
            at=row.at,
            floor=label("登录"),
            what=str(row.get_outcome_display()),
            about=row.method,
            request=row.request_id,
        )


def _changes(model: Any, contexts: dict[Any, dict[str, Any]]) -> Iterator[Step]:
    rows = model._base_manager.filter(pgh_context__in=list(contexts)).annotate(of=F("pgh_context"))
    for row in rows.values_list("pgh_created_at", "pgh_label", "pgh_obj_id", "of")[: steps.MOST_STEPS]:
        at, verb, number, context = row
        words = contexts[context]
        yield Step(
            at=at,
            floor=label("数据"),
            what=f"{LABELS.get(verb, verb)} {model.pgh_tracked_model._meta.verbose_name}",
            about=str(number),
            state=str(words.get("who", "")).partition(":")[0],
            request=str(words.get("request", "")),
        )
