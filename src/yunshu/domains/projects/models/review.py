"""Third-party review: experts, the draw, their scores, findings. Scores are append-only, a re-score is a further round."""

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.projects.choices import Criteria, ReviewState, Verdicts
from yunshu.domains.projects.models.common import APPEND_ONLY, KEPT
from yunshu.domains.projects.models.projects import Project


@pghistory.track()
class Expert(models.Model):
    """评审专家. One of the pool: own unit, field, ties to other units and suppliers; with an account, who scores."""

    code = models.CharField(_l("专家编号"), max_length=24, unique=True)
    name = models.CharField(_l("姓名"), max_length=60)
    unit = models.CharField(_l("工作单位"), max_length=120)
    field = models.CharField(_l("专业"), max_length=80, blank=True)
    ties = models.TextField(_l("与单位和供应商的关系"), blank=True)
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_l("平台人员")
    )
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("评审专家")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="projects_expert_person", fields=["person"], condition=Q(person__isnull=False))
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


@pghistory.track()
class Review(models.Model):
    """第三方评审. One review of a project: the draw with its commitment, who sits, what it came to."""

    number = models.CharField(_l("评审编号"), max_length=24, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="reviews", verbose_name=_l("信息化项目"))
    agency = models.CharField(_l("评审机构"), max_length=120)
    fee_yuan = models.DecimalField(_l("评审服务费"), max_digits=18, decimal_places=2)
    year = models.PositiveSmallIntegerField(_l("费用年度"))
    size = models.PositiveSmallIntegerField(_l("专家人数"))
    candidates = models.JSONField(_l("候选专家"))
    excluded = models.JSONField(_l("回避的专家"), default=dict)
    parties = models.JSONField(_l("回避对象"), default=list)
    commitment = models.CharField(_l("抽取承诺"), max_length=64)
    seed = models.CharField(_l("种子"), max_length=64)
    word = models.CharField(_l("随机词"), max_length=60, blank=True)
    order = models.JSONField(_l("抽取结果"), default=list)
    state = models.CharField(_l("状态"), max_length=10, choices=ReviewState, default=ReviewState.COMMITTED)
    score = models.DecimalField(_l("总评分"), max_digits=5, decimal_places=2, null=True, blank=True)
    verdict = models.CharField(_l("结论"), max_length=12, choices=Verdicts, blank=True)
    opinion = models.TextField(_l("评审意见"), blank=True)
    made_by = models.CharField(_l("组织人"), max_length=80)
    made_at = models.DateTimeField(_l("组织时间"))
    concluded_at = models.DateTimeField(_l("结论时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("第三方评审")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="projects_review_odd", condition=Q(size__in=range(1, 100, 2))),
            models.CheckConstraint(name="projects_review_fee", condition=Q(fee_yuan__gte=0)),
            models.CheckConstraint(
                name="projects_review_concluded",
                condition=~Q(state="concluded")
                | (Q(score__isnull=False) & ~Q(verdict="") & Q(concluded_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="projects_review_one_open", fields=["project"], condition=~Q(state="concluded")
            ),
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class ReviewSeat(models.Model):
    """评审席位. An expert who was drawn; one who steps aside says why, and the next of the draw sits."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="seats", verbose_name=_l("第三方评审"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats", verbose_name=_l("评审专家"))
    recused_because = models.CharField(_l("回避原因"), max_length=200, blank=True)
    rescore = models.BooleanField(_l("须复核"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _l("评审席位")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="projects_seat_once", fields=["review", "expert"])]
        triggers = [KEPT]

    def __str__(self) -> str:
        return f"{self.review} {self.expert}"


class ReviewScore(models.Model):
    """评审打分. What an expert says of one criterion in one round; append-only, the last round counts."""

    seat = models.ForeignKey(ReviewSeat, models.PROTECT, related_name="scores", verbose_name=_l("评审席位"))
    criterion = models.CharField(_l("评审要素"), max_length=12, choices=Criteria)
    round = models.PositiveSmallIntegerField(_l("轮次"), default=1)
    score = models.DecimalField(
        _l("评分"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    verdict = models.CharField(_l("结论"), max_length=12, choices=Verdicts)
    note = models.CharField(_l("意见"), max_length=500, blank=True)
    made_by = models.CharField(_l("打分人"), max_length=80)
    made_at = models.DateTimeField(_l("打分时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("评审打分")
        ordering = ["seat", "round", "pk"]
        constraints = [
            models.UniqueConstraint(name="projects_score_once", fields=["seat", "criterion", "round"]),
            models.CheckConstraint(name="projects_score_range", condition=Q(score__gte=0) & Q(score__lte=100)),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.seat} {self.criterion}"


@pghistory.track()
class Finding(models.Model):
    """评审问题. What was found, at which clause or page; what the author answered; whether that settled it."""

    number = models.CharField(_l("问题编号"), max_length=24, unique=True)
    review = models.ForeignKey(Review, models.PROTECT, related_name="findings", verbose_name=_l("第三方评审"))
    criterion = models.CharField(_l("评审要素"), max_length=12, choices=Criteria)
    clause = models.CharField(_l("条款或页码"), max_length=120)
    text = models.CharField(_l("问题"), max_length=1000)
    answer = models.CharField(_l("答复"), max_length=1000, blank=True)
    answered_by = models.CharField(_l("答复人"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_l("关闭时间"), null=True, blank=True)
    made_by = models.CharField(_l("提出人"), max_length=80)
    made_at = models.DateTimeField(_l("提出时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("评审问题")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_finding_closed_answered", condition=Q(closed_at__isnull=True) | ~Q(answer="")
            )
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.number
