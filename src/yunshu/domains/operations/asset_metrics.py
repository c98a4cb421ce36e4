"""What assets offer to the performance table: units replaced, the rate, trainings held, tests passed, years in service.

The form of 2022 promises "85个单位办公终端 = 85 个", "替代率 = 100 %", "12345年度培训次数 ≥ 2 次", "OA应用服务部署的功能测试 = 100 %"
and "12345系统正常使用年限 ≥ 3 年". What it does not say is decided here and written into each metric's description.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.models import Campaign, Target, TestPlan, Training
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import testing
from yunshu.domains.operations.rules.service_years import years_between
from yunshu.domains.operations.rules.training import HELD
from yunshu.domains.operations.selectors.campaign import standing as standing_of
from yunshu.domains.operations.selectors.testing import facts_until
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

SHOWN = 500
LATE = timedelta(days=31)
"""How long after its day a base may be frozen without a word about it [house default]."""


# -- the replacement campaign


@dataclass(frozen=True)
class _Campaigns:
    """The frozen campaigns that an organisation leads: those whose base lies in the period, how they stood together at its end,
    and what a reader must know of them: bases that lie after it, bases that were entered long after their day."""

    rows: Sequence[Campaign]
    standing: rules.Standing
    note: str


def _campaigns(scope: Scope) -> _Campaigns:
    last = min(scope.ends_on, clock.city_date(clock.now()))
    frozen = Campaign.objects.filter(org__path__startswith=_path(scope), frozen_at__isnull=False).order_by("pk")
    rows = [row for row in frozen if row.planned_on and row.planned_on <= last]
    standing = rules.Standing([unit for row in rows for unit in standing_of(row, last).units])
    later = [f"{row.name}（{row.planned_on}）" for row in frozen if row not in rows]
    late = [
        f"{row.name}（基数日期 {row.planned_on}，{on} 锁定）"
        for row in rows
        if row.planned_on and row.frozen_at and (on := clock.city_date(row.frozen_at)) > row.planned_on + LATE
    ]
    notes = [] if rows else [f"截至 {last} 没有锁定基数的替代任务。"]
    notes += [f"基数日期在此之后、没有计入：{'、'.join(later)}。"] if later else []
    notes += [f"事后补录的基数：{'、'.join(late)}，请核对当年的依据。"] if late else []
    return _Campaigns(rows, standing, "".join(notes))


def units_replaced(scope: Scope) -> Measurement:
    """Return how many units count as replaced (every terminal signed for, no exception open, none unlisted)."""
    found = _campaigns(scope)
    value = Decimal(found.standing.complete) if found.rows else None
    return _measured(found, value, "个", "operations.units_replaced")


def replacement_rate(scope: Scope) -> Measurement:
    """Return the lower of the units' and the terminals' rate, in percent, rounded down: 100 only where nothing objects."""
    found = _campaigns(scope)
    known = [r for r in (found.standing.unit_rate, found.standing.terminal_rate) if r is not None]
    value = min(known) if found.rows and len(known) == 2 else (Decimal(0) if found.standing.units else None)
    return _measured(found, value, "%", "operations.replacement_rate")


def _measured(found: _Campaigns, value: Decimal | None, unit: str, code: str) -> Measurement:
    campaigns, standing = found.rows, found.standing
    parts = (
        f"单位 {standing.complete}/{len(standing.units)}，终端 {standing.replaced}/{standing.terminals}，"
        f"未销案例外 {standing.exceptions} 个，终端清单待补的单位 {standing.unknown} 个。"
    )
    facts = [f"{u.code} {u.announced} {u.terminals} {u.replaced} {u.exceptions}" for u in standing.units]
    bases = [f"{c.number} {c.base_digest}" for c in campaigns]
    numbers = {u.org.code: u.number for c in campaigns for u in c.units.select_related("org")}
    return Measurement(
        value=value,
        unit=unit,
        numerator=Decimal(standing.complete),
        denominator=Decimal(len(standing.units)),
        records=tuple(_unit_record(each, numbers.get(each.code, "")) for each in standing.units[:SHOWN]),
        made_by=f"{code}/1",
        made_from=_digest(sorted(bases) + sorted(facts)),
        note=(parts if campaigns else "") + found.note,
    )


def _unit_record(unit: rules.UnitFacts, number: str) -> Record:
    word = "完成" if unit.is_complete else "未完成"
    words = f"{word} · 终端 {unit.replaced}/{unit.terminals}"
    return Record(number=number, title=unit.name, value=words, url=f"/console/operations/units/{number}/")


# -- trainings


def trainings_held(tag: str = "") -> Callable[[Scope], Measurement]:
    """Return the measurement of trainings that were held (somebody signed in, and confirmed), all or those of a scope.

    None where not even a planned or cancelled one is entered: that nobody wrote of trainings does not say that there were none.
    """

    def measure(scope: Scope) -> Measurement:
        first, last = _midnight(scope.starts_on), _midnight(scope.ends_on + timedelta(days=1))
        rows = Training.objects.filter(org__path__startswith=_path(scope), starts_at__gte=first, starts_at__lt=last)
        rows = rows.filter(scope=tag) if tag else rows
        came = Count("attendees", filter=Q(attendees__sign_in__isnull=False))
        found = list(rows.filter(state=HELD).annotate(came=came).order_by("starts_at", "pk"))
        return Measurement(
            value=Decimal(len(found)) if found or rows.exists() else None,
            unit="次",
            numerator=Decimal(len(found)),
            records=tuple(
                Record(
                    number=row.number,
                    title=row.title,
                    value=f"{clock.city_date(row.starts_at)} · 签到 {row.came} 人",
                    url=f"/console/operations/trainings/{row.number}/",
                )
                for row in found[:SHOWN]
            ),
            made_by="operations.trainings_held/1" + (f"?{tag}" if tag else ""),
            made_from=_digest(f"{row.number} {row.came}" for row in found),
            note="" if found else "这一时期没有经签到确认的培训。",
        )

    return measure


# -- acceptance tests


def case_pass_rate(tag: str = "") -> Callable[[Scope], Measurement]:
    """Return the measurement of demanded test cases whose newest run passed, over all plans or those of a scope."""

    def measure(scope: Scope) -> Measurement:
        until = _midnight(scope.ends_on + timedelta(days=1))
        plans = TestPlan.objects.filter(org__path__startswith=_path(scope), created_at__lt=until)
        plans = plans.filter(scope=tag) if tag else plans
        found = [(plan, *testing.passed(facts_until(plan, until))) for plan in plans.order_by("pk")]
        good, demanded = sum(p for _plan, p, _d in found), sum(d for _plan, _p, d in found)
        unsigned = [plan.title for plan, _p, _d in found if plan.state != testing.SIGNED_OFF]
        note = f"未签认的测试方案：{'、'.join(unsigned[:20])}。" if unsigned else ""
        return Measurement(
            value=rules.rate(good, demanded),
            unit="%",
            numerator=Decimal(good),
            denominator=Decimal(demanded),
            records=tuple(
                Record(
                    number=plan.number,
                    title=plan.title,
                    value=f"通过 {passed}/{of}",
                    url=f"/console/operations/tests/{plan.number}/",
                )
                for plan, passed, of in found[:SHOWN]
            ),
            made_by="operations.tests_passed/1" + (f"?{tag}" if tag else ""),
            made_from=_digest(f"{plan.number} {passed} {of}" for plan, passed, of in found),
            note=note if demanded else "没有必测的测试用例。",
        )

    return measure


# -- years in service


def years_in_service(tag: str = "") -> Callable[[Scope], Measurement]:
    """Return the measurement of years in service at the end of the period: the least of the systems with the label."""

    def measure(scope: Scope) -> Measurement:
        last = min(scope.ends_on, clock.city_date(clock.now()))
        rows = Target.objects.filter(org__path__startswith=_path(scope), kind=TargetKind.SYSTEM)
        rows = rows.filter(scopes__contains=[tag]) if tag else rows
        known, blank = [], []
        for row in rows.order_by("number"):
            if row.in_service_on is None:
                blank.append(row.name)
            elif row.in_service_on <= last:
                end = min(last, row.retired_on) if row.retired_on else last
                known.append((row, years_between(row.in_service_on, end)))
        note = f"投入使用日期待补、未计入：{'、'.join(blank[:20])}。" if blank else ""
        return Measurement(
            value=min((years for _row, years in known), default=None),
            unit="年",
            records=tuple(
                Record(
                    number=row.number,
                    title=row.name,
                    value=f"{row.in_service_on} 起 · {years} 年",
                    url=f"/console/operations/targets/{row.number}/",
                )
                for row, years in known[:SHOWN]
            ),
            made_by="operations.years_in_service/1" + (f"?{tag}" if tag else ""),
            made_from=_digest(f"{row.number} {row.in_service_on} {row.retired_on}" for row, _years in known),
            note=note or ("" if known else "没有登记投入使用日期的系统。"),
        )

    return measure


def _path(scope: Scope) -> str:
    org = Org.objects.filter(code=scope.org_code).first()
    return org.path if org else "none"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CITY_ZONE)


def _digest(facts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _metric(code: str, name: str, unit: str, description: str, measure: Callable[[Scope], Measurement]) -> Metric:
    return Metric(code=f"operations.{code}", name=name, unit=unit, description=description, measure=measure)


_YEARS = "到期末（或停用）已使用的年数，满年加不足一年的天数折算；多个系统取最少的；投入使用日期待补的不计入"
_HELD = "有人签到、已结束并经确认的培训次数；取消的和只安排未确认的不计"
_PASSED = "必测用例中最近一次执行通过、且没有未销号缺陷的比例"
ASSET_METRICS: tuple[Metric, ...] = (
    _metric(
        "units_replaced",
        "完成替代的单位数",
        "个",
        "全部终端经本单位签收、没有未销案例外、终端清单不待补的单位数；终端数并列于说明",
        units_replaced,
    ),
    _metric(
        "replacement_rate",
        "国产化替代率",
        "%",
        "按单位和按终端两个比率中较低的一个，向下取整；有未销案例外或终端清单待补时不会是 100%",
        replacement_rate,
    ),
    _metric("trainings_held", "培训次数", "次", _HELD, trainings_held()),
    _metric(
        "trainings_held_12345", "12345 系统培训次数", "次", f"指标范围为 12345 的培训：{_HELD}", trainings_held("12345")
    ),
    _metric("tests_passed", "系统测试通过率", "%", _PASSED, case_pass_rate()),
    _metric(
        "tests_passed_oa", "OA 部署功能测试通过率", "%", f"指标范围为 oa 的测试方案：{_PASSED}", case_pass_rate("oa")
    ),
    _metric("years_in_service", "系统使用年限（最短）", "年", _YEARS, years_in_service()),
    _metric(
        "years_in_service_12345",
        "12345 系统使用年限",
        "年",
        f"范围标签为 12345 的系统：{_YEARS}",
        years_in_service("12345"),
    ),
)
