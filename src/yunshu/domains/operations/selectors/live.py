"""The live page: what is down and since when, what explains what, who looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.choices import Condition, TargetKind, TargetState
from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.models import Incident, Need, SampleSeal, Status, StatusChange, Target, Vantage
from yunshu.domains.operations.selectors.holding import Holding, holdings
from yunshu.domains.operations.selectors.incidents import open_incidents
from yunshu.domains.operations.selectors.targets import condition_of, visible_targets

DRAWN, CHANGES, ON_WALL = 160, 15, 600
SILENT_AFTER = timedelta(seconds=60)
SEAL_KINDS = list(SampleSeal.Kind.choices)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A root cause with what it explains, and who has it in hand."""

    cause: Target
    status: Status | None
    explains: tuple[Status, ...]
    holding: Holding | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The targets of one kind, each with its condition, or why none is known."""

    name: str
    cells: Sequence[tuple[Target, str]]


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything of the page."""

    troubles: Sequence[Trouble]
    incidents: Sequence[Incident]
    unsettled: Sequence[Status]
    counts: Mapping[str, int]
    needs: Mapping[str, Sequence[str]]
    drawn: Sequence[Target]
    wall: Sequence[Group]
    walled: int
    changes: Sequence[StatusChange]


def board(viewer: Viewer) -> Board:
    """Return the page's content within the viewer's reach."""
    rows = visible_targets(viewer).exclude(state=TargetState.RETIRED)
    statuses = list(
        Status.objects.filter(target__in=rows.filter(state=TargetState.ACTIVE))
        .select_related("target", "cause", "target__org")
        .order_by("since")
    )
    needs = list(Need.objects.filter(target__in=rows, upstream__in=rows).select_related("target", "upstream"))
    by_target: dict[str, list[str]] = {}
    for need in needs:
        by_target.setdefault(need.target.number, []).append(need.upstream.number)
    linked = {n for number, ups in by_target.items() for n in (number, *ups)}
    drawn = list(rows.filter(number__in=linked).order_by("kind", "name")[:DRAWN])
    return Board(
        troubles=_troubles(statuses),
        incidents=list(open_incidents(viewer)),
        unsettled=[s for s in statuses if s.condition in (Condition.DEGRADED, Condition.UNKNOWN, Condition.MAINT)],
        counts=Counter(s.condition for s in statuses) + Counter(map(condition_of, _not_judged(rows))),
        needs=by_target,
        drawn=drawn,
        wall=_wall(rows),
        walled=ON_WALL,
        changes=_changes(rows),
    )


def _not_judged(rows: QuerySet[Target]) -> QuerySet[Target]:
    return rows.filter(Q(state=TargetState.PLANNED) | Q(status__isnull=True))


def _changes(rows: QuerySet[Target]) -> list[StatusChange]:
    """Return what was told last, by when it began: a root cause found later does not move a change to the front."""
    found = StatusChange.objects.filter(target__in=rows).select_related("target")[:CHANGES]
    return sorted(found, key=lambda change: (change.since, change.pk), reverse=True)


def _wall(rows: QuerySet[Target]) -> list[Group]:
    """Return the targets by kind; of very many those that are not well come first."""
    found = list(rows.order_by("status__condition", "name")[:ON_WALL])
    cells: dict[str, list[tuple[Target, str]]] = {}
    for row in sorted(found, key=lambda t: t.name):
        cells.setdefault(row.kind, []).append((row, condition_of(row)))
    return [Group(name=str(TargetKind(kind).label), cells=cells[kind]) for kind in TargetKind.values if kind in cells]


def _troubles(statuses: Sequence[Status]) -> list[Trouble]:
    down = [s for s in statuses if s.condition == Condition.DOWN]
    own = {s.target_id: s for s in down}
    groups: dict[int, list[Status]] = {}
    causes: dict[int, Target] = {}
    for status in down:
        cause = status.cause or status.target
        causes[cause.pk] = cause
        groups.setdefault(cause.pk, []).append(status)
    held = holdings([s.target.number for s in down] + [t.number for t in causes.values()]) if down else {}
    return [
        Trouble(
            cause=causes[pk],
            status=own.get(pk),
            explains=tuple(s for s in found if s.target_id != pk),
            holding=next((held[n] for n in (causes[pk].number, *(s.target.number for s in found)) if n in held), None),
        )
        for pk, found in groups.items()
    ]


def vantages(now: datetime) -> list[tuple[Vantage, bool]]:
    """Return who looks, and whether each was heard lately."""
    return [
        (row, row.seen_at is not None and now - row.seen_at < SILENT_AFTER)
        for row in Vantage.objects.filter(is_active=True)
    ]


def visible_seals(viewer: Viewer) -> QuerySet[SampleSeal]:
    """Return the digests of sealed days: for whoever may see what is watched; they name no target."""
    return SampleSeal.objects.all() if viewer.may(TARGET_VIEW) else SampleSeal.objects.none()


def public_targets() -> QuerySet[Target]:
    """Return what citizens may see the condition of."""
    rows = Target.objects.filter(is_public=True, state=TargetState.ACTIVE)
    return rows.select_related("status").order_by("kind", "name")


def since(row: Target) -> datetime | None:
    """Return since when a target's condition stands."""
    status = getattr(row, "status", None)
    return status.since if status else None
