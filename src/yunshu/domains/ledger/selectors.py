"""Reading: records by receipt number and subject, what waits, alarms, and the state of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import rules
from yunshu.domains.ledger.contracts import LEDGER_VIEW, Evidence, State
from yunshu.domains.ledger.models import Alarm, Batch, Record
from yunshu.domains.ledger.peers import MemberStatus
from yunshu.lib.kernel.errors import NotFound

ALARM_NAMES = {
    "equivocation": _("成员签了两段历史"),
    "split": _("成员之间不一致"),
    "rolled_back": _("消息流被回退"),
    "stream_replaced": _("消息流被替换"),
    "stream_lost": _("消息流丢失"),
    "would_equivocate": _("本机曾签过另一个树头"),
    "diverged": _("本成员与多数不一致"),
    "stalled": _("迟迟不能最终确认"),
}


@dataclass(frozen=True)
class Standing:
    """How the submitter stands."""

    records: int
    waiting: int
    ordered: int
    final: int
    oldest_waiting: datetime | None
    last_final: datetime | None
    open_alarms: int


def visible_records(viewer: Viewer) -> QuerySet[Record]:
    """Return the records ``viewer`` may see, the newest first. That a record stands there is no secret, what it says is."""
    viewer.require(LEDGER_VIEW)
    return Record.objects.select_related("org", "batch")


def matching(viewer: Viewer, query: str) -> QuerySet[Record]:
    """Return the records whose number, subject or kind holds the words."""
    found = Q(number__icontains=query) | Q(subject__icontains=query) | Q(kind__icontains=query)
    return visible_records(viewer).filter(found).order_by("-pk")


def get_record(viewer: Viewer, number: str) -> Record:
    """Return one record by its receipt number; raise NotFound."""
    row = visible_records(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("record_not_found")
    return row


def evidence_of(kind_prefix: str, subject: str, now: datetime) -> list[Evidence]:
    """Return the records about one subject for its 证据 panel, the newest first. The page has checked who looks."""
    rows = Record.objects.filter(kind__startswith=kind_prefix, subject=subject).order_by("-id")[:200]
    return [_evidence(row, now) for row in rows]


def state_of(row: Record, now: datetime) -> State:
    """Return how far a record has come; one that takes too long is an alarm."""
    if row.final_at is not None:
        return State.FINAL
    if now - row.recorded_at > timedelta(seconds=rules.LATE_SECONDS):
        return State.ALARM
    return State.ORDERED if row.leaf_index is not None else State.RECORDED


def by_state(_viewer: Viewer, value: str) -> Q:
    """Return the condition of a list's filter by state."""
    return Q(final_at__isnull=value != "final")


def heads_agree(members: Sequence[MemberStatus]) -> bool | None:
    """Say whether all members that have the same final size have the same head; None with fewer than two to compare."""
    heads: dict[tuple[int, int], set[str]] = {}
    for member in members:
        final = (member.status or {}).get("final")
        if final:
            key = (member.status or {}).get("epoch", 0), final["size"]
            heads.setdefault(key, set()).add(f"{final['sha256']} {final['sm3']}")
    if sum(1 for member in members if (member.status or {}).get("final")) < 2:
        return None
    return all(len(found) == 1 for found in heads.values())


def unfinished_batches() -> Sequence[Batch]:
    """Return the batches that are not final, in order."""
    return list(Batch.objects.filter(final_at__isnull=True).order_by("number")[:200])


def standing(viewer: Viewer) -> Standing:
    """Return how many records wait, are ordered, are final."""
    viewer.require(LEDGER_VIEW)
    found = Record.objects.aggregate(
        records=Count("id"),
        waiting=Count("id", filter=Q(leaf_index__isnull=True)),
        ordered=Count("id", filter=Q(leaf_index__isnull=False, final_at__isnull=True)),
        final=Count("id", filter=Q(final_at__isnull=False)),
        oldest_waiting=Min("recorded_at", filter=Q(final_at__isnull=True)),
        last_final=Max("final_at"),
    )
    return Standing(**found, open_alarms=Alarm.objects.filter(handled_at__isnull=True).count())


def alarms(viewer: Viewer) -> QuerySet[Alarm]:
    """Return the alarms, the newest first."""
    viewer.require(LEDGER_VIEW)
    return Alarm.objects.all()


def _evidence(row: Record, now: datetime) -> Evidence:
    return Evidence(
        number=row.number,
        kind=row.kind,
        subject=row.subject,
        by=row.recorded_by,
        recorded_at=row.recorded_at,
        state=state_of(row, now),
        leaf_index=row.leaf_index,
        final_at=row.final_at,
        payload=row.payload,
    )
