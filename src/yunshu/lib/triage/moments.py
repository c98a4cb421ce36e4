"""When something happened, as people say it: 昨天晚上11点, 上周三, 5月28日下午3点半, 三天前, 每天凌晨.

Everything is read from the moment at which it was said (``said``); nothing asks a clock. A moment is a stretch from ``first``
to ``last`` as wide as the words leave it. Reports speak about the past: a day without a year, or without a month, is the last
such day not more than a month after ``said``; a clock time without a day is the last one before it. 晚上12点 is the midnight that ends that day, and 晚上1点 to 4点 follow it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from yunshu.lib.triage.numerals import NUMBER, number

_DAY_S = timedelta(days=1)
_RELATIVE_DAY = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2}
_RELATIVE_MONTH = {"上上": -2, "上": -1, "本": 0, "这": 0, "当": 0, "下": 1}
_RELATIVE_YEAR = {"今": 0, "本": 0, "去": -1, "前": -2, "明": 1}
_WEEKDAY = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "末": 5, "日": 6, "天": 6}
_PARTS = {
    "凌晨": (0, 6), "清晨": (5, 9), "早晨": (5, 9), "早上": (5, 9), "早": (5, 9), "晨": (5, 9), "上午": (8, 12),
    "中午": (11, 14), "午间": (11, 14), "下午": (12, 18), "傍晚": (17, 20), "晚上": (18, 24), "晚间": (18, 24),
    "夜里": (20, 24), "夜间": (20, 24), "深夜": (22, 24), "半夜": (22, 26), "午夜": (22, 26), "晚": (18, 24), "夜": (18, 24),
}  # fmt: skip
_NIGHT = {"晚上", "晚间", "夜里", "夜间", "深夜", "半夜", "午夜", "晚", "夜"}
_UNIT = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}


class Grain(StrEnum):
    """How exactly it was said."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    PART = "part"
    HOUR = "hour"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A stretch of time named in a text. ``assumed``: the day was not said; ``recurring``: it happens again and again."""

    start: int
    end: int
    text: str
    first: datetime
    last: datetime
    grain: Grain
    assumed: bool = False
    recurring: bool = False


_DAY = rf"""
 (?P<year>\d{{4}})[年/\-.](?P<month>\d{{1,2}}|{NUMBER})[月/\-.](?P<day>\d{{1,2}}|{NUMBER})[日号]?
|(?P<ryear>[今去前明本])年(?P<rmonth>{NUMBER})月(?:(?P<rday>{NUMBER})[日号])?
|(?P<yyear>\d{{4}})年(?:(?P<ymonth>{NUMBER})月份?)?
|(?P<onlyryear>[今去前])年
|(?P<mmonth>{NUMBER})月(?:(?P<mday>{NUMBER})[日号]|份)
|(?P<relmonth>上上|[上本这下当])个?月(?:(?P<relmonthday>{NUMBER})[日号])?
|(?P<relweek>上上|[上本这下])?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])
|(?P<relday>大前|[前昨今明后])(?:天|日|(?=[早晚晨夜]))
|(?P<half>半)(?P<halfunit>个?月|小时|个小时|年)(?:以)?前
|(?P<ago>{NUMBER})(?:多)?个?(?:多)?(?P<unit>年|月|周|星期|礼拜|天|日|小时|钟头|分钟)(?:多)?(?:以)?前
|(?<![\d路街巷道村栋幢座区第])(?P<monthday>\d{{1,2}})[号日](?![楼线栋门房院店铺桥路地车井文机厅馆窗仓库口台令])
"""
_PATTERN = re.compile(
    rf"""(?P<recurring>每天|每日|天天|每晚|每早|每到)?(?:{_DAY})?的?
    (?P<part>{"|".join(sorted(_PARTS, key=len, reverse=True))})?的?
    (?:(?P<hour>{NUMBER})(?:(?:点钟?|时(?![间候段期常]))(?:(?P<halfhour>半)|(?P<quarter>[一三])刻|(?P<minute>{NUMBER})分?)?|[:：](?P<colon>\d{{2}})(?!\d)))?""",
    re.VERBOSE,
)
_JOIN = re.compile(r"[到至\-—~～]{1,2}|一直到|直到")


def moments(text: str, said: datetime) -> list[Moment]:
    """Return the moments named in ``text``, in its order; ``said`` is when it was said, with its time zone."""
    found: list[Moment] = []
    for moment in _each(text, said):
        before = found[-1] if found else None
        if before and _JOIN.fullmatch(text[before.end : moment.start]):
            found[-1] = _joined(text, before, moment)
        else:
            found.append(moment)
    return found


def _each(text: str, said: datetime) -> Iterator[Moment]:
    for match in _PATTERN.finditer(text):
        part = match["recurring"][1:] if match["recurring"] in {"每晚", "每早"} else match["part"]
        day = _day(match, said)
        clock = match["hour"] is not None
        anchored = clock and (part or match["minute"] or match["colon"] or match["halfhour"])
        if day is None and not anchored and not match["recurring"]:
            continue
        if isinstance(day, datetime):
            yield _moment(match, day, day, Grain.HOUR)
            continue
        moment = _placed(match, day or (said.date(), said.date(), Grain.DAY), part, said)
        if moment is None:
            continue
        ahead = day is None and moment.first > said
        back = _DAY_S if ahead else timedelta(0)
        yield replace(
            moment,
            first=moment.first - back,
            last=moment.last - back,
            assumed=day is None,
            recurring=bool(match["recurring"]),
        )


def _placed(match: re.Match[str], day: tuple[date, date, Grain], part: str | None, said: datetime) -> Moment | None:
    """Return the moment on its day: at the clock's time, in the part of the day, or all day; None for no time at all."""
    first, last, grain = day
    midnight = datetime.combine(first, time(), said.tzinfo)
    if match["hour"] is not None and grain == Grain.DAY:
        minutes = _minutes(match, part)
        if minutes is None:
            return None
        at, exact = midnight + timedelta(minutes=minutes), bool(match["minute"] or match["colon"])
        return _moment(match, at, at, Grain.MINUTE if exact else Grain.HOUR)
    if part and grain == Grain.DAY:
        start, end = _PARTS[part]
        return _moment(match, midnight + timedelta(hours=start), midnight + timedelta(hours=end), Grain.PART)
    return _moment(match, midnight, datetime.combine(last, time(), said.tzinfo) + _DAY_S, grain)


def _minutes(match: re.Match[str], part: str | None) -> int | None:
    """Return the minutes after midnight of the day that was said; None if there is no such hour."""
    hour = number(match["hour"])
    minute = number(match["minute"] or match["colon"] or "0")
    minute = 30 if match["halfhour"] else 15 * number(match["quarter"]) if match["quarter"] else minute
    if hour > 24 or minute > 59:
        return None
    if part in _NIGHT:
        hour += 24 if hour <= 4 else 12 if hour <= 12 else 0
    elif part in {"下午", "傍晚"} or (part in {"中午", "午间"} and hour < 4):
        hour += 12 if hour < 12 else 0
    return 60 * hour + minute


def _day(match: re.Match[str], said: datetime) -> tuple[date, date, Grain] | datetime | None:
    """Return the day or days that were said, or the very moment (三小时前); None if no day was said."""
    try:
        for read in (_calendar_day, _relative_day):
            day = read(match, said)
            if day is not None:
                return day
    except (ValueError, OverflowError):
        return None
    return None


def _calendar_day(match: re.Match[str], said: datetime) -> tuple[date, date, Grain] | None:
    if match["year"]:
        return _one(date(int(match["year"]), number(match["month"]), number(match["day"])))
    if match["ryear"]:
        year = said.year + _RELATIVE_YEAR[match["ryear"]]
        return _month_or_day(year, number(match["rmonth"]), match["rday"])
    if match["yyear"]:
        year = int(match["yyear"])
        return _month_or_day(year, number(match["ymonth"]), None) if match["ymonth"] else _whole_year(year)
    if match["onlyryear"]:
        return _whole_year(said.year + _RELATIVE_YEAR[match["onlyryear"]])
    if match["mmonth"]:
        return _nearest_year(number(match["mmonth"]), match["mday"], said.date())
    if match["relmonth"]:
        year, month = _shifted(said.date(), _RELATIVE_MONTH[match["relmonth"]])
        return _month_or_day(year, month, match["relmonthday"])
    if match["monthday"]:
        day = said.date().replace(day=1)
        year, month = _shifted(day, -1 if int(match["monthday"]) > said.day + 7 else 0)
        return _one(date(year, month, int(match["monthday"])))
    return None


def _relative_day(match: re.Match[str], said: datetime) -> tuple[date, date, Grain] | datetime | None:
    today = said.date()
    if match["relday"]:
        return _one(today + timedelta(days=_RELATIVE_DAY[match["relday"]]))
    if match["weekday"]:
        monday = today - timedelta(days=today.weekday())
        day = monday + timedelta(days=_WEEKDAY[match["weekday"]], weeks=_RELATIVE_MONTH[match["relweek"] or "本"])
        past = day - timedelta(weeks=1) if not match["relweek"] and day > today else day
        return past, past + timedelta(days=int(match["weekday"] == "末")), Grain.DAY
    if match["half"]:
        unit = match["halfunit"]
        hours = {"年": 182 * 24, "月": 15 * 24}.get(unit[-1], 0.5)
        return said - timedelta(hours=hours) if hours < 1 else _one((said - timedelta(hours=hours)).date())
    return _ago(number(match["ago"]), match["unit"], said) if match["ago"] else None


def _ago(count: int, unit: str, said: datetime) -> tuple[date, date, Grain] | datetime:
    if unit == "年":
        return _whole_year(said.year - count)
    if unit == "月":
        return _month_or_day(*_shifted(said.date(), -count), None)
    if unit in _UNIT:
        return _one(said.date() - timedelta(days=count * _UNIT[unit]))
    return said - (timedelta(minutes=count) if unit == "分钟" else timedelta(hours=count))


def _nearest_year(month: int, day: str | None, today: date) -> tuple[date, date, Grain]:
    """Return that month or day of this year, or of the last one if it would be more than a month ahead."""
    this = _month_or_day(today.year, month, day)
    return _month_or_day(today.year - 1, month, day) if this[0] > today + timedelta(days=31) else this


def _month_or_day(year: int, month: int, day: str | None) -> tuple[date, date, Grain]:
    if day:
        return _one(date(year, month, number(day)))
    following = _shifted(date(year, month, 1), 1)
    return date(year, month, 1), date(*following, 1) - _DAY_S, Grain.MONTH


def _whole_year(year: int) -> tuple[date, date, Grain]:
    return date(year, 1, 1), date(year, 12, 31), Grain.YEAR


def _one(day: date) -> tuple[date, date, Grain]:
    return day, day, Grain.DAY


def _shifted(day: date, months: int) -> tuple[int, int]:
    """Return year and month, ``months`` later."""
    count = day.year * 12 + day.month - 1 + months
    return count // 12, count % 12 + 1


def _moment(match: re.Match[str], first: datetime, last: datetime, grain: Grain) -> Moment:
    return Moment(start=match.start(), end=match.end(), text=match.group(), first=first, last=last, grain=grain)


def _joined(text: str, one: Moment, two: Moment) -> Moment:
    """Return one moment from the first to the second; a second without a day is on the first's day, or the night after."""
    last = two.last
    if two.assumed:
        last = datetime.combine(one.first.date(), two.last.timetz().replace(tzinfo=None), one.first.tzinfo)
        last += _DAY_S if last < one.first else timedelta(0)
    return replace(one, end=two.end, text=text[one.start : two.end], last=max(last, one.first))
