"""The catalogue: classes, data elements, clock rules, entries with their items and versions, the three other lists.

What was published is kept as a whole (one JSON document a version) and never changed; the flat columns beside it are
what lists and searches need.
"""

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import (
    Cycles,
    DataTypes,
    Formats,
    Grades,
    Level,
    ListKind,
    Sharing,
    Units,
    Ways,
)
from yunshu.domains.exchange.models.common import APPEND_ONLY


@pghistory.track()
class Category(models.Model):
    """目录分类。A node of the class tree; its code says where it stands (类 项 目 细目)."""

    code = models.CharField(_l("分类代码"), max_length=20, unique=True)
    name = models.CharField(_l("分类名称"), max_length=100)
    org = models.ForeignKey(
        Org,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_l("所属部门"),
        help_text=_l("只有部门类的分类才属于一个部门。"),
    )
    source = models.CharField(_l("依据"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("目录分类")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track()
class Element(models.Model):
    """数据元。One kind of fact and the one department that collects it (一数一源)."""

    code = models.CharField(_l("数据元编码"), max_length=40, unique=True)
    name = models.CharField(_l("数据元名称"), max_length=100)
    definition = models.CharField(_l("定义"), max_length=300, blank=True)
    data_type = models.CharField(_l("数据类型"), max_length=1, choices=DataTypes)
    source_org = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("数源部门")
    )
    basis = models.CharField(_l("采集依据"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("数据元")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track()
class ClockRule(models.Model):
    """时限规则。How long a step may take, per level of government; an official corrects it here."""

    code = models.CharField(_l("编码"), max_length=60, unique=True)
    step = models.CharField(_l("环节"), max_length=50)
    level = models.CharField(_l("层级"), max_length=10, choices=Level)
    amount = models.PositiveSmallIntegerField(_l("时限"))
    unit = models.CharField(_l("单位"), max_length=16, choices=Units)
    source = models.CharField(_l("依据"), max_length=200)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("时限规则")
        ordering = ["step", "level"]
        constraints = [
            models.UniqueConstraint(name="exchange_clock_once", fields=["step", "level"]),
            models.CheckConstraint(name="exchange_clock_amount", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return self.code


@pghistory.track(exclude=["pinyin", "name_words", "search"])
class Resource(models.Model):
    """数据目录条目。What one department has; ``draft`` is what is being written, the columns what was last published."""

    number = models.CharField(_l("登记编号"), max_length=24, unique=True)
    code = models.CharField(_l("信息资源代码"), max_length=40, null=True, blank=True, unique=True)
    name = models.CharField(_l("信息资源名称"), max_length=200)
    pinyin = models.CharField(_l("拼音"), max_length=900, blank=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("提供方"))
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+", verbose_name=_l("分类"))
    summary = models.TextField(_l("信息资源摘要"), blank=True)
    format = models.CharField(_l("格式"), max_length=16, choices=Formats)
    format_detail = models.CharField(_l("格式说明"), max_length=60, blank=True)
    sharing_type = models.CharField(_l("共享类型"), max_length=16, choices=Sharing)
    sharing_condition = models.TextField(_l("共享条件"), blank=True)
    sharing_scope = models.TextField(_l("共享范围和用途"), blank=True)
    legal_basis = models.TextField(_l("法律依据"), blank=True)
    way = models.CharField(_l("共享方式"), max_length=10, choices=Ways)
    is_open = models.BooleanField(_l("向社会开放"), default=False)
    open_condition = models.TextField(_l("开放条件"), blank=True)
    cycle = models.CharField(_l("更新周期"), max_length=12, choices=Cycles)
    related = models.JSONField(_l("关联资源代码"), default=list)
    table = models.CharField(_l("来源表"), max_length=130, blank=True)
    stage = models.CharField(_l("状态"), max_length=20, default="draft")
    version = models.PositiveIntegerField(_l("版次"), default=0)
    draft = models.JSONField(_l("编制稿"), null=True, encoder=DjangoJSONEncoder)
    published_at = models.DateTimeField(_l("发布日期"), null=True, blank=True)
    changed_at = models.DateTimeField(_l("更新时间"))
    fresh_until = models.DateTimeField(_l("数据新鲜至"), null=True, blank=True)
    name_words = SearchVectorField(null=True)
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("数据目录")
        ordering = ["-changed_at", "-pk"]
        indexes = [
            GinIndex(name="exchange_resource_search", fields=["search"]),
            GinIndex(name="exchange_resource_words", fields=["name_words"]),
            GinIndex(
                name="exchange_resource_like", fields=["name", "pinyin"], opclasses=["gin_trgm_ops", "gin_trgm_ops"]
            ),
            models.Index(name="exchange_resource_newest", fields=["-changed_at", "-id"]),
            models.Index(name="exchange_resource_org", fields=["org", "stage"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="exchange_resource_coded",
                condition=Q(version=0) | Q(code__isnull=False, published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="exchange_refusal_has_basis",
                condition=Q(version=0) | ~Q(sharing_type="none") | ~Q(legal_basis=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """信息项。A column of a resource as last published; replaced as a whole with it."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="items", verbose_name=_l("信息资源"))
    ordinal = models.PositiveSmallIntegerField(_l("序号"))
    name = models.CharField(_l("字段名"), max_length=63)
    title = models.CharField(_l("信息项名称"), max_length=100)
    data_type = models.CharField(_l("数据类型"), max_length=1, choices=DataTypes)
    length = models.PositiveIntegerField(_l("长度"), null=True, blank=True)
    grade = models.CharField(_l("分级"), max_length=10, choices=Grades)
    is_key = models.BooleanField(_l("主键"), default=False)
    is_required = models.BooleanField(_l("必填"), default=False)
    is_shared = models.BooleanField(_l("可共享"), default=True)
    element = models.ForeignKey(
        Element, models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_l("数据元")
    )
    source_org = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("来源部门")
    )
    note = models.CharField(_l("备注"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("信息项")
        ordering = ["resource", "ordinal"]
        constraints = [models.UniqueConstraint(name="exchange_item_once", fields=["resource", "ordinal"])]

    def __str__(self) -> str:
        return self.title


class ResourceVersion(models.Model):
    """目录版本。What an entry said from one publication on; append-only by trigger."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="versions", verbose_name=_l("信息资源"))
    ordinal = models.PositiveIntegerField(_l("版次"))
    form = models.JSONField(_l("内容"), encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("摘要值"), max_length=64)
    reason = models.CharField(_l("变更说明"), max_length=500, blank=True)
    made_by = models.CharField(_l("审核人"), max_length=80)
    made_at = models.DateTimeField(_l("发布时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("目录版本")
        ordering = ["resource", "-ordinal"]
        constraints = [models.UniqueConstraint(name="exchange_version_once", fields=["resource", "ordinal"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"第{self.ordinal}版"


@pghistory.track()
class ListLine(models.Model):
    """清单条目。A line of the demand, duty or negative list; the catalogue itself is the fourth list."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    kind = models.CharField(_l("清单"), max_length=10, choices=ListKind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("部门"))
    name = models.CharField(_l("数据名称"), max_length=200)
    content = models.TextField(_l("内容"), help_text=_l("需要或应当提供哪些信息项，或为何不予共享。"))
    purpose = models.TextField(_l("用途"), blank=True)
    basis = models.TextField(_l("依据"), blank=True)
    counterpart = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("对方部门")
    )
    element = models.ForeignKey(
        Element, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("数据元")
    )
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="lines", verbose_name=_l("对应目录")
    )
    is_active = models.BooleanField(_l("有效"), default=True)
    changed_at = models.DateTimeField(_l("更新时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("清单条目")
        ordering = ["kind", "-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="exchange_negative_has_basis", condition=~Q(kind="negative") | ~Q(basis=""))
        ]

    def __str__(self) -> str:
        return self.name


class ImportDraft(models.Model):
    """导入稿。What a workbook said, until somebody confirms it."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    file_name = models.CharField(_l("文件名"), max_length=200)
    entries = models.JSONField(_l("内容"), encoder=DjangoJSONEncoder)
    made_by_id = models.BigIntegerField(_l("导入人"))
    made_at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("导入稿")

    def __str__(self) -> str:
        return self.file_name
