"""Runs of the machine: one a site, what it saw of each page and address. What a run found is a ``Finding``."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices_runs import PictureState, RunKind, RunStage
from yunshu.domains.inspection.models.common import KEPT
from yunshu.domains.inspection.models.registry import Site


class Run(models.Model):
    """检查批次. A whole look at one site; it can be killed at any moment and goes on where it was."""

    Kind = RunKind
    Stage = RunStage

    number = models.CharField(_l("批次编号"), max_length=24, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="runs", verbose_name=_l("政府网站"))
    kind = models.CharField(_l("检查方式"), max_length=8, choices=RunKind, default=RunKind.FULL)
    crawl = models.CharField(_l("抓取任务"), max_length=40, db_index=True)
    stage = models.CharField(_l("进度"), max_length=10, choices=RunStage, default=RunStage.PREPARING, db_index=True)
    started_at = models.DateTimeField(_l("开始时间"))
    finished_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)
    articles = models.JSONField(_l("平台目录所列文章"), default=list, blank=True)
    is_whole = models.BooleanField(_l("抓取完整"), default=False)
    pages = models.PositiveIntegerField(_l("网页数"), default=0)
    unread = models.PositiveIntegerField(_l("需浏览器渲染、未检查的网页"), default=0)
    unseen = models.PositiveIntegerField(_l("未识别文字的图片"), default=0)
    found = models.PositiveIntegerField(_l("新发现问题"), default=0)
    again = models.PositiveIntegerField(_l("再次发现问题"), default=0)
    gone = models.PositiveIntegerField(_l("未再发现问题"), default=0)
    asked_by = models.CharField(_l("发起人"), max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查批次")
        ordering = ["-started_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(
                name="inspection_run_one_a_site",
                fields=["site"],
                condition=Q(stage__in=("preparing", "crawling", "links", "reading", "concluding")),
            ),
            models.CheckConstraint(
                name="inspection_run_finished",
                condition=Q(stage="done", finished_at__isnull=False) | (~Q(stage="done") & Q(finished_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Page(models.Model):
    """网页. An address of a site and the facts of it when it was seen last (``checks.facts``)."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="pages", verbose_name=_l("政府网站"))
    url = models.CharField(_l("网址"), max_length=2000)
    role = models.CharField(_l("页面类别"), max_length=8)
    status = models.PositiveSmallIntegerField(_l("状态码"), default=0)
    first_at = models.DateTimeField(_l("首次看到"))
    seen_at = models.DateTimeField(_l("最近看到"))
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+", verbose_name=_l("检查批次"))
    facts = models.JSONField(_l("页面要素"), default=dict)

    class Meta:
        verbose_name = verbose_name_plural = _l("网页")
        ordering = ["site", "url"]
        constraints = [models.UniqueConstraint(name="inspection_page_once", fields=["site", "url"])]

    def __str__(self) -> str:
        return self.url


class Picture(models.Model):
    """图片. A picture of an article, or a file with pictures, whose text is read apart from the crawl. The text itself is kept nowhere."""

    State = PictureState

    site = models.ForeignKey(Site, models.CASCADE, related_name="pictures", verbose_name=_l("政府网站"))
    url = models.CharField(_l("网址"), max_length=2000)
    found_on = models.CharField(_l("所在网页"), max_length=2000)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="pictures", verbose_name=_l("检查批次"))
    state = models.CharField(_l("识别状态"), max_length=8, choices=PictureState, default=PictureState.WAITING)
    digest = models.CharField(_l("内容摘要"), max_length=64, blank=True)
    rules = models.CharField(_l("规则版本"), max_length=8, blank=True)
    finds = models.PositiveSmallIntegerField(_l("问题数"), default=0)
    read_at = models.DateTimeField(_l("识别时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("图片")
        ordering = ["site", "url"]
        constraints = [models.UniqueConstraint(name="inspection_picture_once", fields=["site", "url"])]
        indexes = [models.Index(name="inspection_picture_digest", fields=["digest", "rules"])]

    def __str__(self) -> str:
        return self.url


class LinkCheck(models.Model):
    """链接核验. An address that sites lead to, and how it answered; what is bad counts only when it was bad twice, apart."""

    url = models.CharField(_l("网址"), max_length=2000)
    digest = models.CharField(_l("网址摘要"), max_length=64, unique=True)
    verdict = models.CharField(_l("结论"), max_length=24, blank=True)
    detail = models.CharField(_l("情况"), max_length=200, blank=True)
    history = models.JSONField(_l("历次核验"), default=list)
    counts = models.BooleanField(_l("计入"), default=False)
    is_settled = models.BooleanField(_l("已有结论"), default=False)
    checked_at = models.DateTimeField(_l("最近核验"), null=True, blank=True)
    again_at = models.DateTimeField(_l("下次核验"), db_index=True, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("链接核验")
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.url
