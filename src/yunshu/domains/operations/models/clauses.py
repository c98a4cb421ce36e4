"""Service clauses of vendors' contracts as data, and the deductions they lead to."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.incident_choices import ClauseBase, ClauseMetric, PenaltyState, Priority


@pghistory.track()
class ServiceClause(models.Model):
    """服务条款. What a contract lets its vendor fail, and what more costs. The contract is held by its number."""

    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    contract = models.CharField(_l("合同编号"), max_length=40)
    vendor = models.CharField(_l("服务商"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("甲方单位"))
    clause = models.CharField(_l("条款号"), max_length=40)
    words = models.TextField(_l("条款原文"))
    metric = models.CharField(_l("计算依据"), max_length=20, choices=ClauseMetric)
    scope = models.CharField(
        _l("范围标签"), max_length=40, blank=True, help_text=_l("空：合同编号与该合同相同的全部监测对象。")
    )
    priority = models.CharField(
        _l("优先级"), max_length=2, choices=Priority, blank=True, help_text=_l("空：全部优先级。")
    )
    allowance = models.DecimalField(_l("免扣数量"), max_digits=10, decimal_places=2, default=0)
    base = models.CharField(_l("扣款方式"), max_length=8, choices=ClauseBase)
    rate = models.DecimalField(_l("单位扣款"), max_digits=12, decimal_places=4)
    whole_units = models.BooleanField(_l("不足一单位按一单位计"), default=False)
    monthly_fee_yuan = models.DecimalField(_l("月服务费（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    cap_yuan = models.DecimalField(_l("每月扣款上限（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    valid_from = models.DateField(_l("有效期起"))
    valid_to = models.DateField(_l("有效期止"), null=True, blank=True)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("服务条款")
        ordering = ["contract", "clause", "code"]
        constraints = [
            models.CheckConstraint(
                name="operations_clause_period", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="operations_clause_amounts",
                condition=Q(rate__gt=0, allowance__gte=0)
                & (Q(cap_yuan__isnull=True) | Q(cap_yuan__gte=0))
                & (Q(monthly_fee_yuan__isnull=True) | Q(monthly_fee_yuan__gte=0)),
            ),
            models.CheckConstraint(
                name="operations_clause_fee_known", condition=~Q(base="percent") | Q(monthly_fee_yuan__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.clause}"


@pghistory.track()
class Penalty(models.Model):
    """服务扣款. What a clause costs a vendor for a month: proposed by arithmetic, confirmed or waived by a person."""

    number = models.CharField(_l("扣款编号"), max_length=24, unique=True)
    clause = models.ForeignKey(ServiceClause, models.PROTECT, related_name="penalties", verbose_name=_l("服务条款"))
    month = models.DateField(_l("月份"))
    quantity = models.DecimalField(_l("数量"), max_digits=12, decimal_places=2)
    amount_yuan = models.DecimalField(_l("扣款（元）"), max_digits=14, decimal_places=2)
    terms = models.JSONField(_l("条款摘录"), default=dict, encoder=DjangoJSONEncoder)
    basis = models.JSONField(_l("依据"), default=list, encoder=DjangoJSONEncoder)
    state = models.CharField(_l("状态"), max_length=10, choices=PenaltyState, default=PenaltyState.PROPOSED)
    proposed_at = models.DateTimeField(_l("计算时间"))
    decided_by = models.CharField(_l("确认人"), max_length=120, blank=True)
    decided_at = models.DateTimeField(_l("确认时间"), null=True, blank=True)
    reason = models.TextField(_l("意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("服务扣款")
        ordering = ["-month", "clause"]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided", operation=pgtrigger.Update, condition=pgtrigger.Q(old__decided_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="operations_penalty_once", fields=["clause", "month"]),
            models.CheckConstraint(name="operations_penalty_month", condition=Q(month__day=1)),
            models.CheckConstraint(name="operations_penalty_amount", condition=Q(amount_yuan__gte=0)),
            models.CheckConstraint(
                name="operations_penalty_decided",
                condition=Q(state="proposed", decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
            ),
            models.CheckConstraint(name="operations_penalty_waived_why", condition=~Q(state="waived") | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.clause}"
