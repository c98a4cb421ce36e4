"""Which backups stay: the newest of each of the last days, weeks and months that have one (grandfather, father, son). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yunshu.lib.backup.manifest import Head
from yunshu.lib.kernel.clock import city_date

POINTS_KEPT_WHOLE = timedelta(hours=1)


@dataclass(frozen=True)
class Retention:
    """How many days, weeks and months keep one base backup each."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def kept(bases: Sequence[Head], rule: Retention) -> set[str]:
    """Return the names of the base backups that stay; the newest always does."""
    newest_first = sorted(bases, key=lambda head: head.moment, reverse=True)
    stays = {head.name for head in newest_first[:1]}
    for count, period in ((rule.daily, _day), (rule.weekly, _week), (rule.monthly, _month)):
        newest: dict[str, str] = {}
        for head in newest_first:
            newest.setdefault(period(head.moment), head.name)
        stays |= set(list(newest.values())[:count])
    return stays


def recent(bases: Sequence[Head], rule: Retention) -> set[str]:
    """Return the names of the bases of the last days: from the oldest of them on every moment can be given back."""
    return kept(bases, Retention(rule.daily, 0, 0))


def points_kept(points: Iterable[Head], bases: set[str], now: datetime) -> set[str]:
    """Return the points that stay: every one of the last hour, before that one an hour (the last), while their base stays."""
    stays: dict[str, str] = {}
    for head in sorted(points, key=lambda each: each.moment):
        if head.base in bases:
            recent = now - head.moment < POINTS_KEPT_WHOLE
            stays[head.name if recent else f"{head.base} {head.moment:%Y%m%d%H}"] = head.name
    return set(stays.values())


def _day(at: datetime) -> str:
    return city_date(at).isoformat()


def _week(at: datetime) -> str:
    year, week, _ = city_date(at).isocalendar()
    return f"{year}-{week:02}"


def _month(at: datetime) -> str:
    return f"{city_date(at):%Y-%m}"
