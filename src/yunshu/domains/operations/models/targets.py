"""What is watched and what it needs."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.choices import Boundaries, TargetKind, TargetState


@pghistory.track()
class Target(models.Model):
    """监测对象. A line, room, system, device …; ``check`` is how to look at it (empty: its address is not known yet)."""

    number = models.CharField(_l("对象编号"), max_length=24, unique=True)
    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    name = models.CharField(_l("名称"), max_length=80)
    kind = models.CharField(_l("类别"), max_length=10, choices=TargetKind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("主管单位"))
    users = models.ManyToManyField(Org, related_name="+", blank=True, verbose_name=_l("使用单位"))
    check_form = models.JSONField(_l("探测方式"), default=dict, blank=True)
    interval_s = models.PositiveIntegerField(_l("探测间隔（秒）"), default=30)
    timeout_s = models.PositiveIntegerField(_l("超时（秒）"), default=5)
    confirm = models.PositiveSmallIntegerField(_l("几个探点确认才算中断"), default=1)
    boundary = models.CharField(
        _l("中断起点"), max_length=10, choices=Boundaries, default=Boundaries.MIDPOINT, help_text=_l("按合同约定。")
    )
    slow_ms = models.PositiveIntegerField(_l("响应慢于（毫秒）算降级"), null=True, blank=True)
    promise = models.DecimalField(_l("承诺可用率（%）"), max_digits=7, decimal_places=4, null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_l("范围标签"), default=list, blank=True)
    contract = models.CharField(_l("合同编号"), max_length=40, blank=True)
    provider = models.CharField(_l("服务商"), max_length=80, blank=True)
    note = models.TextField(_l("说明"), blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    state = models.CharField(_l("状态"), max_length=8, choices=TargetState, default=TargetState.PLANNED)
    is_public = models.BooleanField(_l("在公众状态页显示"), default=False)
    in_service_on = models.DateField(_l("投入使用日期"), null=True, blank=True)
    retired_on = models.DateField(_l("停用日期"), null=True, blank=True)
    push_key = models.CharField(_l("心跳密钥摘要"), max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("监测对象")
        ordering = ["kind", "name"]
        constraints = [
            models.CheckConstraint(name="operations_target_interval", condition=Q(interval_s__gte=5)),
            models.CheckConstraint(name="operations_target_timeout", condition=Q(timeout_s__gte=1)),
            models.CheckConstraint(name="operations_target_confirm", condition=Q(confirm__gte=1)),
            models.CheckConstraint(
                name="operations_target_promise",
                condition=Q(promise__isnull=True) | (Q(promise__gt=0) & Q(promise__lt=100)),
            ),
            models.CheckConstraint(
                name="operations_target_retired", condition=~Q(state="retired") | Q(retired_on__isnull=False)
            ),
            models.CheckConstraint(
                name="operations_target_dates",
                condition=Q(retired_on__isnull=True)
                | Q(in_service_on__isnull=True)
                | Q(retired_on__gte=F("in_service_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


NO_CIRCLE = pgtrigger.Trigger(
    name="no_circle",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        PERFORM pg_advisory_xact_lock(1498371652);
        IF EXISTS (
            WITH RECURSIVE up(id) AS (
                SELECT NEW.upstream_id
                UNION SELECT n.upstream_id FROM operations_need n JOIN up ON n.target_id = up.id
            ) SELECT 1 FROM up WHERE id = NEW.target_id
        ) THEN
            RAISE EXCEPTION 'a circle of needs' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class Need(models.Model):
    """依赖关系. ``target`` needs ``upstream``; those of one ``group`` stand in for each other, ``least`` of them are enough."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="needs", verbose_name=_l("对象"))
    upstream = models.ForeignKey(Target, models.PROTECT, related_name="needed_by", verbose_name=_l("依赖于"))
    group = models.CharField(_l("互备组"), max_length=40, blank=True)
    least = models.PositiveSmallIntegerField(_l("组内至少几个正常"), default=1)

    class Meta:
        verbose_name = verbose_name_plural = _l("依赖关系")
        constraints = [
            models.UniqueConstraint(name="operations_need_once", fields=["target", "upstream"]),
            models.CheckConstraint(name="operations_need_other", condition=~Q(target=F("upstream"))),
            models.CheckConstraint(name="operations_need_least", condition=Q(least__gte=1)),
        ]
        triggers = [NO_CIRCLE]

    def __str__(self) -> str:
        return f"{self.target} → {self.upstream}"
