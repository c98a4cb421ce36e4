"""Reading changes: whose windows excuse what, and the calendar of what is planned."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import CHANGE_APPROVE, CHANGE_EDIT, TARGET_VIEW
from yunshu.domains.operations.models import Change, ChangeTarget, Problem
from yunshu.domains.operations.rules import windows
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.availability import Maintenance
from yunshu.lib.kernel.errors import NotFound

Span = tuple[datetime, datetime]


def maintenance(target_number: str, since: datetime, until: datetime) -> list[Span]:
    """Return when a target's outage is excused between two moments: approved windows only, no second of an overrun."""
    return windows.excused(_windows([target_number], since, until).get(target_number, ()), since, until)


def overruns(target_number: str, since: datetime, until: datetime) -> list[Span]:
    """Return the work beyond its windows between two moments: it counts as down, whatever probes saw."""
    found = _windows([target_number], since, until).get(target_number, ())
    spans = (windows.overrun(w, until) for w in found)
    cut = sorted((max(s[0], since), min(s[1], until)) for s in spans if s)
    return [(start, end) for start, end in cut if start < end]


def windows_for(targets: Collection[str], since: datetime, until: datetime) -> dict[str, list[Maintenance]]:
    """Return the windows of many targets that touch a period, as availability takes them; work that goes on lasts until ``until``."""
    return {
        number: [_maintenance(w, until) for w in found if w.cancelled_at is None or w.cancelled_at > w.start]
        for number, found in _windows(targets, since, until).items()
    }


def _maintenance(window: windows.Window, until: datetime) -> Maintenance:
    end = min(window.end, window.cancelled_at or window.end)
    late = windows.overrun(window, until)
    finished = late[1] if late else window.finished_at
    return Maintenance(
        start=int(window.start.timestamp()),
        end=int(end.timestamp()),
        approved_at=int(window.approved_at.timestamp()) if window.approved_at else None,
        finished_at=int(finished.timestamp()) if finished else None,
    )


def excused_now(numbers: Iterable[str], now: datetime) -> set[str]:
    """Return those of the targets that are within an approved window."""
    return {
        number
        for number, found in _windows(numbers, now, now).items()
        if any(
            w.approved_at is not None
            and w.approved_at < w.start <= now < w.end
            and w.cancelled_at is None
            and (w.finished_at is None or now < w.finished_at)
            for w in found
        )
    }


def last_window_end(number: str, since: datetime, now: datetime) -> datetime | None:
    """Return when the last approved window between two moments ended, None if there was none."""
    return max((end for _start, end in maintenance(number, since, now)), default=None)


def _windows(numbers: Iterable[str], since: datetime, until: datetime) -> Mapping[str, list[windows.Window]]:
    rows = ChangeTarget.objects.filter(
        Q(change__ends_at__gte=since) | Q(change__stage="running") | Q(change__finished_at__gte=since),
        target__number__in=list(numbers),
        change__approved_at__isnull=False,
        change__starts_at__lte=until,
    ).select_related("change", "target")
    out: dict[str, list[windows.Window]] = {}
    for row in rows:
        change = row.change
        never_begun = change.begun_at is None and change.ends_at <= until
        window = windows.Window(
            start=change.starts_at,
            end=change.ends_at,
            approved_at=change.approved_at,
            cancelled_at=change.cancelled_at,
            finished_at=change.ends_at if never_begun else change.finished_at,
        )
        out.setdefault(row.target.number, []).append(window)
    return out


def visible_changes(viewer: Viewer) -> QuerySet[Change]:
    """Return the changes of what the viewer watches, asks for or approves."""
    reach = Q(pk__in=())
    for permission in (TARGET_VIEW, CHANGE_EDIT, CHANGE_APPROVE):
        reach |= within(viewer, permission, "org__path")
    return Change.objects.filter(reach).select_related("org")


def get_change(viewer: Viewer, number: str) -> Change:
    """Return one change; raise NotFound (``change_not_found``)."""
    row = visible_changes(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("change_not_found")
    return row


def visible_problems(viewer: Viewer) -> QuerySet[Problem]:
    """Return the problems of what the viewer watches or mends."""
    return Problem.objects.filter(within(viewer, TARGET_VIEW, "org__path")).select_related("org", "change")


def get_problem(viewer: Viewer, number: str) -> Problem:
    """Return one problem; raise NotFound (``problem_not_found``)."""
    row = visible_problems(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("problem_not_found")
    return row


def overrun_of(row: Change, now: datetime) -> Span | None:
    """Return the time a change was worked on beyond its window, up to now; None if there is none."""
    if row.begun_at is None:
        return None
    window = windows.Window(
        start=row.starts_at,
        end=row.ends_at,
        approved_at=row.approved_at,
        cancelled_at=row.cancelled_at,
        finished_at=row.finished_at,
    )
    return windows.overrun(window, now)
