"""Corrections: a record that is said to be wrong, and the copies that the right one must reach."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.models.agreements import Agreement
from yunshu.domains.exchange.models.catalogue import Resource


@pghistory.track(exclude=["record_key", "said", "proposed"])
class Correction(models.Model):
    """数据异议. Which record, which items, what is wrong. What names a person is taken away when it is over."""

    number = models.CharField(_l("异议编号"), max_length=24, unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="corrections", verbose_name=_l("信息资源"))
    items = ArrayField(models.CharField(max_length=63), verbose_name=_l("有误的信息项"))
    record_key = models.CharField(_l("记录的主键值"), max_length=200, blank=True)
    said = models.CharField(_l("现在的内容"), max_length=500, blank=True)
    proposed = models.CharField(_l("应当是"), max_length=500, blank=True)
    grounds = models.TextField(_l("依据和说明"))
    origin = models.CharField(_l("由何处提出"), max_length=120, blank=True)
    subject = models.CharField(_l("记录摘要"), max_length=64)
    reporter = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("提出单位"))
    source = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("数源部门"))
    stage = models.CharField(_l("状态"), max_length=20)
    answer = models.TextField(_l("答复意见"), blank=True)
    reported_by = models.CharField(_l("提出人"), max_length=80)
    reported_at = models.DateTimeField(_l("提出时间"))
    corrected_at = models.DateTimeField(_l("更正时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("数据异议")
        ordering = ["-reported_at", "-pk"]
        indexes = [models.Index(name="exchange_correction_stage", fields=["stage", "-reported_at"])]

    def __str__(self) -> str:
        return self.number


class CorrectionCopy(models.Model):
    """更正副本. An agreement whose consumer holds a copy of what was corrected; reached by a whole delivery after it."""

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="copies", verbose_name=_l("数据异议"))
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+", verbose_name=_l("共享协议"))
    trouble = models.CharField(_l("未能送达的原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("更正副本")
        constraints = [models.UniqueConstraint(name="exchange_copy_once", fields=["correction", "agreement"])]

    def __str__(self) -> str:
        return f"{self.correction} → {self.agreement}"
