"""Projects and where they stand in their life."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.projects.choices import ProjectKind, Stage
from yunshu.domains.projects.models.common import KEPT


@pghistory.track()
class Project(models.Model):
    """信息化项目. One thing the city pays for, of one organisation; ``blanks`` names what its source leaves open (待补)."""

    number = models.CharField(_l("项目编号"), max_length=24, unique=True)
    code = models.CharField(_l("代码"), max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(_l("项目名称"), max_length=120)
    kind = models.CharField(_l("类别"), max_length=10, choices=ProjectKind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("建设单位"))
    summary = models.TextField(_l("建设内容"), blank=True)
    stage = models.CharField(_l("所处阶段"), max_length=12, choices=Stage, default=Stage.APPLICATION)
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
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.name
