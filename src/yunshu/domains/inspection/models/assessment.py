"""Results: an assessment with its frozen snapshot, the objects assessed by each scheme version, their score lines."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices_schemes import (
    AssessmentKind,
    AssessmentScope,
    AssessmentState,
    Grade,
    ObjectKind,
    Part,
)
from yunshu.domains.inspection.models.common import APPEND_ONLY, KEPT
from yunshu.domains.inspection.models.registry import Account, Site
from yunshu.domains.inspection.models.schemes import SchemeVersion

FROZEN = pgtrigger.Trigger(
    name="frozen",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF OLD.state <> 'draft' AND (NEW.state = 'draft'
            OR (OLD.state = 'published' AND NEW.state <> 'published')
            OR (NEW.number, NEW.kind, NEW.scope, NEW.starts_on, NEW.ends_on, NEW.snapshot::text, NEW.digest, NEW.frozen_at)
                IS DISTINCT FROM
                (OLD.number, OLD.kind, OLD.scope, OLD.starts_on, OLD.ends_on, OLD.snapshot::text, OLD.digest, OLD.frozen_at))
        THEN RAISE EXCEPTION 'a frozen assessment cannot change'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track(exclude=["snapshot"])
class Assessment(models.Model):
    """检查考评. ``snapshot`` is what was confirmed when it was frozen: scores are made from it alone, so they can be made
    again. ``counts_mended``: findings put right within the period count too."""

    number = models.CharField(_l("考评编号"), max_length=24, unique=True)
    name = models.CharField(_l("考评名称"), max_length=80)
    kind = models.CharField(_l("考评周期"), max_length=8, choices=AssessmentKind)
    scope = models.CharField(_l("考评范围"), max_length=8, choices=AssessmentScope)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("组织单位"))
    unit = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("被考评单位")
    )
    starts_on = models.DateField(_l("起始日期"))
    ends_on = models.DateField(_l("截止日期"))
    counts_mended = models.BooleanField(_l("期内已整改的问题也计入"), default=True)
    versions = models.ManyToManyField(SchemeVersion, related_name="+", verbose_name=_l("指标版本"))
    state = models.CharField(_l("状态"), max_length=10, choices=AssessmentState, default=AssessmentState.DRAFT)
    snapshot = models.JSONField(_l("定格数据"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("摘要"), max_length=64, blank=True)
    record = models.CharField(_l("存证编号"), max_length=40, blank=True)
    frozen_at = models.DateTimeField(_l("定格时间"), null=True, blank=True)
    frozen_by = models.CharField(_l("定格人"), max_length=80, blank=True)
    published_at = models.DateTimeField(_l("通报时间"), null=True, blank=True)
    published_by = models.CharField(_l("通报人"), max_length=80, blank=True)
    created_by = models.CharField(_l("创建人"), max_length=80)
    created_at = models.DateTimeField(_l("创建时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("检查考评")
        ordering = ["-ends_on", "-pk"]
        triggers = [KEPT, FROZEN]
        constraints = [
            models.CheckConstraint(name="inspection_assessment_days", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="inspection_assessment_unit", condition=~Q(scope="unit") | Q(unit__isnull=False)
            ),
            models.CheckConstraint(
                name="inspection_assessment_frozen",
                condition=Q(state="draft") | (Q(frozen_at__isnull=False) & ~Q(digest="")),
            ),
            models.CheckConstraint(
                name="inspection_assessment_published",
                condition=~Q(state="published") | Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class BonusGrant(models.Model):
    """加分认定. Bonus points that a person granted a site under a scheme version, before the assessment is frozen."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="grants", verbose_name=_l("检查考评"))
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", verbose_name=_l("指标版本"))
    site = models.ForeignKey(Site, models.PROTECT, related_name="+", verbose_name=_l("政府网站"))
    code = models.CharField(_l("指标编号"), max_length=12)
    points = models.DecimalField(_l("加分"), max_digits=5, decimal_places=2)
    words = models.CharField(_l("认定理由"), max_length=300)
    by = models.CharField(_l("认定人"), max_length=80)
    at = models.DateTimeField(_l("认定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("加分认定")
        ordering = ["assessment", "site", "code"]
        constraints = [
            models.UniqueConstraint(name="inspection_grant_once", fields=["assessment", "version", "site", "code"]),
            models.CheckConstraint(name="inspection_grant_points", condition=Q(points__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} +{self.points}"


class AssessedObject(models.Model):
    """考评对象. One site or account under one scheme version; name, kind and unit as they were; append-only."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="assessed", verbose_name=_l("检查考评"))
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", verbose_name=_l("指标版本"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("政府网站"))
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("新媒体账号")
    )
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("主办单位"))
    number = models.CharField(_l("对象编号"), max_length=24)
    name = models.CharField(_l("对象名称"), max_length=80)
    kind = models.CharField(_l("对象类别"), max_length=10, choices=ObjectKind)
    has_service_duty = models.BooleanField(_l("承担公共服务职能"), default=True)
    vetoes = ArrayField(models.CharField(max_length=12), verbose_name=_l("触发的单项否决"), default=list)
    deduction = models.DecimalField(_l("扣分后得分"), max_digits=6, decimal_places=2, null=True, blank=True)
    bonus = models.DecimalField(_l("加分"), max_digits=6, decimal_places=2, null=True, blank=True)
    final = models.DecimalField(_l("总分"), max_digits=6, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_l("考评结果"), max_length=4, choices=Grade)
    words = models.CharField(_l("说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("考评对象")
        ordering = ["assessment", "version", "kind", "number"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="inspection_object_once", fields=["assessment", "version", "number"]),
            models.CheckConstraint(
                name="inspection_object_one_target",
                condition=Q(site__isnull=False, account__isnull=True) | Q(site__isnull=True, account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScoreLine(models.Model):
    """得分明细. What one indicator says of an object, with the numbers of the findings it rests on; append-only."""

    assessed = models.ForeignKey(AssessedObject, models.PROTECT, related_name="lines", verbose_name=_l("考评对象"))
    order = models.PositiveSmallIntegerField(_l("顺序"))
    code = models.CharField(_l("指标编号"), max_length=12)
    part = models.CharField(_l("指标类别"), max_length=10, choices=Part)
    group = models.CharField(_l("指标分组"), max_length=40)
    name = models.CharField(_l("指标名称"), max_length=80)
    points = models.DecimalField(_l("分值"), max_digits=5, decimal_places=2)
    deducted = models.DecimalField(_l("扣分"), max_digits=5, decimal_places=2)
    gained = models.DecimalField(_l("加分"), max_digits=5, decimal_places=2, default=0)
    is_vetoed = models.BooleanField(_l("触发单项否决"), default=False)
    findings = ArrayField(models.CharField(max_length=24), verbose_name=_l("问题编号"), default=list)
    words = models.CharField(_l("理由"), max_length=500)

    class Meta:
        verbose_name = verbose_name_plural = _l("得分明细")
        ordering = ["assessed", "order"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="inspection_line_once", fields=["assessed", "code"]),
            models.CheckConstraint(name="inspection_line_capped", condition=Q(deducted__lte=F("points"))),
        ]

    def __str__(self) -> str:
        return f"{self.code} -{self.deducted}"
