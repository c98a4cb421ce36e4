"""Lists that the hotline keeps: classes of matters, limits, reasons, and the duty directory. Rows have dates, so old tickets keep theirs."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Channel, ClockKind, DutyRole, Kind, LimitUnit, Urgency


@pghistory.track()
class Category(models.Model):
    """诉求分类. Three levels; a code begins with its parent's."""

    code = models.SlugField(_l("分类代码"), max_length=12, unique=True)
    name = models.CharField(_l("分类名称"), max_length=60)
    path = models.CharField(
        _l("全称"), max_length=200, help_text=_l("各级名称以 / 相连，例如 城乡建设/市政设施/路灯。")
    )
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("诉求分类")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.path


@pghistory.track()
class TimeLimit(models.Model):
    """工单时限. How long a clock may run; an empty type, urgency or channel stands for all. A change is a new row with its date."""

    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    clock = models.CharField(_l("时钟"), max_length=10, choices=ClockKind)
    kind = models.CharField(_l("诉求类型"), max_length=10, choices=Kind, blank=True)
    urgency = models.CharField(_l("紧急程度"), max_length=10, choices=Urgency, blank=True)
    channel = models.CharField(_l("来源渠道"), max_length=10, choices=Channel, blank=True)
    amount = models.PositiveIntegerField(_l("时限"))
    unit = models.CharField(_l("单位"), max_length=16, choices=LimitUnit)
    valid_from = models.DateField(_l("施行日期"))
    valid_to = models.DateField(_l("失效日期"), null=True, blank=True)
    source = models.CharField(_l("出处"), max_length=200)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("工单时限")
        ordering = ["clock", "kind", "urgency", "channel", "-valid_from"]
        constraints = [
            models.CheckConstraint(name="hotline_limit_some", condition=Q(amount__gte=1)),
            models.CheckConstraint(
                name="hotline_limit_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
            models.UniqueConstraint(
                name="hotline_limit_once",
                fields=["clock", "kind", "urgency", "channel", "valid_from"],
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Listed(models.Model):
    """A reason with a name and a source."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=80)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class SuspendReason(Listed):
    """挂起事由. Only for these may a clock stand still."""

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("挂起事由")


@pghistory.track()
class ObjectionReason(Listed):
    """退单事由. Why a unit says that a ticket is not its own."""

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("退单事由")


@pghistory.track()
class RejectGround(Listed):
    """不予受理情形. Each names the lawful way that the caller is told of."""

    channel = models.CharField(_l("法定渠道"), max_length=200)

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("不予受理情形")


@pghistory.track()
class DutyRule(models.Model):
    """派单目录条目. Whose a matter is, where, by what law. A change ends one row and begins another, so old dispatches keep theirs."""

    code = models.SlugField(_l("条目编码"), max_length=60, unique=True)
    matter = models.CharField(_l("事项"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("诉求分类")
    )
    words = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_l("关键词"),
        default=list,
        blank=True,
        help_text=_l("以逗号分隔。"),
    )
    division = models.CharField(_l("行政区划代码"), max_length=12, blank=True, help_text=_l("空：全市。"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("职责单位"))
    role = models.CharField(_l("承办方式"), max_length=8, choices=DutyRole, default=DutyRole.MAIN)
    department_only = models.BooleanField(
        _l("不得下放镇街"), default=False, help_text=_l("部门应当承担的事项，不得转给镇街（国办函〔2025〕66号）。")
    )
    basis = models.CharField(_l("依据"), max_length=300, help_text=_l("法律法规条款、三定规定或权责清单。"))
    edition = models.CharField(_l("目录版次"), max_length=40)
    valid_from = models.DateField(_l("施行日期"))
    valid_to = models.DateField(_l("失效日期"), null=True, blank=True)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("派单目录")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="hotline_duty_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(name="hotline_duty_basis", condition=~Q(basis="")),
            models.CheckConstraint(
                name="hotline_duty_findable", condition=Q(category__isnull=False) | Q(words__len__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.matter}"
