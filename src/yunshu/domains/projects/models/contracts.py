"""Contracts with what they promise to pay, their changes, what was accepted, what is deducted, what guarantees them.

The sums between these tables are held by the triggers of ``migrations/0003``, whoever writes.
"""

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.projects.choices import (
    AcceptanceKind,
    ConfirmationKind,
    ContractState,
    GuaranteeForm,
    GuaranteeKind,
    InstalmentKind,
)
from yunshu.domains.projects.models.common import APPEND_ONLY, KEPT, UNDOABLE
from yunshu.domains.projects.models.projects import Project


class Approval(models.Model):
    """立项批复. What was approved for a project and how much it may cost at most; append-only, a new one follows an old one."""

    number = models.CharField(_l("批复编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="approvals", verbose_name=_l("信息化项目"))
    item = models.CharField(_l("批复事项"), max_length=120)
    document = models.CharField(_l("批复文件"), max_length=200)
    on = models.DateField(_l("批复日期"), null=True, blank=True)
    amount_yuan = models.DecimalField(_l("批复金额"), max_digits=18, decimal_places=2)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("立项批复")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="projects_approval_positive", condition=Q(amount_yuan__gt=0))]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.item} {self.document}"


@pghistory.track()
class Contract(models.Model):
    """项目合同. Once filed its sum, its limits and its approval change only by a ``ContractChange``."""

    number = models.CharField(_l("合同编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="contracts", verbose_name=_l("信息化项目"))
    approval = models.ForeignKey(
        Approval, models.PROTECT, related_name="contracts", null=True, blank=True, verbose_name=_l("批复事项")
    )
    name = models.CharField(_l("合同名称"), max_length=160)
    supplier = models.CharField(_l("供应商"), max_length=120, blank=True)
    supplier_uscc = models.CharField(_l("供应商统一社会信用代码"), max_length=18, blank=True)
    is_small_supplier = models.BooleanField(_l("供应商为中小企业"), null=True, blank=True)
    amount_yuan = models.DecimalField(_l("合同金额"), max_digits=18, decimal_places=2)
    advance_limit_yuan = models.DecimalField(_l("预付款上限"), max_digits=18, decimal_places=2, default=0)
    advance_basis = models.CharField(_l("预付款依据"), max_length=200, blank=True)
    signed_on = models.DateField(_l("签订日期"), null=True, blank=True)
    starts_on = models.DateField(_l("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_l("结束日期"), null=True, blank=True)
    deliver_by = models.DateField(_l("交付期限"), null=True, blank=True)
    warranty_until = models.DateField(_l("质保期止"), null=True, blank=True)
    penalty_daily_percent = models.DecimalField(
        _l("逾期违约金（每日，%）"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    penalty_cap_percent = models.DecimalField(
        _l("逾期违约金上限（%）"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    state = models.CharField(_l("状态"), max_length=8, choices=ContractState, default=ContractState.DRAFT)
    blanks = models.JSONField(_l("待补事项"), default=list, blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("项目合同")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(name="projects_contract_positive", condition=Q(amount_yuan__gt=0)),
            models.CheckConstraint(
                name="projects_contract_advance",
                condition=Q(advance_limit_yuan=0) | (Q(advance_limit_yuan__gt=0) & ~Q(advance_basis="")),
            ),
            models.CheckConstraint(
                name="projects_contract_filed_complete",
                condition=Q(state="draft") | (Q(approval__isnull=False) & Q(signed_on__isnull=False) & ~Q(supplier="")),
            ),
            models.CheckConstraint(
                name="projects_contract_term",
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
            ),
        ]
        triggers = [UNDOABLE]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Instalment(models.Model):
    """付款分期. One part of a contract's sum: what it waits for, what has to be shown, when it is due."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="instalments", verbose_name=_l("项目合同"))
    ordinal = models.PositiveSmallIntegerField(_l("期次"), validators=[MinValueValidator(1)])
    kind = models.CharField(_l("类别"), max_length=10, choices=InstalmentKind, default=InstalmentKind.PROGRESS)
    milestone = models.CharField(_l("付款节点"), max_length=160)
    amount_yuan = models.DecimalField(_l("金额"), max_digits=18, decimal_places=2)
    percent = models.DecimalField(_l("占合同比例（%）"), max_digits=7, decimal_places=4, null=True, blank=True)
    year = models.PositiveSmallIntegerField(_l("预算年度"), null=True, blank=True)
    due_on = models.DateField(_l("应付日期"), null=True, blank=True)
    required_evidence = models.JSONField(_l("应附材料"), default=list, blank=True)
    note = models.CharField(_l("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("付款分期")
        ordering = ["contract", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="projects_instalment_once", fields=["contract", "ordinal"]),
            models.CheckConstraint(name="projects_instalment_positive", condition=Q(amount_yuan__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} {self.ordinal}"


class ContractChange(models.Model):
    """合同变更. An approved change of the contract's sum; append-only."""

    number = models.CharField(_l("变更编号"), max_length=24, unique=True)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="changes", verbose_name=_l("项目合同"))
    amount_yuan = models.DecimalField(_l("增减金额"), max_digits=18, decimal_places=2)
    on = models.DateField(_l("批准日期"))
    document = models.CharField(_l("批准文件"), max_length=200)
    reason = models.CharField(_l("变更原因"), max_length=500)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("合同变更")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="projects_change_not_zero", condition=~Q(amount_yuan=0))]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


class Acceptance(models.Model):
    """验收记录. One thing looked at, passed or not, with what shows it; append-only, a correction is a further row."""

    number = models.CharField(_l("验收编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="acceptances", verbose_name=_l("信息化项目"))
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="acceptances", null=True, blank=True, verbose_name=_l("项目合同")
    )
    kind = models.CharField(_l("验收类别"), max_length=14, choices=AcceptanceKind)
    item = models.CharField(_l("验收事项"), max_length=160)
    on = models.DateField(_l("验收日期"))
    passed = models.BooleanField(_l("通过"))
    statement = models.CharField(_l("结论与依据"), max_length=500)
    corrects = models.OneToOneField(
        "self", models.PROTECT, related_name="corrected_by", null=True, blank=True, verbose_name=_l("更正的记录")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("验收记录")
        ordering = ["-on", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"


class Confirmation(models.Model):
    """付款确认. So much of an instalment may be paid, because of what; append-only, taken back by a row of the opposite sum."""

    number = models.CharField(_l("确认编号"), max_length=24, unique=True)
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="confirmations", verbose_name=_l("付款分期")
    )
    kind = models.CharField(_l("确认类别"), max_length=10, choices=ConfirmationKind)
    acceptance = models.ForeignKey(
        Acceptance, models.PROTECT, related_name="confirmations", null=True, blank=True, verbose_name=_l("验收记录")
    )
    amount_yuan = models.DecimalField(_l("确认金额"), max_digits=18, decimal_places=2)
    on = models.DateField(_l("确认日期"))
    evidence = models.JSONField(_l("所附材料"), default=dict, blank=True)
    statement = models.CharField(_l("确认意见"), max_length=500)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_l("撤回的确认")
    )
    made_by = models.CharField(_l("确认人"), max_length=80)
    made_at = models.DateTimeField(_l("确认时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("付款确认")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_confirmation_sign",
                condition=(Q(reverses__isnull=True) & Q(amount_yuan__gt=0))
                | (Q(reverses__isnull=False) & Q(amount_yuan__lt=0)),
            ),
            models.CheckConstraint(
                name="projects_confirmation_acceptance", condition=~Q(kind="acceptance") | Q(acceptance__isnull=False)
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


class Penalty(models.Model):
    """合同扣款. What is deducted from an instalment, by which clause; append-only, waived by a row of the opposite sum."""

    number = models.CharField(_l("扣款编号"), max_length=24, unique=True)
    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="penalties", verbose_name=_l("付款分期"))
    amount_yuan = models.DecimalField(_l("扣款金额"), max_digits=18, decimal_places=2)
    on = models.DateField(_l("扣款日期"))
    clause = models.CharField(_l("合同条款"), max_length=200)
    reason = models.CharField(_l("扣款事由"), max_length=500)
    days_late = models.PositiveIntegerField(_l("逾期天数"), null=True, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_l("免除的扣款")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("合同扣款")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_penalty_sign",
                condition=(Q(reverses__isnull=True) & Q(amount_yuan__gt=0))
                | (Q(reverses__isnull=False) & Q(amount_yuan__lt=0)),
            )
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Guarantee(models.Model):
    """合同担保. Money or a letter that stands behind a contract, until when, and when it was given back."""

    number = models.CharField(_l("担保编号"), max_length=24, unique=True)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="guarantees", verbose_name=_l("项目合同"))
    kind = models.CharField(_l("担保类别"), max_length=12, choices=GuaranteeKind)
    form = models.CharField(_l("担保形式"), max_length=10, choices=GuaranteeForm)
    amount_yuan = models.DecimalField(_l("担保金额"), max_digits=18, decimal_places=2)
    document = models.CharField(_l("凭据"), max_length=200)
    received_on = models.DateField(_l("收取日期"))
    expires_on = models.DateField(_l("有效期止"), null=True, blank=True)
    returned_on = models.DateField(_l("退还日期"), null=True, blank=True)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("合同担保")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="projects_guarantee_positive", condition=Q(amount_yuan__gt=0)),
            models.CheckConstraint(
                name="projects_guarantee_returned",
                condition=Q(returned_on__isnull=True) | Q(returned_on__gte=models.F("received_on")),
            ),
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.number
