"""Is the calendar of a pack consistent and complete?"""

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext as _

from yunshu.config.city.calendar import dates
from yunshu.config.city.problems import Problem, Weight
from yunshu.config.city.schema import Holiday, Notice, Year

STATUTORY = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
"""全体公民放假的节日（全国年节及纪念日放假办法第二条）；the notices count 除夕 within 春节."""
SATURDAY = 5


def check(years: Mapping[str, Year]) -> Iterator[Problem]:
    """Yield what is wrong with the calendar files, keyed by file name."""
    for file, year in years.items():
        if file != f"calendar/{year.year}.toml":
            message = _("文件名与 year = %(year)s 不符。") % {"year": year.year}
            yield Problem(file=file, place="year", message=message, advice=_("请改文件名或年份。"))
        yield from _complete(file, year)
        for notice in year.notices:
            yield from _notice(file, year, notice)
    yield from _gaps(years)


def _gaps(years: Mapping[str, Year]) -> Iterator[Problem]:
    known = {y.year for y in years.values()}
    for missing in sorted(set(range(min(known), max(known) + 1)) - known):
        yield Problem(
            file=f"calendar/{missing}.toml",
            place="",
            message=_("缺少 %(year)s 年。") % {"year": missing},
            advice=_("年份须连续，请补上该年的通知。"),
        )


def _complete(file: str, year: Year) -> Iterator[Problem]:
    named = {name for notice in year.notices for h in notice.holidays for name in h.name.split("、")}
    for name in STATUTORY:
        if name not in named:
            message = _("缺少%(name)s。") % {"name": name}
            yield Problem(file=file, place="holidays", message=message, advice=_("请对照通知补上。"))
    for name in sorted(named - set(STATUTORY)):
        message = _("“%(name)s”不是法定节日名称。") % {"name": name}
        advice = _("可用：%(names)s；合并放假用“、”连接。") % {"names": "、".join(STATUTORY)}
        yield Problem(file=file, place="holidays", message=message, advice=advice)


def _notice(file: str, year: Year, notice: Notice) -> Iterator[Problem]:
    if not notice.verified:
        yield Problem(file=file, place=notice.source, message=_("文号未核对。"), weight=Weight.HINT)
    taken: dict[date, str] = {}
    for holiday in notice.holidays:
        yield from _holiday(file, year, holiday)
        for on in (*dates(holiday), *holiday.workdays):
            other = taken.setdefault(on, holiday.name)
            if other != holiday.name:
                message = _("%(day)s 同时属于%(other)s。") % {"day": on, "other": other}
                yield Problem(file=file, place=holiday.name, message=message, advice=_("请核对起止日期。"))


def _holiday(file: str, year: Year, holiday: Holiday) -> Iterator[Problem]:
    count = (holiday.ends_on - holiday.starts_on).days + 1
    if count != holiday.days:
        message = _("%(start)s 至 %(end)s 共 %(count)s 天，通知写的是 %(days)s 天。") % {
            "start": holiday.starts_on,
            "end": holiday.ends_on,
            "count": count,
            "days": holiday.days,
        }
        yield Problem(file=file, place=holiday.name, message=message, advice=_("请核对起止日期和 days。"))
    if holiday.ends_on.year != year.year or holiday.starts_on.year not in {year.year, year.year - 1}:
        message = _("日期不在 %(year)s 年。") % {"year": year.year}
        yield Problem(file=file, place=holiday.name, message=message, advice=_("请核对年份。"))
    for on in holiday.workdays:
        if on.weekday() < SATURDAY:
            message = _("调休上班日 %(day)s 不是周末。") % {"day": on}
            yield Problem(file=file, place=holiday.name, message=message, advice=_("请核对 workdays。"))
        if holiday.starts_on <= on <= holiday.ends_on:
            message = _("调休上班日 %(day)s 落在本假期之内。") % {"day": on}
            yield Problem(file=file, place=holiday.name, message=message, advice=_("请核对 workdays。"))
