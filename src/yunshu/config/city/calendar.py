"""From notices to days: which dates differ from the ordinary week, by which notice. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from yunshu.config.city.schema import Holiday, Year


@dataclass(frozen=True, kw_only=True)
class SpecialDay:
    """A date that is off though it may be a weekday, or worked though it is a weekend."""

    on: date
    is_off: bool
    name: str
    source: str


def dates(holiday: Holiday) -> Iterator[date]:
    """Return the days off of one holiday, in order."""
    for offset in range((holiday.ends_on - holiday.starts_on).days + 1):
        yield holiday.starts_on + timedelta(days=offset)


def special_days(year: Year) -> dict[date, SpecialDay]:
    """Return every special day of a file: a holiday in a later notice replaces the one of the same name.

    A day that both notices name alike keeps the source that said it first. The days may lie in the year
    before (元旦 of 2023 began on 2022-12-31).
    """
    result: dict[date, SpecialDay] = {}
    for notice in year.notices:
        for holiday in notice.holidays:
            new = {d.on: d for d in _days(holiday, notice.source)}
            old = {on: d for on, d in result.items() if d.name == holiday.name}
            result = {on: d for on, d in result.items() if on not in old}
            result |= {on: _first(old.get(on), day) for on, day in new.items()}
    return dict(sorted(result.items()))


def _days(holiday: Holiday, source: str) -> Iterator[SpecialDay]:
    for on in dates(holiday):
        yield SpecialDay(on=on, is_off=True, name=holiday.name, source=source)
    for on in holiday.workdays:
        yield SpecialDay(on=on, is_off=False, name=holiday.name, source=source)


def _first(old: SpecialDay | None, new: SpecialDay) -> SpecialDay:
    return old if old and old.is_off == new.is_off else new


def by_year(years: Iterable[Year]) -> dict[int, list[SpecialDay]]:
    """Return all special days of all files under the calendar year they lie in."""
    result: dict[int, list[SpecialDay]] = {}
    for year in years:
        for day in special_days(year).values():
            result.setdefault(day.on.year, []).append(day)
    return result
