"""New-media accounts: what the imported posts and the registered facts say of them.

Sources (the sheet's A3): no update within two weeks before the check point, N2 of 国办秘函〔2019〕19号 [V]; no effective interaction, N3
(连云港 2023-09 [V]); 僵尸账号, nothing for more than three months (Guizhou's rule [V]); certified and registered, one main account for each
unit and platform (Gansu [V]). Days and months are terms, because cities are stricter (闽侯 10 days [V]).

The check point is when posts were last imported: what came later is not known, and what is not known is no fault. Applications and
mini-programs publish nothing; whether they can be downloaded and used a person sees [I].
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from yunshu.domains.inspection.contracts import Found
from yunshu.lib.kernel.clock import city_date
from yunshu.lib.kernel.labels import label

POSTING = frozenset({"wechat", "weibo", "douyin", "kuaishou", "toutiao", "other"})
"""Platforms on which an account publishes."""
VERSION = "media-2019-19"
STALE = label("自 %(last)s 起 %(days)s 天没有更新（期限 %(most)s 天）")
ZOMBIE = label("自 %(last)s 起超过 %(months)s 个月没有更新")
MUTE = label("没有有效的互动功能")
UNCERTIFIED = label("账号未认证")
UNREGISTERED = label("台账没有备案编号，请核对是否已经备案")
UNREGISTERED_KEY, SEVERAL_KEY = "unregistered", "several_main:"
SEVERAL_MAIN = label("同一单位在同一平台有 %(n)s 个主账号：%(names)s")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the rules measure with."""

    stale_days: int = 14
    zombie_months: int = 3


TERMS = Terms()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an account; None: not known. ``checked_at``: when its posts were last imported."""

    number: str
    name: str
    platform: str
    org: str
    is_running: bool
    is_main: bool
    is_certified: bool | None
    has_interaction: bool | None
    registered_no: str
    since: datetime
    last_post_at: datetime | None
    checked_at: datetime | None


def judge(facts: Facts, terms: Terms = TERMS) -> list[Found]:
    """Return the faults of one account; a suspended or closed one has none."""
    if not facts.is_running:
        return []
    found = _freshness(facts, terms)
    if facts.has_interaction is False:
        found.append(_found(facts, "account_mute", "veto", MUTE))
    if facts.is_certified is False:
        found.append(_found(facts, "account_uncertified", "general", UNCERTIFIED))
    if not facts.registered_no:
        found.append(_found(facts, "other", "hint", UNREGISTERED, key=UNREGISTERED_KEY))
    return found


def known(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return the keys, by kind of check, of which ``judge`` can say for an account that they are no fault (any more)."""
    silence = () if facts.is_running and silent_for(facts) is None else ("account_stale", "account_zombie")
    rest = {"account_mute": facts.has_interaction, "account_uncertified": facts.is_certified}
    kinds = (*silence, *(kind for kind, is_so in rest.items() if is_so is not None or not facts.is_running))
    several = tuple(f"{SEVERAL_KEY}{platform}" for platform in (*sorted(POSTING), "app", "mini"))
    return {**dict.fromkeys(kinds, ("",)), "other": (UNREGISTERED_KEY, *several)}


def silent_for(facts: Facts) -> timedelta | None:
    """Return how long nothing had come at the check point; None where that is not known."""
    if facts.platform not in POSTING or facts.checked_at is None:
        return None
    return max(facts.checked_at - (facts.last_post_at or facts.since), timedelta(0))


def several_main(accounts: Iterable[Facts]) -> list[Found]:
    """Return one hint for each unit and platform with more than one running main account."""
    groups: dict[tuple[str, str], list[Facts]] = {}
    for one in accounts:
        if one.is_running and one.is_main:
            groups.setdefault((one.org, one.platform), []).append(one)
    found = []
    for (_org, platform), group in sorted(groups.items()):
        if len(group) > 1:
            first = min(group, key=lambda one: one.number)
            names = "、".join(sorted(one.name for one in group))
            words = SEVERAL_MAIN % {"n": len(group), "names": names}
            found.append(_found(first, "other", "hint", words, key=f"{SEVERAL_KEY}{platform}"))
    return found


def months_before(at: datetime, months: int) -> datetime:
    """Return the same day of the month ``months`` earlier, or the last one of that month."""
    count = at.year * 12 + at.month - 1 - months
    year, month = divmod(count, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def _freshness(facts: Facts, terms: Terms) -> list[Found]:
    silent = silent_for(facts)
    if silent is None or facts.checked_at is None or silent <= timedelta(days=terms.stale_days):
        return []
    last = facts.last_post_at or facts.since
    words = {"last": city_date(last), "days": silent.days, "most": terms.stale_days, "months": terms.zombie_months}
    found = [_found(facts, "account_stale", "veto", STALE % words)]
    if last < months_before(facts.checked_at, terms.zombie_months):
        found.append(_found(facts, "account_zombie", "serious", ZOMBIE % words))
    return found


def _found(facts: Facts, kind: str, severity: str, words: str, key: str = "") -> Found:
    return Found(kind=kind, severity=severity, key=key, words=words, account=facts.number, rule_version=VERSION)
