"""Measurements that projects offers to the performance table: budget executed, acceptance passed."""

import hashlib
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.domains.projects.choices import AcceptanceKind
from yunshu.domains.projects.loan_metrics import LOAN_METRICS
from yunshu.domains.projects.models import Acceptance, BudgetMove, Payment
from yunshu.domains.projects.records import acceptance_sheet, payment_sheet
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def budget_executed(scope: Scope) -> Measurement:
    """Return paid / granted in percent over the organisation's projects in the scope's year, from its first day to its last.

    None where nothing is granted, and where no payment of the year is entered at all: an empty book does not say that nothing
    was paid. The payments (and reversals) are the records; the value is cut to 0.01, so that
    100 % is said only of the last fen.
    """
    year = scope.ends_on.year
    granted = BudgetMove.objects.filter(line__project__org__code=scope.org_code, line__year=year, on__lte=scope.ends_on)
    of_year = Payment.objects.filter(project__org__code=scope.org_code, line__year=year)
    paid = of_year.filter(on__lte=scope.ends_on)
    whole = sum((move.amount_yuan for move in granted), Decimal(0))
    rows = list(paid.select_related("project", "contract").order_by("on", "pk"))
    part = sum((row.amount_yuan for row in rows), Decimal(0))
    facts = [f"{m.number} {m.amount_yuan}" for m in granted.order_by("pk")]
    note = "" if whole > 0 else _("这一年没有登记项目预算。")
    if not note and not of_year.exists():
        note = _("这一年还没有登记项目付款。")
    return Measurement(
        value=None if note else (part * HUNDRED / whole).quantize(CENT, ROUND_DOWN),
        unit="%",
        numerator=part,
        denominator=whole,
        records=tuple(_payment(row) for row in rows),
        made_by="projects.budget_executed/1",
        made_from=_digest([*facts, *(f"{r.number} {r.on} {r.amount_yuan}" for r in rows)]),
        note=note,
    )


def acceptance_passed(scope: Scope) -> Measurement:
    """Return the share (%) of the acceptances in the scope's days that passed; corrected ones do not count."""
    return _passed(scope, "projects.acceptance_passed/1", None)


def function_tests_passed(scope: Scope) -> Measurement:
    """Return the share (%) of the function tests in the scope's days that passed; corrected ones do not count."""
    return _passed(scope, "projects.function_tests_passed/1", AcceptanceKind.FUNCTION_TEST)


def _passed(scope: Scope, made_by: str, kind: str | None) -> Measurement:
    rows: QuerySet[Acceptance] = Acceptance.objects.filter(
        project__org__code=scope.org_code,
        on__gte=scope.starts_on,
        on__lte=scope.ends_on,
        corrected_by__isnull=True,
    )
    rows = rows.filter(kind=kind) if kind else rows
    found = list(rows.select_related("project").order_by("on", "pk"))
    passed = sum(row.passed for row in found)
    return Measurement(
        value=(Decimal(passed) * HUNDRED / len(found)).quantize(CENT, ROUND_DOWN) if found else None,
        unit="%",
        numerator=Decimal(passed),
        denominator=Decimal(len(found)),
        records=tuple(_acceptance(row) for row in found),
        made_by=made_by,
        made_from=_digest([f"{r.number} {r.on} {r.passed}" for r in found]),
        note="" if found else _("这一时期没有登记验收。"),
    )


def _payment(row: Payment) -> Record:
    about = row.contract.name if row.contract else row.project.name
    url = (
        reverse("projects:contract", args=[row.contract.number])
        if row.contract
        else reverse("projects:project", args=[row.project.number])
    )
    return Record(number=row.number, title=about, value=f"{row.amount_yuan:,.2f}", url=url)


def _acceptance(row: Acceptance) -> Record:
    word = _("通过") if row.passed else _("不通过")
    url = reverse("projects:project", args=[row.project.number])
    return Record(number=row.number, title=f"{row.project.name} · {row.item}", value=word, url=url)


def _digest(facts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


METRICS: tuple[Metric, ...] = (
    *LOAN_METRICS,
    Metric(
        code="projects.budget_executed",
        name=label("项目预算执行率"),
        unit="%",
        description=label("本单位各项目当年已付金额 ÷ 当年预算；取自项目付款与额度变动。"),
        measure=budget_executed,
        open_record=payment_sheet,
    ),
    Metric(
        code="projects.acceptance_passed",
        name=label("项目验收达标率"),
        unit="%",
        description=label("当年登记的验收中通过的比例；已被更正的不计。"),
        measure=acceptance_passed,
        open_record=acceptance_sheet,
    ),
    Metric(
        code="projects.function_tests_passed",
        name=label("功能测试达标率"),
        unit="%",
        description=label("当年登记的功能测试中通过的比例；已被更正的不计。"),
        measure=function_tests_passed,
        open_record=acceptance_sheet,
    ),
)
