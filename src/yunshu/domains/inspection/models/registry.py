"""What is watched: websites with their columns, new-media accounts. The unit that answers for each is an ``Org``."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import ColumnKind, Platform, SiteKind, SiteState
from yunshu.domains.inspection.models.common import KEPT

ID_CODE = r"^([0-9]{10}|bm[0-9]{8})$"


@pghistory.track()
class Site(models.Model):
    """政府网站. Known by its identification code (网站标识码, ten characters)."""

    number = models.CharField(_l("网站编号"), max_length=24, unique=True)
    id_code = models.CharField(
        _l("网站标识码"),
        max_length=10,
        unique=True,
        validators=[RegexValidator(ID_CODE, _l("标识码为 10 位数字，国务院部门为 bm 加 8 位数字"))],
    )
    name = models.CharField(_l("网站名称"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("主办单位"))
    kind = models.CharField(_l("网站类别"), max_length=10, choices=SiteKind)
    host = models.CharField(_l("主域名"), max_length=120, unique=True)
    home_url = models.URLField(_l("首页网址"), max_length=300)
    aliases = ArrayField(models.CharField(max_length=120), verbose_name=_l("其他域名"), default=list, blank=True)
    has_service_duty = models.BooleanField(_l("承担公共服务职能"), default=True)
    state = models.CharField(_l("运行状态"), max_length=10, choices=SiteState, default=SiteState.RUNNING)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("整合到")
    )
    icp = models.CharField(_l("ICP 备案号"), max_length=40, blank=True)
    police = models.CharField(_l("公安备案号"), max_length=40, blank=True)
    rate_per_s = models.DecimalField(_l("抓取速度（次/秒）"), max_digits=6, decimal_places=2, default=2)
    page_limit = models.PositiveIntegerField(_l("每次最多抓取页数"), default=20000)
    note = models.TextField(_l("说明"), blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("政府网站")
        ordering = ["id_code"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="inspection_site_id_code", condition=Q(id_code__regex=ID_CODE)),
            models.CheckConstraint(
                name="inspection_site_merged", condition=~Q(state="merged") | Q(merged_into__isnull=False)
            ),
            models.CheckConstraint(name="inspection_site_rate", condition=Q(rate_per_s__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Column(models.Model):
    """栏目. ``promise_days``: how fresh it must be, None where nothing is promised."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="columns", verbose_name=_l("政府网站"))
    url = models.CharField(_l("网址"), max_length=500)
    name = models.CharField(_l("栏目名称"), max_length=80)
    path = models.CharField(_l("栏目路径"), max_length=300)
    level = models.PositiveSmallIntegerField(_l("层级"), default=1)
    kind = models.CharField(_l("栏目类别"), max_length=10, choices=ColumnKind, default=ColumnKind.OTHER)
    promise_days = models.PositiveSmallIntegerField(_l("更新期限（天）"), null=True, blank=True)
    is_fixed = models.BooleanField(_l("人工确认"), default=False)
    is_ignored = models.BooleanField(_l("不检查"), default=False)
    items = models.PositiveIntegerField(_l("条目数"), null=True, blank=True)
    last_item_at = models.DateTimeField(_l("最近更新"), null=True, blank=True)
    seen_at = models.DateTimeField(_l("最近检查"), null=True, blank=True)
    gone_at = models.DateTimeField(_l("消失时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("栏目")
        ordering = ["site", "path"]
        constraints = [models.UniqueConstraint(name="inspection_column_once", fields=["site", "url"])]

    def __str__(self) -> str:
        return self.path or self.name


@pghistory.track()
class Account(models.Model):
    """政务新媒体账号."""

    number = models.CharField(_l("账号编号"), max_length=24, unique=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("主办单位"))
    platform = models.CharField(_l("平台"), max_length=10, choices=Platform)
    handle = models.CharField(_l("账号标识"), max_length=120)
    name = models.CharField(_l("账号名称"), max_length=80)
    is_main = models.BooleanField(_l("主账号"), default=True)
    is_certified = models.BooleanField(_l("已认证"), null=True, blank=True)
    has_interaction = models.BooleanField(_l("有互动功能"), null=True, blank=True)
    registered_no = models.CharField(_l("备案编号"), max_length=60, blank=True)
    state = models.CharField(_l("运行状态"), max_length=10, choices=SiteState, default=SiteState.RUNNING)
    url = models.CharField(_l("主页网址"), max_length=300, blank=True)
    feed = models.CharField(_l("订阅地址（RSS）"), max_length=300, blank=True)
    last_post_at = models.DateTimeField(_l("最近发布"), null=True, blank=True)
    posts_checked_at = models.DateTimeField(_l("发文最近核对"), null=True, blank=True)
    note = models.TextField(_l("说明"), blank=True)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("政务新媒体账号")
        ordering = ["platform", "name"]
        triggers = [KEPT]
        constraints = [models.UniqueConstraint(name="inspection_account_once", fields=["platform", "handle"])]

    def __str__(self) -> str:
        return self.name
