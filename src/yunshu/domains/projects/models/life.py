"""Which documents a step of a project's life demands, and what was handed in."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.projects.choices import Steps
from yunshu.domains.projects.models.common import APPEND_ONLY, KEPT
from yunshu.domains.projects.models.projects import Project


@pghistory.track()
class DocumentRule(models.Model):
    """阶段材料要求. A document that a step demands; an official may correct, add or retire one."""

    code = models.CharField(_l("编码"), max_length=40, unique=True)
    verb = models.CharField(_l("环节"), max_length=20, choices=Steps)
    name = models.CharField(_l("材料名称"), max_length=120)
    source = models.CharField(_l("出处"), max_length=300)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("阶段材料要求")
        ordering = ["verb", "code"]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.name


class ProjectDocument(models.Model):
    """项目材料. A document handed in, with its number or place and (if uploaded) its files; append-only."""

    number = models.CharField(_l("材料编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="documents", verbose_name=_l("信息化项目"))
    name = models.CharField(_l("材料名称"), max_length=120)
    reference = models.CharField(_l("文号或存放处"), max_length=200)
    on = models.DateField(_l("日期"))
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("项目材料")
        ordering = ["-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.name
