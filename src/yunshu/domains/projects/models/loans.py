"""Loans in yen: what was agreed (versions), rates with their source, budgets, and the account in both currencies.

Whole yen (the yen has no smaller unit), yuan to the fen. Nothing here is changed after it was written, except that a loan
is closed. The account is one line of entries: each begins where the one before ended, and the identity

    carrying before + opened - cost of principal - realised - unrealised = carrying after

is a constraint of the table, the joint between two entries a trigger: they hold for every path, SQL included.
"""

from decimal import Decimal
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.projects.loan_choices import (
    DayCounts,
    EntryKind,
    FeeBases,
    PenaltyBases,
    PrepaymentOrders,
    RateKind,
    Remainders,
    Roundings,
)
from yunshu.domains.projects.models.common import APPEND_ONLY, KEPT


def _yuan(name: Any, **more: Any) -> "models.DecimalField[Any, Decimal]":
    return models.DecimalField(name, max_digits=18, decimal_places=2, **more)


@pghistory.track()
class Loan(models.Model):
    """外币贷款. Borrowed in yen, repaid in instalments; what its source leaves open is blank and shown as 待补."""

    number = models.CharField(_l("贷款编号"), max_length=24, unique=True)
    code = models.CharField(_l("代码"), max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(_l("贷款名称"), max_length=120)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("还款单位"))
    project = models.CharField(_l("关联项目编号"), max_length=24, blank=True)
    lender = models.CharField(_l("贷款人（上级转贷方）"), max_length=120, blank=True)
    guarantor = models.CharField(_l("担保单位"), max_length=120, blank=True)
    purpose = models.TextField(_l("用途"), blank=True)
    basis = models.CharField(_l("依据文件"), max_length=200, blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    closed_on = models.DateField(_l("结清日期"), null=True, blank=True)
    archive = models.CharField(_l("结清档案"), max_length=200, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("外币贷款")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_loan_closed_has_archive", condition=Q(closed_on__isnull=True) | ~Q(archive="")
            )
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="closed_settled",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.closed_on IS NOT NULL AND NEW IS DISTINCT FROM OLD
                    THEN RAISE EXCEPTION 'a closed loan cannot change'; END IF;
                    IF NEW.closed_on IS NOT NULL AND COALESCE((SELECT e.balance_after <> 0 OR e.carrying_after <> 0
                        FROM projects_loanentry e WHERE e.loan_id = NEW.id ORDER BY e.ordinal DESC LIMIT 1), TRUE)
                    THEN RAISE EXCEPTION 'a loan with a balance cannot be closed'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LoanTerms(models.Model):
    """贷款条款. One version of what was agreed; the last one is in force. With an opening, the account begins there."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="terms", verbose_name=_l("外币贷款"))
    ordinal = models.PositiveIntegerField(_l("版次"))
    principal = models.BigIntegerField(_l("贷款本金（日元）"))
    rate_percent = models.DecimalField(_l("年利率（%）"), max_digits=8, decimal_places=5)
    starts_on = models.DateField(_l("起息日"))
    grace_months = models.PositiveIntegerField(_l("宽限期（月）"))
    instalments = models.PositiveIntegerField(_l("还本期数"))
    months = models.PositiveIntegerField(_l("每期月数"))
    day = models.PositiveIntegerField(_l("还款日"))
    day_count = models.PositiveIntegerField(_l("计息基础"), choices=DayCounts)
    unit = models.PositiveIntegerField(_l("每期本金取整到（日元）"))
    remainder = models.CharField(_l("尾差归入"), max_length=8, choices=Remainders)
    rounding = models.CharField(_l("利息尾数"), max_length=8, choices=Roundings)
    fee_percent = models.DecimalField(_l("手续费率（%）"), max_digits=8, decimal_places=5)
    fee_base = models.CharField(_l("手续费计算"), max_length=8, choices=FeeBases)
    penalty_percent = models.DecimalField(_l("逾期罚息年率（%）"), max_digits=8, decimal_places=5)
    penalty_base = models.CharField(_l("罚息基数"), max_length=10, choices=PenaltyBases)
    penalty_replaces = models.BooleanField(_l("罚息代替原利息"))
    prepayment = models.CharField(_l("提前还款"), max_length=12, choices=PrepaymentOrders)
    opening_on = models.DateField(_l("接账日"), null=True, blank=True)
    opening_balance = models.BigIntegerField(_l("接账本金余额（日元）"), null=True, blank=True)
    basis = models.CharField(_l("依据（协议名称、条款）"), max_length=300)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("贷款条款")
        ordering = ["-ordinal"]
        constraints = [
            models.UniqueConstraint(name="projects_loanterms_once", fields=["loan", "ordinal"]),
            models.CheckConstraint(
                name="projects_loanterms_possible",
                condition=Q(principal__gt=0)
                & Q(rate_percent__gte=0, rate_percent__lt=100)
                & Q(fee_percent__gte=0, fee_percent__lt=100)
                & Q(penalty_percent__gte=0, penalty_percent__lt=100)
                & Q(instalments__range=(1, 600), months__range=(1, 12), day__range=(1, 31), unit__gte=1),
            ),
            models.CheckConstraint(
                name="projects_loanterms_opening_whole",
                condition=Q(opening_on__isnull=True, opening_balance__isnull=True)
                | Q(opening_on__isnull=False, opening_balance__gte=0, opening_balance__lte=F("principal")),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.loan} v{self.ordinal}"


class ExchangeRate(models.Model):
    """外汇牌价. What one bank or the central parity said on a day, for 100 yen; a wrong one is replaced, never changed."""

    number = models.CharField(_l("牌价编号"), max_length=24, unique=True)
    on = models.DateField(_l("日期"))
    kind = models.CharField(_l("汇率种类"), max_length=10, choices=RateKind)
    rate = models.DecimalField(_l("汇率（元/100日元）"), max_digits=12, decimal_places=6)
    source = models.CharField(_l("来源"), max_length=200)
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, blank=True, verbose_name=_l("更正哪一条")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("外汇牌价")
        ordering = ["-on", "kind", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_rate_first_once", fields=["kind", "on"], condition=Q(replaces__isnull=True)
            ),
            models.CheckConstraint(name="projects_rate_positive", condition=Q(rate__gt=0) & ~Q(source="")),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.on} {self.rate}"


class LoanBudget(models.Model):
    """还款预算. What a year was given for the loan: the approved yuan, and if known the yen and the rate behind them."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="budgets", verbose_name=_l("外币贷款"))
    year = models.PositiveIntegerField(_l("年度"))
    ordinal = models.PositiveIntegerField(_l("版次"))
    amount_yuan = _yuan(_l("批复预算（元）"))
    planned = models.BigIntegerField(_l("计划还本付息（日元）"), null=True, blank=True)
    rate = models.DecimalField(_l("预算汇率（元/100日元）"), max_digits=12, decimal_places=6, null=True, blank=True)
    basis = models.CharField(_l("依据"), max_length=200)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("还款预算")
        ordering = ["-year", "-ordinal"]
        constraints = [
            models.UniqueConstraint(name="projects_loanbudget_once", fields=["loan", "year", "ordinal"]),
            models.CheckConstraint(
                name="projects_loanbudget_possible",
                condition=Q(amount_yuan__gte=0, year__range=(1990, 2100))
                & (Q(planned__isnull=True) | Q(planned__gte=0))
                & (Q(rate__isnull=True) | Q(rate__gt=0)),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.loan} {self.year}"


JOINT = """
        SELECT closed_on INTO closed FROM projects_loan WHERE id = NEW.loan_id FOR UPDATE;
        IF closed IS NOT NULL THEN RAISE EXCEPTION 'the loan is closed'; END IF;
        IF NOT EXISTS (SELECT 1 FROM projects_loanterms t WHERE t.id = NEW.terms_id AND t.loan_id = NEW.loan_id)
        THEN RAISE EXCEPTION 'the terms are those of another loan'; END IF;
        SELECT * INTO last FROM projects_loanentry WHERE loan_id = NEW.loan_id ORDER BY ordinal DESC LIMIT 1;
        IF NEW.ordinal <> COALESCE(last.ordinal, 0) + 1 OR NEW.balance_before <> COALESCE(last.balance_after, 0)
            OR NEW.carrying_before <> COALESCE(last.carrying_after, 0)
        THEN RAISE EXCEPTION 'an entry must begin where the last one ended'; END IF;
        IF NEW.kind <> 'reverse' AND NEW."on" < last."on" AND last.balance_after + last.carrying_after > 0
        THEN RAISE EXCEPTION 'an entry must not lie before the last one'; END IF;
        IF NEW.kind = 'open' AND last.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM projects_loanentry e
            WHERE e.id = last.reverses_id AND e.kind = 'open')
        THEN RAISE EXCEPTION 'an account is opened once'; END IF;
        IF NEW.kind <> 'open' AND last.id IS NULL THEN RAISE EXCEPTION 'the account is not open'; END IF;
        IF NEW.kind = 'reverse' THEN
            SELECT * INTO other FROM projects_loanentry WHERE id = NEW.reverses_id AND loan_id = NEW.loan_id;
            IF other.id IS NULL OR other.kind = 'reverse'
                OR (NEW.balance_before, NEW.balance_after, NEW.carrying_before, NEW.carrying_after, NEW.opened,
                    NEW.opened_yuan, NEW.principal, NEW.prepaid, NEW.interest, NEW.fee, NEW.penalty, NEW.cost_yuan,
                    NEW.cost_principal_yuan, NEW.realised_yuan, NEW.unrealised_yuan)
                IS DISTINCT FROM (other.balance_after, other.balance_before, other.carrying_after,
                    other.carrying_before, -other.opened, -other.opened_yuan, -other.principal, -other.prepaid,
                    -other.interest, -other.fee, -other.penalty, -other.cost_yuan, -other.cost_principal_yuan,
                    -other.realised_yuan, -other.unrealised_yuan)
            THEN RAISE EXCEPTION 'a reversal must undo the last entry in force'; END IF;
        END IF;
        RETURN NEW;
"""


class LoanEntry(models.Model):
    """贷款账目. Opening, revaluation, repayment or reversal; positive differences are gains (汇兑收益)."""

    number = models.CharField(_l("账目编号"), max_length=24, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="entries", verbose_name=_l("外币贷款"))
    ordinal = models.PositiveIntegerField(_l("序号"))
    kind = models.CharField(_l("类别"), max_length=8, choices=EntryKind)
    on = models.DateField(_l("日期"))
    terms = models.ForeignKey(LoanTerms, models.PROTECT, related_name="+", verbose_name=_l("贷款条款"))
    opened = models.BigIntegerField(_l("建账本金（日元）"), default=0)
    opened_yuan = _yuan(_l("建账折合（元）"), default=0)
    principal = models.BigIntegerField(_l("本金（日元）"), default=0)
    prepaid = models.BigIntegerField(_l("提前还本（日元）"), default=0)
    interest = models.BigIntegerField(_l("利息（日元）"), default=0)
    fee = models.BigIntegerField(_l("手续费（日元）"), default=0)
    penalty = models.BigIntegerField(_l("罚息（日元）"), default=0)
    may_prepay = models.BooleanField(_l("多余部分提前还本"), default=False)
    cost_yuan = _yuan(_l("付出人民币（元）"), default=0)
    cost_principal_yuan = _yuan(_l("其中本金（元）"), default=0)
    realised_yuan = _yuan(_l("已实现汇兑损益（元）"), default=0)
    unrealised_yuan = _yuan(_l("未实现汇兑损益（元）"), default=0)
    balance_before = models.BigIntegerField(_l("期初本金（日元）"))
    balance_after = models.BigIntegerField(_l("期末本金（日元）"))
    carrying_before = _yuan(_l("期初账面（元）"))
    carrying_after = _yuan(_l("期末账面（元）"))
    carrying_rate = models.DecimalField(_l("账面汇率（元/100日元）"), max_digits=12, decimal_places=6)
    rate_source = models.CharField(_l("汇率来源"), max_length=200, blank=True)
    voucher = models.CharField(_l("凭证号"), max_length=60, blank=True)
    note = models.CharField(_l("说明"), max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_l("冲销哪一笔")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("贷款账目")
        ordering = ["loan", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="projects_loanentry_once", fields=["loan", "ordinal"]),
            models.CheckConstraint(
                name="projects_loanentry_yen",
                condition=Q(balance_after=F("balance_before") + F("opened") - F("principal") - F("prepaid"))
                & Q(balance_after__gte=0),
            ),
            models.CheckConstraint(
                name="projects_loanentry_identity",
                condition=Q(
                    carrying_after=F("carrying_before")
                    + F("opened_yuan")
                    - F("cost_principal_yuan")
                    - F("realised_yuan")
                    - F("unrealised_yuan")
                )
                & (Q(balance_after__gt=0, carrying_after__gte=0) | Q(balance_after=0, carrying_after=0)),
            ),
            models.CheckConstraint(
                name="projects_loanentry_signs",
                condition=Q(kind="reverse", reverses__isnull=False)
                | (
                    Q(reverses__isnull=True, opened__gte=0, principal__gte=0, prepaid__gte=0, interest__gte=0)
                    & Q(fee__gte=0, penalty__gte=0, cost_principal_yuan__gte=0)
                    & Q(cost_yuan__gte=F("cost_principal_yuan"))
                ),
            ),
            models.CheckConstraint(
                name="projects_loanentry_kinds",
                condition=Q(kind="open", opened__gt=0, principal=0, prepaid=0, interest=0, fee=0, penalty=0)
                & Q(cost_yuan=0, realised_yuan=0, unrealised_yuan=0)
                | Q(kind="revalue", opened=0, principal=0, prepaid=0, interest=0, fee=0, penalty=0, cost_yuan=0)
                & Q(realised_yuan=0)
                | Q(kind="repay", opened=0, unrealised_yuan=0, cost_yuan__gt=0) & ~Q(voucher="")
                | Q(kind="reverse"),
            ),
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="joint",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[
                    ("last", "projects_loanentry%ROWTYPE"),
                    ("other", "projects_loanentry%ROWTYPE"),
                    ("closed", "date"),
                ],
                func=JOINT,
            ),
        ]

    def __str__(self) -> str:
        return self.number
