"""Keeping the condition of each target, and telling others in the same transaction when it changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yunshu.domains.operations.models import Status, StatusChange, Target
from yunshu.events.operations import TargetStateChanged
from yunshu.lib.outbox import publish


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known of a target now; ``cause`` is the number of the target that explains it, empty while it is well."""

    number: str
    condition: str
    since: datetime
    error: str = ""
    cause: str = ""


@transaction.atomic
def record_verdicts(verdicts: Iterable[Verdict], now: datetime) -> int:
    """Store what changed and tell it; what did not change is not written. Return how many changed.

    A target that is gone is passed over. The same verdicts again change nothing.
    """
    wanted = {v.number: v for v in verdicts}
    numbers = sorted(wanted.keys() | {v.cause for v in wanted.values() if v.cause})
    targets = {t.number: t for t in Target.objects.select_for_update().filter(number__in=numbers).order_by("pk")}
    known = {s.target_id: s for s in Status.objects.filter(target__in=targets.values()).select_related("cause")}
    changed = 0
    for number in sorted(wanted.keys() & targets.keys()):
        changed += _store(targets[number], known.get(targets[number].pk), wanted[number], targets, now)
    return changed


def _store(target: Target, before: Status | None, verdict: Verdict, targets: dict[str, Target], now: datetime) -> int:
    cause = targets.get(verdict.cause)
    was = before.condition if before else ""
    cause_before = before.cause.number if before and before.cause else ""
    cause_now = cause.number if cause else ""
    if (was, cause_before) == (verdict.condition, cause_now):
        return 0
    since = before.since if before and was == verdict.condition else verdict.since
    Status.objects.update_or_create(
        target=target,
        defaults={
            "condition": verdict.condition,
            "since": since,
            "error": verdict.error[:200],
            "cause": cause,
            "judged_at": now,
        },
    )
    facts = {"was": was, "since": since, "at": now, "error": verdict.error[:200], "cause": cause_now}
    StatusChange.objects.create(target=target, condition=verdict.condition, **facts)
    publish(
        TargetStateChanged(
            number=target.number,
            state=verdict.condition,
            was=was,
            since=since,
            at=now,
            cause=cause_now,
            error=verdict.error[:200],
        ),
        now,
    )
    return 1
