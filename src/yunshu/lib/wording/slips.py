"""Days that do not exist, weekdays that are others, numbers and units that do not go together. Start at ``scan``.

Sources: the Gregorian calendar; GB/T 15835-2011 (numbers in publications) and GB/T 7408 for times of day. Date logic is
named by inspection.md part C (2月30日, number-unit slips) [V]; each pattern here is our own [I].
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date

from yunshu.lib.wording.entries import Category, Entry, Hit, How, Kind

_CALENDAR = "公历 [V]"
_NUMBERS = "GB/T 15835-2011 [R]"
_DAY = re.compile(
    r"(?<![0-9])(?:(?P<year>[12][0-9]{3})\s?年\s?)?(?<![0-9第])(?P<month>[0-9]{1,2})\s?月\s?(?P<day>[0-9]{1,2})\s?日"
    r"(?:\s?[（(]\s?(?:星期|周)(?P<weekday>[一二三四五六日天])\s?[）)])?"
)
_LUNAR = re.compile("农历|阴历|旧历|藏历|彝历|傣历|伊斯兰历|正月|腊月|闰")
_CLOCK = re.compile(
    r"(?<![0-9:：.])(?P<hour>[0-9]{1,2})[:：](?P<minute>[0-9]{2})(?=[^0-9:：]|$)(?=.{0,6}(?:至|开始|前|时|举行|召开|—|-))"
)
_AT = re.compile(
    r"(?:上午|下午|晚上|凌晨|日)\s?(?P<hour>[0-9]{1,2})\s?时(?:\s?(?P<minute>[0-9]{1,2})\s?分)?(?!间|段|期|效|长)"
)
_WEEK = "一二三四五六日"
_UNITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"[0-9]\s?(?P<bad>(万|亿|千|百)?(元|吨|米|公里|平方米|亩|公顷|人次)\2?\3)(?![币素旦角宵气])"),
        "重复的单位",
    ),
    (re.compile(r"[0-9](?P<bad>(?:%|％){2,})"), "重复的百分号"),
    (re.compile(r"[0-9](?P<bad>[%％]\s?个百分点)"), "“%”与“个百分点”只能用一个"),
    (re.compile(r"(?P<bad>百分之\s?[0-9]+(?:\.[0-9]+)?\s?[%％])"), "“百分之”与“%”只能用一个"),
    (re.compile(r"(?P<bad>[0-9]+\.[0-9]+\.[0-9]+(?=\s?(?:万|亿)?(?:元|吨|公里|平方米|亩|公顷|%|％)))"), "小数点重复"),
    (re.compile(r"(?P<bad>(?:减少|降低|下降|缩短|缩小)(?:了|到)?\s?[0-9]+(?:\.[0-9]+)?\s?倍)"), "减少不能用倍数"),
)


def scan(text: str) -> list[Hit]:
    """Return the slips of dates, times, numbers and units, in the text's order."""
    if not any("0" <= c <= "9" for c in text):
        return []
    return sorted([*_days(text), *_times(text), *_numbers(text)], key=lambda hit: hit.start)


def _days(text: str) -> Iterator[Hit]:
    for match in _DAY.finditer(text):
        if _LUNAR.search(text[max(0, match.start() - 6) : match.start()]):
            continue
        year, month, day = int(match["year"] or 2000), int(match["month"]), int(match["day"])
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
            yield _hit(match, 0, "", "日期不存在", _CALENDAR, 0.95)
        elif match["year"] and match["weekday"]:
            right = _WEEK[date(year, month, day).weekday()]
            if match["weekday"].replace("天", "日") != right:
                yield _hit(match, 0, f"星期{right}", "日期与星期不符", _CALENDAR, 0.9)


def _times(text: str) -> Iterator[Hit]:
    for pattern in (_CLOCK, _AT):
        for match in pattern.finditer(text):
            hour, minute = int(match["hour"]), int(match["minute"] or 0)
            if hour > 24 or minute > 59 or (hour == 24 and minute):
                yield _hit(match, 0, "", "时刻不存在", _CALENDAR, 0.7)


def _numbers(text: str) -> Iterator[Hit]:
    for pattern, why in _UNITS:
        for match in pattern.finditer(text):
            yield _hit(match, "bad", "", why, _NUMBERS, 0.8)


def _hit(match: re.Match[str], group: str | int, right: str, why: str, source: str, confidence: float) -> Hit:
    start, end = match.span(group)
    entry = Entry(wrong=match[group], right=right, kind=Kind.WRONG, category=Category.COMMON, source=f"{why}；{source}")
    return Hit(start, end, match[group], entry, How.RULE, confidence)
