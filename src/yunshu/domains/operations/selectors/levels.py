"""Reading service levels: which one holds for what, and the calendars its promises are counted in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.operations.incident_choices import HoursKind, Priority
from yunshu.domains.operations.models import PriorityRule, ServiceHours, ServiceLevel
from yunshu.domains.operations.rules.clocks import RESPOND
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.worktime import ROUND_THE_CLOCK, WorkCalendar, WorkingCalendar

Promises = Mapping[str, Mapping[str, Any]]


def level_for(scopes: Sequence[str]) -> ServiceLevel:
    """Return the level of a target with these tags, else the general one. Raises Refused (``no_service_level``)."""
    rows = {row.scope: row for row in ServiceLevel.objects.filter(is_active=True, scope__in=["", *scopes])}
    found = next((rows[scope] for scope in (*scopes, "") if scope in rows), None)
    if found is None:
        raise Refused("no_service_level", "没有适用的服务级别，请先在“服务级别”中登记。")
    return found


def promises_of(level: ServiceLevel, priority: str) -> Promises:
    """Return what a level promises for a priority: minutes, and in which time they are counted, by clock."""
    rows = level.promises.filter(priority=priority, is_active=True).select_related("hours")
    return {row.clock: {"minutes": row.minutes, "hours": row.hours.code} for row in rows}


def levels_for(scopes: Sequence[str], targets: Iterable[Sequence[str]]) -> list[ServiceLevel]:
    """Return every level that an incident falls under: those of its own tags, and the one of each of its targets' tags.

    Raises Refused (``no_service_level``).
    """
    own = ServiceLevel.objects.filter(is_active=True, scope__in=set(scopes) - {""})
    found = {
        row.pk: row for row in (*own.order_by("pk"), *(level_for(tags) for tags in sorted(set(map(tuple, targets)))))
    }
    return list(found.values()) or [level_for(())]


def strictest(
    found: Sequence[ServiceLevel], priority: str, start: datetime, *more: Promises
) -> tuple[ServiceLevel, Promises]:
    """Return for each clock the promise that ends first if it began at ``start``, and the level whose response that is.

    ``more`` are promises that were already made.
    """
    offered = [*((level, promises_of(level, priority)) for level in found), *((None, made) for made in more)]
    times = calendars({promise["hours"] for _level, promises in offered for promise in promises.values()})
    best: dict[str, tuple[datetime, ServiceLevel | None, Mapping[str, Any]]] = {}
    for level, promises in offered:
        for clock, promise in promises.items():
            due = times[promise["hours"]].add_working_time(start, promise["minutes"] * 60)
            if clock not in best or due < best[clock][0]:
                best[clock] = (due, level, promise)
    level = best[RESPOND][1] if RESPOND in best else None
    return level or found[0], {clock: promise for clock, (_due, _level, promise) in best.items()}


def calendars(codes: Iterable[str]) -> dict[str, WorkCalendar]:
    """Return the calendars of these service hours as the tables say now; a code that is gone runs round the clock."""
    rows = ServiceHours.objects.filter(code__in=set(codes)).prefetch_related("dates")
    city = cache(working_calendar)
    found = {row.code: _calendar(row, city) for row in rows}
    return {code: found.get(code, ROUND_THE_CLOCK) for code in codes}


def _calendar(row: ServiceHours, city: Any) -> WorkCalendar:
    if row.kind == HoursKind.ALWAYS:
        return ROUND_THE_CLOCK
    base: WorkingCalendar = city()
    if row.kind == HoursKind.WORKING:
        return base
    dated: dict[date, list[tuple[time, time]]] = {}
    for day in row.dates.all():
        parts = dated.setdefault(day.on, [])
        if day.starts_at is not None and day.ends_at is not None:
            parts.append((day.starts_at, day.ends_at))
    return WorkingCalendar.of(
        segments=dict(base.hours),
        special_days=base.special,
        known_years=base.known_years,
        version=base.version,
        dated=dated,
    )


def priority_for(kind: str, members: int) -> str:
    """Return the gravest priority of the rules that fit a cause of ``kind`` with so many targets; P3 if none does."""
    rules = PriorityRule.objects.filter(is_active=True, kind__in=["", kind], members_from__lte=members)
    return min((rule.priority for rule in rules), default=Priority.P3)
