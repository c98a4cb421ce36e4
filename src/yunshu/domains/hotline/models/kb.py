"""The knowledge base: an article, its versions (what was handed in never changes), what is asked of departments, who used what."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import ArticleState, Asker, DemandKind, Origin, Usefulness, VersionState
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT
from yunshu.domains.hotline.models.lists import Category
from yunshu.domains.hotline.models.tickets import Ticket
from yunshu.domains.hotline.rules import kb

HANDED_IN = pgtrigger.Trigger(
    name="handed_in",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.article_id, NEW.version) IS DISTINCT FROM (OLD.article_id, OLD.version)
            OR OLD.state IN ('superseded', 'withdrawn', 'dropped')
            OR (OLD.state <> 'draft' AND
                (NEW.title, NEW.body, NEW.internal, NEW.questions, NEW.sources, NEW.is_public, NEW.valid_from, NEW.valid_to, NEW.review_on, NEW.hands)
                IS DISTINCT FROM
                (OLD.title, OLD.body, OLD.internal, OLD.questions, OLD.sources, OLD.is_public, OLD.valid_from, OLD.valid_to, OLD.review_on, OLD.hands))
        THEN RAISE EXCEPTION 'a version that was handed in does not change: write the next one'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track(exclude=["hits", "misses", "complaints"])
class Article(models.Model):
    """知识条目. One matter that can be answered; ``face`` is the version that stands for it, ``draft`` the one in the works."""

    number = models.CharField(_l("条目编号"), max_length=24, unique=True)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    owner = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("责任单位"))
    deputy = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("协管单位")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("诉求分类")
    )
    origin = models.CharField(_l("来源"), max_length=10, choices=Origin, default=Origin.WRITTEN)
    source_key = models.CharField(_l("来源编码"), max_length=60, null=True, blank=True, unique=True)
    state = models.CharField(_l("状态"), max_length=10, choices=ArticleState, default=ArticleState.NEW)
    face = models.ForeignKey(
        "ArticleVersion", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("当前版本")
    )
    draft = models.ForeignKey(
        "ArticleVersion", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("在编版本")
    )
    review_on = models.DateField(_l("复审日期"), null=True, blank=True)
    withdrawal = models.CharField(_l("下架理由"), max_length=500, blank=True)
    updated_at = models.DateTimeField(_l("更新时间"))
    hits = models.PositiveIntegerField(_l("有帮助"), default=0)
    misses = models.PositiveIntegerField(_l("没有帮助"), default=0)
    complaints = models.PositiveIntegerField(_l("纠错"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("知识条目")
        triggers = [KEPT]
        indexes = [
            models.Index(name="hotline_article_latest", fields=["-updated_at", "-id"]),
            models.Index(name="hotline_article_review", fields=["review_on"], condition=Q(state="published")),
        ]
        constraints = [
            models.CheckConstraint(name="hotline_article_face", condition=Q(state="new") | Q(face__isnull=False)),
            models.CheckConstraint(name="hotline_article_why", condition=~Q(state="withdrawn") | ~Q(withdrawal="")),
            models.CheckConstraint(name="hotline_article_deputy", condition=~Q(deputy=F("owner")) | Q(deputy=None)),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class ArticleVersion(models.Model):
    """知识版本. Written, reviewed twice by others, published; ``hands`` are all who wrote at it. ``revision`` counts its savings."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions", verbose_name=_l("知识条目"))
    version = models.PositiveIntegerField(_l("版次"))
    title = models.CharField(_l("标题"), max_length=120)
    body = models.TextField(_l("公开内容"))
    internal = models.TextField(_l("内部说明"), blank=True)
    questions = ArrayField(models.CharField(max_length=120), verbose_name=_l("相似问法"), default=list, blank=True)
    sources = models.JSONField(_l("依据文件"), default=list, blank=True, encoder=DjangoJSONEncoder)
    is_public = models.BooleanField(_l("对市民公开"), default=True)
    valid_from = models.DateField(_l("生效日期"), null=True, blank=True)
    valid_to = models.DateField(_l("失效日期"), null=True, blank=True)
    review_on = models.DateField(_l("复审日期"), null=True, blank=True)
    change = models.CharField(_l("修改说明"), max_length=300, blank=True)
    unit = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("采编单位"))
    answers = models.ForeignKey(
        "KnowledgeDemand", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("所答任务")
    )
    state = models.CharField(_l("版本状态"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    revision = models.PositiveIntegerField(_l("保存次数"), default=1)
    is_imported = models.BooleanField(_l("导入"), default=False)
    hands = ArrayField(models.BigIntegerField(), verbose_name=_l("采编人员"), default=list, blank=True)
    written_by = models.CharField(_l("采编人"), max_length=120)
    written_at = models.DateTimeField(_l("采编时间"))
    submitted_at = models.DateTimeField(_l("提交时间"), null=True, blank=True)
    checker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("初审人")
    )
    checked_at = models.DateTimeField(_l("初审时间"), null=True, blank=True)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("终审人")
    )
    published_at = models.DateTimeField(_l("发布时间"), null=True, blank=True)
    record = models.CharField(_l("存证编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("知识版本")
        ordering = ["article", "version"]
        triggers = [HANDED_IN, KEPT]
        constraints = [
            models.UniqueConstraint(name="hotline_version_once", fields=["article", "version"]),
            models.UniqueConstraint(
                name="hotline_version_one_draft",
                fields=["article"],
                condition=Q(state__in=("draft", "checking", "approving")),
            ),
            models.UniqueConstraint(
                name="hotline_version_one_published", fields=["article"], condition=Q(state="published")
            ),
            models.CheckConstraint(
                name="hotline_version_dates",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(name="hotline_version_checker", condition=~Q(hands__contains=[F("checker")])),
            models.CheckConstraint(name="hotline_version_approver", condition=~Q(hands__contains=[F("approver")])),
            models.CheckConstraint(
                name="hotline_version_four_eyes",
                condition=Q(checker=None) | Q(approver=None) | ~Q(approver=F("checker")),
            ),
            models.CheckConstraint(
                name="hotline_version_reviewed",
                condition=~Q(state__in=("published", "superseded", "withdrawn"))
                | Q(is_imported=True)
                | Q(checker__isnull=False, approver__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.version}"


@pghistory.track()
class KnowledgeDemand(models.Model):
    """知识任务. What a department owes the knowledge base: an answer, a correction, a review; ``count`` is how often it was asked."""

    number = models.CharField(_l("任务编号"), max_length=24, unique=True)
    kind = models.CharField(_l("类别"), max_length=10, choices=DemandKind)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    unit = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("责任单位"))
    article = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="demands", verbose_name=_l("知识条目")
    )
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("工单"))
    question = models.CharField(_l("问题"), max_length=500)
    digest = models.CharField(_l("问题摘要"), max_length=64, blank=True)
    asker = models.CharField(_l("提出方"), max_length=8, choices=Asker)
    count = models.PositiveIntegerField(_l("次数"), default=1)
    state = models.CharField(_l("状态"), max_length=10, default=kb.SORTING)
    opened_at = models.DateTimeField(_l("提出时间"))
    closed_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)
    outcome = models.CharField(_l("处理结果"), max_length=1000, blank=True)
    answer = models.ForeignKey(
        ArticleVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("回答的版本")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("知识任务")
        triggers = [KEPT]
        indexes = [models.Index(name="hotline_demand_latest", fields=["-opened_at", "-id"])]
        constraints = [
            models.UniqueConstraint(
                name="hotline_demand_asked_once",
                fields=["digest"],
                condition=Q(kind="answer", closed_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="hotline_demand_open_once",
                fields=["article", "kind"],
                condition=Q(closed_at__isnull=True, article__isnull=False),
            ),
            models.CheckConstraint(
                name="hotline_demand_about",
                condition=Q(kind="answer", article=None) | (~Q(kind="answer") & ~Q(article=None)),
            ),
            models.CheckConstraint(
                name="hotline_demand_over", condition=Q(closed_at__isnull=True) ^ Q(state__in=("done", "dismissed"))
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ArticleFeedback(models.Model):
    """知识反馈. Who found a version useful, useless or wrong; append-only. Of citizens no name is kept."""

    version = models.ForeignKey(ArticleVersion, models.PROTECT, related_name="feedback", verbose_name=_l("知识版本"))
    kind = models.CharField(_l("反馈"), max_length=10, choices=Usefulness)
    asker = models.CharField(_l("提出方"), max_length=8, choices=Asker)
    words = models.CharField(_l("说明"), max_length=1000, blank=True)
    by = models.CharField(_l("反馈人"), max_length=120, blank=True)
    at = models.DateTimeField(_l("反馈时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("知识反馈")
        ordering = ["-at", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind}"


class Citation(models.Model):
    """知识引用. Which version a ticket's answer rests on; append-only."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="citations", verbose_name=_l("工单"))
    version = models.ForeignKey(ArticleVersion, models.PROTECT, related_name="citations", verbose_name=_l("知识版本"))
    by = models.CharField(_l("引用人"), max_length=120)
    at = models.DateTimeField(_l("引用时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("知识引用")
        ordering = ["-at", "-pk"]
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="hotline_citation_once", fields=["ticket", "version"])]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.version_id}"
