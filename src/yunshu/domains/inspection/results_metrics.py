"""Measurements of results: how many sites and accounts passed, how many findings were put right on time."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal

from yunshu.domains.inspection.choices_schemes import Grade, ObjectKind
from yunshu.domains.inspection.models import AssessedObject
from yunshu.domains.inspection.selectors import measuring
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

PLACES = Decimal("0.01")
NATION = "gov2019"
SITES = (ObjectKind.PORTAL.value, ObjectKind.DEPARTMENT.value, ObjectKind.SPECIAL.value)
ACCOUNTS = (ObjectKind.ACCOUNT.value,)


def pass_rate(kinds: Iterable[str], code: str) -> Callable[[Scope], Measurement]:
    """Return a measurement: the share (%) of objects that passed in the organisation's published assessments of a period.

    ``extra["scheme"]`` names the scheme, without it the nation's. None where no assessment was published.
    """

    def measure(scope: Scope) -> Measurement:
        scheme = scope.extra.get("scheme", NATION)
        rows = list(
            measuring.assessed_objects(
                scope.org_code, scope.starts_on, scope.ends_on, scheme=scheme, kinds=kinds
            ).order_by("assessment__number", "number")
        )
        passed = sum(row.grade == Grade.PASS for row in rows)
        failed_first = sorted(rows, key=lambda row: row.grade == Grade.PASS)
        return _measurement(
            passed, len(rows), [_object_record(row) for row in failed_first], code, "没有已通报的考评。"
        )

    return measure


def _object_record(row: AssessedObject) -> Record:
    final = "" if row.final is None else f" {row.final} 分"
    url = f"/console/inspection/assessments/objects/{row.pk}/"
    return Record(number=row.number, title=row.name, url=url, value=f"{row.get_grade_display()}{final}")


def rectified_on_time(scope: Scope) -> Measurement:
    """Return the share (%) of the findings due in a period that were verified as put right by their deadline.

    Of the organisation and those below it; ``extra["scope"]`` = ``city``: of every unit.
    """
    is_city = scope.extra.get("scope") == "city"
    rows = measuring.due_findings(scope.org_code, scope.starts_on, scope.ends_on, clock.now(), is_city=is_city)
    late_first = sorted(rows, key=lambda row: row.on_time)
    records = [
        Record(
            number=row.number,
            title=row.words,
            url=f"/console/inspection/findings/{row.number}/",
            value="按期" if row.on_time else "超期",
        )
        for row in late_first
    ]
    on_time = sum(row.on_time for row in rows)
    return _measurement(on_time, len(rows), records, "inspection.rectified_on_time", "这一时期没有到期的问题。")


def _measurement(part: int, whole: int, records: Sequence[Record], code: str, silent: str) -> Measurement:
    value = (Decimal(part) * 100 / whole).quantize(PLACES, ROUND_FLOOR) if whole else None
    facts = "\n".join(sorted(f"{r.number} {r.url} {r.value}" for r in records))
    return Measurement(
        value=value,
        unit="%",
        numerator=Decimal(part),
        denominator=Decimal(whole),
        records=tuple(records),
        made_by=f"{code}/1",
        made_from=hashlib.sha256(facts.encode()).hexdigest(),
        note="" if whole else silent,
    )


RESULTS: tuple[Metric, ...] = (
    Metric(
        code="inspection.sites_passed",
        name="政府网站合格率",
        unit="%",
        description="期内已通报考评中合格网站所占比例；按 extra.scheme 指定的方案，默认国办指标。",
        measure=pass_rate(SITES, "inspection.sites_passed"),
    ),
    Metric(
        code="inspection.accounts_passed",
        name="政务新媒体合格率",
        unit="%",
        description="期内已通报考评中合格账号所占比例；按 extra.scheme 指定的方案，默认国办指标。",
        measure=pass_rate(ACCOUNTS, "inspection.accounts_passed"),
    ),
    Metric(
        code="inspection.rectified_on_time",
        name="检查问题按期整改率",
        unit="%",
        description="期内到期的问题中，在期限前复测通过的比例；extra.scope 为 city 时统计全市各单位。",
        measure=rectified_on_time,
    ),
)
