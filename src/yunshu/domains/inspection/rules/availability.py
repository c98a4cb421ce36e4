"""Can a site be opened? The veto 站点无法访问 over a sliding week of visits.

Source: 国办秘函〔2019〕19号, the sheet's W2 [V]: within a week, at least 20 spaced visits a day; a visit that has not opened after
15 seconds fails; failures of 5 % and more in total are a veto. What the text leaves open is our reading [I]: "spaced" is one visit in
each of 20 equal parts of a day; several vantages looking in the same round count as one visit, which fails only if none of them got in;
registered maintenance is left out. "升级改版/临时关停" when more than 80 % of the visits fail is what tools of the trade say [V].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the rule measures with. Shares are 0 to 1."""

    days: int = 7
    visits_a_day: int = 20
    patience_s: float = 15.0
    veto_share: float = 0.05
    offline_share: float = 0.80
    round_s: int = 300


TERMS = Terms()


@dataclass(frozen=True)
class Look:
    """One visit of one vantage: ``ms`` is how long the whole page took, None where nothing came."""

    at: datetime
    ok: bool
    ms: int | None = None


@dataclass(frozen=True)
class Window:
    """Maintenance: registered at ``known_at``, from ``start`` (included) to ``end`` (excluded)."""

    start: datetime
    end: datetime
    known_at: datetime

    @property
    def counts(self) -> bool:
        """What was registered afterwards excuses nothing."""
        return self.known_at <= self.start < self.end


@dataclass(frozen=True)
class Count:
    """Visits and how many of them failed."""

    visits: int = 0
    fails: int = 0

    @property
    def share(self) -> float | None:
        """Failed visits of all, 0 to 1; None without visits."""
        return self.fails / self.visits if self.visits else None


class Verdict(StrEnum):
    """What the week says: ``unproven`` where there were too few visits to say either."""

    OPEN = "open"
    UNREACHABLE = "unreachable"
    OFFLINE = "offline"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Week:
    """A week: all visits, the strict sample of 20 a day, what maintenance took out, days with too few visits."""

    start: datetime
    end: datetime
    all: Count
    strict: Count
    excused: int
    days_short: int
    split: int
    verdict: Verdict

    @property
    def is_veto(self) -> bool:
        """Whether the week amounts to the veto."""
        return self.verdict in (Verdict.UNREACHABLE, Verdict.OFFLINE)


@dataclass(frozen=True)
class Round:
    """What all vantages found in one round."""

    at: datetime
    failed: bool
    is_split: bool


def week(looks: Iterable[Look], windows: Sequence[Window], end: datetime, terms: Terms = TERMS) -> Week:
    """Judge the ``terms.days`` days before ``end`` (excluded)."""
    start = end - terms.days * DAY
    found = rounds([look for look in looks if start <= look.at < end], terms)
    kept = [one for one in found if not covered(one.at, windows)]
    strict, short = _strict(kept, windows, start, terms)
    whole = Count(len(kept), sum(one.failed for one in kept))
    return Week(
        start=start,
        end=end,
        all=whole,
        strict=strict,
        excused=len(found) - len(kept),
        days_short=short,
        split=sum(one.is_split for one in kept),
        verdict=_verdict(whole, short, terms),
    )


def fails(look: Look, terms: Terms = TERMS) -> bool:
    """Say whether a visit failed: not opened, or opened too late."""
    return not look.ok or (look.ms is not None and look.ms > terms.patience_s * 1000)


def rounds(looks: Iterable[Look], terms: Terms = TERMS) -> list[Round]:
    """Return one visit a round, in order: failed only where every vantage failed."""
    by_round: dict[int, list[Look]] = {}
    for look in sorted(looks, key=lambda one: one.at):
        by_round.setdefault(int(look.at.timestamp() // terms.round_s), []).append(look)
    made = []
    for group in by_round.values():
        failed = [fails(look, terms) for look in group]
        made.append(Round(group[0].at, all(failed), any(failed) and not all(failed)))
    return made


def covered(at: datetime, windows: Iterable[Window]) -> bool:
    """Say whether an instant lies in registered maintenance."""
    return any(w.counts and w.start <= at < w.end for w in windows)


def days_of(looks: Sequence[Look], windows: Sequence[Window], end: datetime, terms: Terms = TERMS) -> list[Week]:
    """Return each day of the week before ``end`` alone, the oldest first, for a picture."""
    one = Terms(**{**vars(terms), "days": 1})
    return [week(looks, windows, end - n * DAY, one) for n in reversed(range(terms.days))]


def _strict(kept: Sequence[Round], windows: Sequence[Window], start: datetime, terms: Terms) -> tuple[Count, int]:
    """Return the first visit of every part of a day, and how many days lack one outside maintenance."""
    part = DAY / terms.visits_a_day
    first: dict[int, Round] = {}
    for one in kept:
        first.setdefault((one.at - start) // part, one)
    missing = {
        slot // terms.visits_a_day
        for slot in range(terms.days * terms.visits_a_day)
        if slot not in first and not _wholly(start + slot * part, start + (slot + 1) * part, windows)
    }
    return Count(len(first), sum(one.failed for one in first.values())), len(missing)


def _wholly(start: datetime, end: datetime, windows: Iterable[Window]) -> bool:
    """Say whether maintenance leaves nothing of [start, end)."""
    for window in sorted((w for w in windows if w.counts), key=lambda w: w.start):
        if window.start <= start < window.end:
            start = window.end
    return start >= end


def _verdict(seen: Count, days_short: int, terms: Terms) -> Verdict:
    if seen.share is None or days_short:
        return Verdict.UNPROVEN
    if seen.share > terms.offline_share:
        return Verdict.OFFLINE
    return Verdict.UNREACHABLE if seen.share >= terms.veto_share else Verdict.OPEN
