"""Budget lines, what moves them, and what was paid from them; moves and payments are append-only."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.projects.choices import MoveKind
from yunshu.domains.projects.models.common import APPEND_ONLY, KEPT
from yunshu.domains.projects.models.contracts import Contract, Instalment
from yunshu.domains.projects.models.projects import Project


class BudgetLine(models.Model):
    """预算额度. A year's money for a project; its balance on a day is the sum of its moves less what was paid by then."""

    number = models.CharField(_l("额度编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="lines", verbose_name=_l("信息化项目"))
    year = models.PositiveSmallIntegerField(_l("预算年度"))
    fund = models.CharField(_l("资金来源"), max_length=60, default="财政拨款")

    class Meta:
        verbose_name = verbose_name_plural = _l("预算额度")
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(name="projects_line_once", fields=["project", "year", "fund"]),
            models.CheckConstraint(name="projects_line_year", condition=Q(year__gte=1990) & Q(year__lte=2200)),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.project} {self.year}"


class BudgetMove(models.Model):
    """额度变动. Money granted, adjusted, carried over or recalled, from which day, by which document; append-only."""

    number = models.CharField(_l("变动编号"), max_length=24, unique=True)
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="moves", verbose_name=_l("预算额度"))
    kind = models.CharField(_l("变动类别"), max_length=12, choices=MoveKind)
    amount_yuan = models.DecimalField(_l("增减金额"), max_digits=18, decimal_places=2)
    on = models.DateField(_l("生效日期"))
    document = models.CharField(_l("依据文件"), max_length=200)
    pair = models.OneToOneField(
        "self", models.PROTECT, related_name="paired_by", null=True, blank=True, verbose_name=_l("对应的结转")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("额度变动")
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_move_sign",
                condition=(Q(kind__in=["granted", "carried_in"]) & Q(amount_yuan__gt=0))
                | (Q(kind__in=["carried_out", "recalled"]) & Q(amount_yuan__lt=0))
                | (Q(kind="adjusted") & ~Q(amount_yuan=0)),
            ),
            models.CheckConstraint(
                name="projects_move_pair",
                condition=(Q(kind="carried_in") & Q(pair__isnull=False))
                | (~Q(kind="carried_in") & Q(pair__isnull=True)),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """项目付款. Money that left, for which instalment and from which budget line; append-only, reversed by an opposite row."""

    number = models.CharField(_l("付款编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="payments", verbose_name=_l("信息化项目"))
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="payments", null=True, blank=True, verbose_name=_l("项目合同")
    )
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="payments", null=True, blank=True, verbose_name=_l("付款分期")
    )
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="payments", verbose_name=_l("预算额度"))
    on = models.DateField(_l("付款日期"))
    amount_yuan = models.DecimalField(_l("付款金额"), max_digits=18, decimal_places=2)
    voucher = models.CharField(_l("凭证号"), max_length=60)
    invoice = models.CharField(_l("发票号码"), max_length=60, blank=True)
    statement = models.CharField(_l("用途"), max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_l("冲销的付款")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("项目付款")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_payment_sign",
                condition=(Q(reverses__isnull=True) & Q(amount_yuan__gt=0))
                | (Q(reverses__isnull=False) & Q(amount_yuan__lt=0)),
            ),
            models.CheckConstraint(
                name="projects_payment_for_what",
                condition=Q(contract__isnull=True, instalment__isnull=True)
                | Q(contract__isnull=False, instalment__isnull=False),
            ),
            models.UniqueConstraint(
                name="projects_payment_voucher", fields=["line", "voucher"], condition=Q(reverses__isnull=True)
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Limit(models.Model):
    """项目规则参数. A number of a rule (percent, days, count, yuan) with its source; an official may correct it."""

    code = models.CharField(_l("编码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=120)
    value = models.DecimalField(_l("数值"), max_digits=18, decimal_places=4)
    unit = models.CharField(_l("单位"), max_length=10)
    source = models.CharField(_l("出处"), max_length=300)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("项目规则参数")
        ordering = ["code"]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.name
