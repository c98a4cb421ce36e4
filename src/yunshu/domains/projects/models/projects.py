"""Projects and where they stand in their life."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.projects.choices import CostBasis, ProjectKind, Stage
from yunshu.domains.projects.models.common import UNDOABLE


@pghistory.track()
class Project(models.Model):
    """信息化项目. One thing the city pays for, of one organisation; ``blanks`` names what its source leaves open (待补)."""

    number = models.CharField(_l("项目编号"), max_length=24, unique=True)
    code = models.CharField(_l("代码"), max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(_l("项目名称"), max_length=120)
    kind = models.CharField(_l("类别"), max_length=10, choices=ProjectKind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("建设单位"))
    summary = models.TextField(_l("建设内容"), blank=True)
    stage = models.CharField(_l("所处阶段"), max_length=12, choices=Stage, default=Stage.REGISTERED)
    pays_directly = models.BooleanField(_l("无合同直接支出"), default=False)
    deliver_by = models.DateField(_l("交付期限"), null=True, blank=True)
    basis = models.CharField(_l("依据文件"), max_length=200, blank=True)
    blanks = models.JSONField(_l("待补事项"), default=list, blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("信息化项目")
        ordering = ["-created_at", "pk"]
        triggers = [UNDOABLE]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class CostLine(models.Model):
    """概算明细. One line of what a project will cost: item, quantity, price, by which basis; what the review left of it."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="cost_lines", verbose_name=_l("信息化项目"))
    ordinal = models.PositiveSmallIntegerField(_l("序号"))
    item = models.CharField(_l("事项"), max_length=120)
    quantity = models.DecimalField(_l("数量"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_l("单位"), max_length=20, blank=True)
    price_yuan = models.DecimalField(_l("单价"), max_digits=18, decimal_places=2, null=True, blank=True)
    amount_yuan = models.DecimalField(_l("报审金额"), max_digits=18, decimal_places=2)
    basis = models.CharField(_l("计价依据"), max_length=12, choices=CostBasis, blank=True)
    basis_detail = models.CharField(_l("依据说明"), max_length=300, blank=True)
    approved_yuan = models.DecimalField(_l("审定金额"), max_digits=18, decimal_places=2, null=True, blank=True)
    cut_reason = models.CharField(_l("核减原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("概算明细")
        ordering = ["project", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="projects_cost_line_once", fields=["project", "ordinal"]),
            models.CheckConstraint(name="projects_cost_line_amount", condition=Q(amount_yuan__gte=0)),
            models.CheckConstraint(
                name="projects_cost_line_cut",
                condition=Q(approved_yuan__isnull=True)
                | Q(approved_yuan=F("amount_yuan"))
                | (Q(approved_yuan__gte=0) & Q(approved_yuan__lt=F("amount_yuan")) & ~Q(cut_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.item
