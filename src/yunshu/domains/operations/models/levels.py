"""Service levels as data: what is promised, in whose time, and how grave a fault is."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.incident_choices import HoursKind, Priority, Promised, Tier


@pghistory.track()
class ServiceHours(models.Model):
    """服务时间. In which time a promise is counted."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=60)
    kind = models.CharField(_l("计时方式"), max_length=8, choices=HoursKind)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("服务时间")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class DutyHours(models.Model):
    """值班时段. A date's own hours in a duty calendar: they replace what the working calendar says of that date."""

    code = models.SlugField(_l("代码"), max_length=60, unique=True, help_text=_l("例如 duty-20260217-1。"))
    hours = models.ForeignKey(ServiceHours, models.CASCADE, related_name="dates", verbose_name=_l("服务时间"))
    on = models.DateField(_l("日期"))
    starts_at = models.TimeField(_l("开始"), null=True, blank=True, help_text=_l("开始和结束都不填：当天不值班。"))
    ends_at = models.TimeField(_l("结束"), null=True, blank=True, help_text=_l("00:00 表示当天 24:00。"))

    class Meta:
        verbose_name = verbose_name_plural = _l("值班时段")
        ordering = ["-on", "starts_at"]
        constraints = [
            models.UniqueConstraint(name="operations_duty_hours_once", fields=["hours", "on", "starts_at"]),
            models.CheckConstraint(
                name="operations_duty_hours_order",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(starts_at__isnull=False, ends_at="00:00")
                | Q(starts_at__lt=F("ends_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} {self.on}"


@pghistory.track()
class ServiceLevel(models.Model):
    """服务级别. Holds for the targets that carry ``scope`` among their tags; the one without a scope for all others."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=80)
    scope = models.CharField(_l("范围标签"), max_length=40, blank=True, help_text=_l("空：适用于没有专门级别的对象。"))
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("服务级别")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="operations_level_scope_once", fields=["scope"], condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class ServicePromise(models.Model):
    """服务承诺. How long a clock may run for a priority, and in which time it is counted."""

    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    level = models.ForeignKey(ServiceLevel, models.PROTECT, related_name="promises", verbose_name=_l("服务级别"))
    priority = models.CharField(_l("优先级"), max_length=2, choices=Priority)
    clock = models.CharField(_l("时钟"), max_length=8, choices=Promised)
    minutes = models.PositiveIntegerField(_l("时限（分钟）"))
    hours = models.ForeignKey(ServiceHours, models.PROTECT, related_name="+", verbose_name=_l("服务时间"))
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("服务承诺")
        ordering = ["level", "priority", "minutes"]
        constraints = [
            models.UniqueConstraint(
                name="operations_promise_once", fields=["level", "priority", "clock"], condition=Q(is_active=True)
            ),
            models.CheckConstraint(name="operations_promise_some", condition=Q(minutes__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.priority} {self.get_clock_display()}"


@pghistory.track()
class PriorityRule(models.Model):
    """定级规则. Which priority a fault found by probes gets; of all that fit, the gravest holds."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    kind = models.CharField(
        _l("根源类别"), max_length=10, choices=TargetKind, blank=True, help_text=_l("空：任何类别。")
    )
    members_from = models.PositiveIntegerField(_l("受影响对象不少于"), default=1)
    priority = models.CharField(_l("优先级"), max_length=2, choices=Priority)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("定级规则")
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class IncidentCall(models.Model):
    """故障升级规则. At which share of a clock which tier of the people on duty is called."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    clock = models.CharField(_l("时钟"), max_length=8, choices=Promised)
    percent = models.PositiveSmallIntegerField(_l("时限百分比"), help_text=_l("100 为到期，大于 100 为超时。"))
    tier = models.CharField(_l("通知对象"), max_length=8, choices=Tier)
    priority = models.CharField(_l("优先级"), max_length=2, choices=Priority, blank=True, help_text=_l("空：全部。"))
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("故障升级规则")
        ordering = ["clock", "percent", "code"]

    def __str__(self) -> str:
        return f"{self.get_clock_display()} {self.percent}%"
