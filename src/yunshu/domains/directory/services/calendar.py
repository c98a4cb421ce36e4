"""The working calendar: years known from a notice, days that differ, working hours. Each change is an event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import CALENDAR_EDIT, Viewer
from yunshu.domains.directory.models import CalendarDay, CalendarYear, WorkSegment
from yunshu.domains.directory.services.changes import change
from yunshu.events.directory import CalendarChanged
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.outbox import publish


@dataclass(frozen=True, kw_only=True)
class DaySpec:
    """A date that differs from the ordinary week, and the notice that says so."""

    on: date
    kind: str
    name: str
    source: str


@transaction.atomic
def save_year(*, actor: Viewer, year: int, source: str, days: Iterable[DaySpec] = ()) -> CalendarYear:
    """Declare a year known by the notice ``source`` and save its special days; says nothing new, changes nothing.

    Raises NotPermitted and Refused (``day_of_other_year``, ``source_missing``).
    """
    actor.require(CALENDAR_EDIT)
    if not source.strip():
        raise Refused("source_missing", _("请填写依据文件。"), where="source")
    row, _made = CalendarYear.objects.select_for_update().get_or_create(
        year=year, defaults={"source": source, "version": 0}
    )
    changed = row.version == 0 or row.source != source
    for day in days:
        if day.on.year != year:
            raise Refused(
                "day_of_other_year", _("%(day)s 不属于 %(year)s 年。") % {"day": day.on, "year": year}, where="on"
            )
        changed = _put_day(day) or changed
    if changed:
        change(row, {"source": source})
        _bump(year)
    row.refresh_from_db()
    return row


@transaction.atomic
def save_day(*, actor: Viewer, spec: DaySpec) -> CalendarDay:
    """Save one special day (a typhoon closure, a half day). Raises NotPermitted and Refused (``source_missing``)."""
    actor.require(CALENDAR_EDIT)
    if not spec.source.strip():
        raise Refused("source_missing", _("请填写依据文件。"), where="source")
    if _put_day(spec):
        _bump(spec.on.year)
    return CalendarDay.objects.get(on=spec.on)


@transaction.atomic
def remove_day(*, actor: Viewer, on: date) -> None:
    """Take back a special day: the date is ordinary again. Raises NotPermitted and NotFound (``day_not_found``)."""
    actor.require(CALENDAR_EDIT)
    deleted, _rows = CalendarDay.objects.filter(on=on).delete()
    if not deleted:
        raise NotFound("day_not_found")
    _bump(on.year)


@transaction.atomic
def replace_segments(*, actor: Viewer, valid_from: date, segments: Iterable[tuple[time, time]], source: str) -> None:
    """Set the working hours that hold from ``valid_from`` on.

    Raises NotPermitted and Refused (``segments_overlap``, ``segments_missing``).
    """
    actor.require(CALENDAR_EDIT)
    wanted = sorted(segments)
    if not wanted:
        raise Refused("segments_missing", _("请至少填写一个工作时段。"), where="segments")
    if any(start >= end for start, end in wanted) or any(a[1] > b[0] for a, b in pairwise(wanted)):
        raise Refused("segments_overlap", _("工作时段不能重叠，且结束须晚于开始。"), where="segments")
    rows = WorkSegment.objects.filter(valid_from=valid_from).order_by("starts_at")
    if [(r.starts_at, r.ends_at, r.source) for r in rows] == [(start, end, source) for start, end in wanted]:
        return
    rows.delete()
    for start, end in wanted:
        WorkSegment.objects.create(valid_from=valid_from, starts_at=start, ends_at=end, source=source)
    _bump(valid_from.year)


def _put_day(spec: DaySpec) -> bool:
    values = {"kind": spec.kind, "name": spec.name, "source": spec.source}
    row = CalendarDay.objects.filter(on=spec.on).first()
    if row is None:
        CalendarDay.objects.create(on=spec.on, **values)
        return True
    different = any(getattr(row, name) != value for name, value in values.items())
    change(row, values)
    return different


def _bump(year: int) -> None:
    row = CalendarYear.objects.select_for_update().filter(year=year).first()
    version = (row.version if row else 0) + 1
    if row:
        change(row, {"version": version})
    publish(CalendarChanged(year=year, version=version))
