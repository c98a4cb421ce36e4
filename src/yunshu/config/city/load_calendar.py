"""Bring the pack's calendar into the database: special days by year, and working hours."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from pghistory.core import event_models

from yunshu.config.city import history
from yunshu.config.city.calendar import SpecialDay, by_year
from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.config.city.schema import WorkHours
from yunshu.domains.directory import api
from yunshu.domains.directory.models import CalendarDay, CalendarYear, WorkSegment


def load_years(pack: Pack) -> list[Tally]:
    """Load calendar/YYYY.toml, a transaction a year.

    A day goes to the year it lies in, whichever notice names it; a year without a file of its own stays
    provisional, so its days are left out.
    """
    days = by_year(pack.years.values())
    tallies = []
    for file, year in pack.years.items():
        tally = Tally(file=file)
        with transaction.atomic(), history.signed():
            _year(year.year, "；".join(n.source for n in year.notices), days.get(year.year, []), tally)
        tallies.append(tally)
    return tallies


def _year(year: int, source: str, days: list[SpecialDay], tally: Tally) -> None:
    row = CalendarYear.objects.filter(year=year).first()
    kept_source = row.source if row and history.kept_fields(row, {"source": source}) else source
    specs = [spec for day in days if (spec := _day(day, tally))]
    api.save_year(actor=ACTOR, year=year, source=kept_source, days=specs)


def _day(day: SpecialDay, tally: Tally) -> api.DaySpec | None:
    """Count one day; return it if it is to be saved."""
    kind = CalendarDay.Kind.HOLIDAY if day.is_off else CalendarDay.Kind.WORKDAY
    name = day.name if day.is_off else _("%(name)s调休上班") % {"name": day.name}
    wanted = {"kind": kind.value, "name": name, "source": day.source}
    row = CalendarDay.objects.filter(on=day.on).first()
    if row is None and _removed_by_hand(day.on):
        tally.keep(str(day.on), _("已由人工删除，不再加入"))
        return None
    if row and all(getattr(row, key) == value for key, value in wanted.items()):
        tally.counts["same"] += 1
        return None
    if row and history.kept_fields(row, wanted):
        tally.keep(str(day.on), _("已由人工修改，保留"))
        return None
    tally.counts["updated" if row else "created"] += 1
    return api.DaySpec(on=day.on, **wanted)


def _removed_by_hand(on: date) -> bool:
    """The loader never removes a day: one that has a history but no row was removed by somebody."""
    (events,) = event_models(tracks_model=CalendarDay)
    return events._default_manager.filter(on=on).exists()


def load_hours(pack: Pack) -> Tally:
    """Load the working hours of city.toml."""
    tally = Tally(file="city.toml")
    with transaction.atomic(), history.signed():
        for hours in pack.city.work_hours:
            _hours(hours, tally)
    return tally


def _hours(hours: WorkHours, tally: Tally) -> None:
    rows = list(WorkSegment.objects.filter(valid_from=hours.valid_from).order_by("starts_at"))
    wanted = [(start, end, hours.source) for start, end in sorted(hours.segments)]
    if [(r.starts_at, r.ends_at, r.source) for r in rows] == wanted:
        tally.counts["same"] += 1
    elif not all(history.written_by_loader(r) for r in rows):
        tally.keep(str(hours.valid_from), _("作息时间已由人工修改，保留"))
    else:
        api.replace_segments(actor=ACTOR, valid_from=hours.valid_from, segments=hours.segments, source=hours.source)
        tally.counts["updated" if rows else "created"] += 1
