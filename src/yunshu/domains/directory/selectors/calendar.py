"""The working calendar: as arithmetic (``working_calendar``) and as a sheet of twelve months (``year_sheet``)."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, time

from yunshu.domains.directory.models import CalendarDay, CalendarYear, WorkSegment
from yunshu.lib.worktime import WorkingCalendar

WEEKEND = 5


def working_calendar() -> WorkingCalendar:
    """Return the city's working time as the tables say now. Two queries and a third for the segments."""
    years = list(CalendarYear.objects.order_by("year"))
    segments: dict[date, list[tuple[time, time]]] = {}
    for row in WorkSegment.objects.order_by("valid_from", "starts_at"):
        segments.setdefault(row.valid_from, []).append((row.starts_at, row.ends_at))
    return WorkingCalendar.of(
        segments=segments,
        special_days=dict(CalendarDay.objects.values_list("on", "kind")),
        known_years=[y.year for y in years],
        version=sum(y.version for y in years),
    )


@dataclass(frozen=True, kw_only=True)
class DayCell:
    """One date of the sheet. ``kind`` is empty on a date as the week has it."""

    on: date
    in_month: bool
    kind: str
    label: str
    name: str
    source: str
    works: bool


@dataclass(frozen=True, kw_only=True)
class YearSheet:
    """A year: months of weeks of cells, its notice (empty: provisional), its special days, sums."""

    year: int
    source: str
    known: bool
    months: tuple[tuple[int, tuple[tuple[DayCell, ...], ...]], ...]
    special: tuple[CalendarDay, ...]
    workdays: int


def year_sheet(year: int) -> YearSheet:
    """Return the sheet of a year, weeks beginning on Monday."""
    special = {row.on: row for row in CalendarDay.objects.filter(on__year__gte=year - 1, on__year__lte=year + 1)}
    notice = CalendarYear.objects.filter(year=year).first()
    calendar = working_calendar() if WorkSegment.objects.exists() else None
    months = tuple(
        (month, tuple(tuple(_cell(day, month, special, calendar) for day in week) for week in weeks))
        for month in range(1, 13)
        for weeks in [Calendar().monthdatescalendar(year, month)]
    )
    days = [c for _month, weeks in months for week in weeks for c in week if c.in_month]
    return YearSheet(
        year=year,
        source=notice.source if notice else "",
        known=notice is not None,
        months=months,
        special=tuple(row for on, row in sorted(special.items()) if on.year == year),
        workdays=sum(c.works for c in days),
    )


def _cell(on: date, month: int, special: dict[date, CalendarDay], calendar: WorkingCalendar | None) -> DayCell:
    row = special.get(on)
    return DayCell(
        on=on,
        in_month=on.month == month,
        kind=row.kind if row else "",
        label=row.get_kind_display() if row else "",
        name=row.name if row else "",
        source=row.source if row else "",
        works=calendar.is_workday(on) if calendar else on.weekday() < WEEKEND,
    )


def working_hours() -> list[tuple[date, list[WorkSegment]]]:
    """Return the working hours by the day from which they hold, the latest first."""
    hours: dict[date, list[WorkSegment]] = {}
    for row in WorkSegment.objects.order_by("-valid_from", "starts_at"):
        hours.setdefault(row.valid_from, []).append(row)
    return list(hours.items())


def calendar_years() -> list[int]:
    """Return the years known from a notice, ascending."""
    return list(CalendarYear.objects.order_by("year").values_list("year", flat=True))
