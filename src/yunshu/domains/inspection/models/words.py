"""What a city keeps of rules as lists: its words, the parameters of checks."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices import Check


@pghistory.track()
class WordEntry(models.Model):
    """词条. A wording that is wrong, from when to when; the lists of a city are its own and never ship."""

    class Kind(models.TextChoices):
        """词条性质."""

        SERIOUS = "serious", _l("严重表述错误")
        WRONG = "wrong", _l("错误表述")
        SPELLING = "spelling", _l("错别字")

    class Category(models.TextChoices):
        """词条类别."""

        LEADERS = "leaders", _l("领导人姓名职务")
        PHRASES = "phrases", _l("固定表述")
        INSTITUTIONS = "institutions", _l("机构名称")
        TERRITORY = "territory", _l("领土与称谓")
        COMMON = "common", _l("常见误写")
        ADVERT = "advert", _l("推广与暗链用词")
        CUSTOM = "custom", _l("本市自定")

    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    wrong = models.CharField(_l("错误写法"), max_length=80)
    right = models.CharField(_l("正确写法"), max_length=80, blank=True)
    kind = models.CharField(_l("性质"), max_length=8, choices=Kind, default=Kind.WRONG)
    category = models.CharField(_l("类别"), max_length=12, choices=Category, default=Category.CUSTOM)
    valid_from = models.DateField(_l("适用于何时起发布的文章"), null=True, blank=True)
    valid_to = models.DateField(_l("适用于何时前发布的文章"), null=True, blank=True)
    exceptions = models.CharField(
        _l("例外"), max_length=300, blank=True, help_text=_l("包含该写法但没有错的较长词语，用顿号分开。")
    )
    obfuscation = models.BooleanField(_l("识别变体"), default=False)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("词条")
        ordering = ["kind", "category", "wrong"]
        constraints = [
            models.CheckConstraint(name="inspection_word_said", condition=~Q(wrong="")),
            models.CheckConstraint(
                name="inspection_word_dates",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gt=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.wrong


@pghistory.track()
class CheckParam(models.Model):
    """检查参数. What a check counts by, where the city differs from what ships (``checks.params``)."""

    code = models.SlugField(_l("代码"), max_length=60, unique=True)
    kind = models.CharField(_l("检查项"), max_length=24, choices=Check)
    name = models.CharField(_l("参数"), max_length=24)
    value = models.DecimalField(_l("取值"), max_digits=10, decimal_places=3)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查参数")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(name="inspection_param_once", fields=["kind", "name"], condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"
