"""Figures as people read them: the month's report, intervals, and what counting samples would have said."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.operations import drawing
from yunshu.domains.operations.choices import Condition, TargetState
from yunshu.domains.operations.models import Target
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.selectors.figures import Figure, Lines
from yunshu.lib import availability
from yunshu.lib.availability import State, StateLine, percent
from yunshu.lib.availability.sample_counting import Reason, compare
from yunshu.lib.kernel.clock import CITY_ZONE

VERDICTS = {
    "kept": _l("达到"),
    "broken": _l("未达到"),
    "unproven": _l("不能证明达到"),
    "nothing_due": _l("无应运行时间"),
    "": "",
}
RECIPES = {"kuma": "Uptime Kuma", "gatus": "Gatus", "prometheus": "Prometheus (avg_over_time)"}
REASONS = {
    Reason.GAPS_VANISH: _l("没有样本的时间被当作没有发生"),
    Reason.UNEQUAL_INTERVALS: _l("间隔不等的样本被同等计数"),
    Reason.MAINTENANCE_COUNTED: _l("维护时间被计入"),
    Reason.UNTRUSTED_COUNTED: _l("探测机自身有问题时的样本被计入"),
    Reason.UNCONFIRMED_COUNTED: _l("未经其他探点确认的失败被计入"),
    Reason.EDGES: _l("中断的起止只精确到最近的样本"),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One target's month."""

    target: Target
    figure: Figure
    budget: availability.ErrorBudget | None

    @property
    def verdict(self) -> Any:
        """Return the verdict in words."""
        return VERDICTS[self.figure.verdict]

    @property
    def left_s(self) -> int | None:
        """Return the seconds surely left of the error budget."""
        return int(self.budget.left_low_s) if self.budget else None


def month(targets: Iterable[Target], starts_on: date, ends_on: date, now: datetime) -> list[Line]:
    """Return the report of city days: every target that is or was watched."""
    period = figures.days(starts_on, ends_on, now)
    rows = [t for t in targets if t.state != TargetState.PLANNED]
    found = Lines(period).figures(rows) if rows and period.end > period.start else []
    return [Line(target=f.target, figure=f, budget=figures.budget(f, starts_on, ends_on)) for f in found]


def unwatched(targets: Iterable[Target]) -> list[Target]:
    """Return the targets that no report can speak of, because their address is still missing (待补)."""
    return [t for t in targets if t.state == TargetState.PLANNED]


def rows(lines: Iterable[Line], blanks: Iterable[Target]) -> Iterator[Sequence[Any]]:
    """Return the report as a table for CSV and XLSX; shares are rounded down. ``blanks``: targets without an address."""
    yield [
        _("编号"), _("名称"), _("类别"), _("主管单位"), _("服务商"), _("合同编号"), _("承诺可用率（%）"), _("下界（%）"), _("上界（%）"), _("结论"),
        _("正常（秒）"), _("降级（秒）"), _("中断（秒）"), _("未知（秒）"), _("维护（秒）"), _("未投用（秒）"), _("含依赖下界（%）"), _("含依赖上界（%）"),
    ]  # fmt: skip
    for line in lines:
        t, seen, whole = line.target, line.figure.seen, line.figure.seen_whole
        yield [
            t.number, t.name, t.get_kind_display(), t.org.name, t.provider, t.contract, t.promise, share(seen.low), share(seen.high), str(line.verdict),
            seen.up_s, seen.degraded_s, seen.down_s, seen.unknown_s, seen.maint_s, seen.not_in_service_s, share(whole.low), share(whole.high),
        ]  # fmt: skip
    for t in blanks:
        known = [t.number, t.name, t.get_kind_display(), t.org.name, t.provider, t.contract, t.promise]
        yield [*known, "", "", _("地址待补、未监测"), *[""] * 8]


def share(value: Any) -> str:
    """Return a share as per cent, rounded down; a dash where nothing was due."""
    return percent(value) if value is not None else "—"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One interval of a line, in the city's time."""

    state: str
    name: str
    start: datetime
    end: datetime
    length: str
    at: int


def stretches(line: StateLine) -> list[Interval]:
    """Return the intervals of a line."""
    return [
        Interval(
            state=one.state.value,
            name=str(Condition(one.state.value).label),
            start=datetime.fromtimestamp(one.start, UTC),
            end=datetime.fromtimestamp(one.end, UTC),
            length=drawing.words(one.end - one.start),
            at=one.start,
        )
        for one in line.stretches
    ]


def stretch_rows(line: StateLine) -> Iterator[Sequence[Any]]:
    """Return the intervals as a table."""
    yield [_("状态"), _("起"), _("止"), _("秒")]
    for one in line.stretches:
        ends = [datetime.fromtimestamp(s, CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S") for s in (one.start, one.end)]
        yield [str(Condition(one.state.value).label), *ends, one.end - one.start]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a recipe that counts samples would have said, and why it is not what happened."""

    name: str
    share: str
    off: str
    reasons: tuple[str, ...]


def counting(found: Figure) -> list[Counted]:
    """Return the recipes' answers beside ours; needs the raw samples, so it is made on request."""
    samples = list(figures.store().samples(found.target.number, found.period))
    answers = compare(samples, found.line, found.policy, list(found.windows))
    return [
        Counted(
            name=RECIPES[one.recipe],
            share=share(one.share),
            off=f"{'+' if one.off_s > 0 else '-'}{drawing.words(abs(int(one.off_s)))}" if one.off_s else "",
            reasons=tuple(str(REASONS[r]) for r in one.reasons),
        )
        for one in answers
    ]


@dataclass(frozen=True, kw_only=True)
class PublicDay:
    """The worst of a day on the public page."""

    day: date
    state: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PublicTarget:
    """What citizens see of a target: its name, whether it works now, its last days; nothing of how it is looked at."""

    name: str
    kind: str
    condition: str
    condition_name: str
    since: datetime | None
    low: str
    days: tuple[PublicDay, ...]

    @property
    def picture(self) -> Any:
        """Return the days as a picture; the list beside it says the same."""
        return drawing.days([(f"{d.day:%m-%d} {d.name}", d.state) for d in self.days])


PUBLIC_DAYS = 30


def public_status(targets: Iterable[Target], now: datetime) -> list[PublicTarget]:
    """Return the public page's lines: the last thirty days, each by its worst state of a minute or more."""
    today = now.astimezone(CITY_ZONE).date()
    first = today - timedelta(days=PUBLIC_DAYS - 1)
    rows = list(targets)
    period = figures.days(first, today, now)
    return [_public(f, first, today, now) for f in Lines(period).figures(rows)] if rows else []


def _public(found: Figure, first: date, today: date, now: datetime) -> PublicTarget:
    status = getattr(found.target, "status", None)
    spans = [(first + timedelta(days=n)) for n in range((today - first).days + 1)]
    days = tuple(_public_day(found.line, day, now) for day in spans)
    return PublicTarget(
        name=found.target.name,
        kind=found.target.get_kind_display(),
        condition=status.condition if status else "",
        condition_name=status.get_condition_display() if status else "",
        since=status.since if status else None,
        low=share(found.seen.low) if found.is_known else "—",
        days=days,
    )


def _public_day(line: StateLine, day: date, now: datetime) -> PublicDay:
    span = figures.days(day, day, now)
    part = line.cut(span.start, span.end)
    long = {s.state for s in part.stretches if s.end - s.start >= 60}
    order = (State.DOWN, State.DEGRADED, State.MAINT, State.UP, State.UNKNOWN, State.NOT_IN_SERVICE)
    state = next((s for s in order if s in long), State.UNKNOWN)
    return PublicDay(day=day, state=state.value, name=str(Condition(state.value).label))
