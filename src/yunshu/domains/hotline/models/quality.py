"""Checks of how tickets are taken down and answered: score forms as data, draws that can be computed again, marks, appeals.

Nobody checks their own work, and whoever decides an appeal is neither of the two: constraints, not advice.
"""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import MOST_STARS
from yunshu.domains.hotline.choices_roster import CheckState, FormState, Pick, Subject
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT
from yunshu.domains.hotline.models.handling import Reply
from yunshu.domains.hotline.models.tickets import Ticket

MOST_POINTS = 100
FROZEN = pgtrigger.Trigger(
    name="frozen",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF EXISTS (SELECT 1 FROM hotline_scoreform f WHERE f.id = COALESCE(NEW.form_id, OLD.form_id) AND f.state <> 'draft')
            OR (TG_OP = 'UPDATE' AND NEW.form_id <> OLD.form_id)
        THEN RAISE EXCEPTION 'the items of a score form change only while it is a draft'; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)
ONWARD = pgtrigger.Trigger(
    name="onward",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.code, NEW.version, NEW.subject) IS DISTINCT FROM (OLD.code, OLD.version, OLD.subject)
            OR (OLD.state <> 'draft' AND (NEW.state = 'draft' OR NEW.name <> OLD.name)) OR OLD.state = 'retired'
        THEN RAISE EXCEPTION 'a score form that was used cannot change'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class ScoreForm(models.Model):
    """质检评分表. A version is a row of its own; what was used stays as it was, so that old checks can be read."""

    code = models.SlugField(_l("代码"), max_length=30)
    version = models.PositiveSmallIntegerField(_l("版次"))
    name = models.CharField(_l("名称"), max_length=60)
    subject = models.CharField(_l("质检对象"), max_length=8, choices=Subject)
    state = models.CharField(_l("状态"), max_length=8, choices=FormState, default=FormState.DRAFT)
    made_by = models.CharField(_l("编制人"), max_length=120)
    made_at = models.DateTimeField(_l("编制时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("质检评分表")
        ordering = ["code", "-version"]
        triggers = [KEPT, ONWARD]
        constraints = [
            models.UniqueConstraint(name="hotline_scoreform_once", fields=["code", "version"]),
            models.UniqueConstraint(name="hotline_scoreform_one_used", fields=["code"], condition=Q(state="used")),
            models.UniqueConstraint(name="hotline_scoreform_one_draft", fields=["code"], condition=Q(state="draft")),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ScoreItem(models.Model):
    """质检评分项. Points that can be had, or a veto: failing it makes the whole zero."""

    form = models.ForeignKey(ScoreForm, models.PROTECT, related_name="items", verbose_name=_l("质检评分表"))
    ordinal = models.PositiveSmallIntegerField(_l("序号"))
    name = models.CharField(_l("评分项"), max_length=60)
    points = models.PositiveSmallIntegerField(_l("分值"))
    is_veto = models.BooleanField(_l("一票否决"), default=False)
    guide = models.CharField(_l("评分说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("质检评分项")
        ordering = ["form", "ordinal"]
        triggers = [FROZEN]
        constraints = [
            models.UniqueConstraint(name="hotline_scoreitem_once", fields=["form", "ordinal"]),
            models.CheckConstraint(
                name="hotline_scoreitem_points",
                condition=Q(is_veto=True, points=0) | Q(is_veto=False, points__range=(1, MOST_POINTS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} {self.name}"


@pghistory.track()
class SamplingPlan(models.Model):
    """抽检方案. What is drawn each week, by which rule, for which score form."""

    code = models.SlugField(_l("代码"), max_length=30, unique=True)
    name = models.CharField(_l("名称"), max_length=60)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    form_code = models.SlugField(_l("评分表代码"), max_length=30)
    pick = models.CharField(_l("抽取方式"), max_length=10, choices=Pick)
    each = models.PositiveSmallIntegerField(_l("每人件数"), default=0, help_text=_l("只用于“每人每周随机”。"))
    stars = models.PositiveSmallIntegerField(_l("不高于几分"), default=0, help_text=_l("只用于“全部低分”，1 至 5。"))
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("抽检方案")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="hotline_plan_sense",
                condition=Q(pick="random", each__range=(1, 50))
                | Q(pick="low", stars__range=(1, MOST_STARS))
                | Q(pick="reworked"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SampleDraw(models.Model):
    """抽样记录. With its seed and the digest of what it was drawn from, so that anybody can compute it again; append-only."""

    plan = models.ForeignKey(SamplingPlan, models.PROTECT, related_name="draws", verbose_name=_l("抽检方案"))
    monday = models.DateField(_l("周一"))
    pick = models.CharField(_l("抽取方式"), max_length=10, choices=Pick)
    each = models.PositiveSmallIntegerField(_l("每人件数"))
    stars = models.PositiveSmallIntegerField(_l("不高于几分"))
    seed = models.CharField(_l("随机种子"), max_length=32)
    population = models.PositiveIntegerField(_l("总体件数"))
    digest = models.CharField(_l("总体摘要"), max_length=64)
    by = models.CharField(_l("抽样人"), max_length=120)
    at = models.DateTimeField(_l("抽样时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("抽样记录")
        ordering = ["-at", "-pk"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="hotline_draw_once", fields=["plan", "monday"]),
            models.CheckConstraint(name="hotline_draw_monday", condition=Q(monday__iso_week_day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.monday}"


@pghistory.track()
class QualityCheck(models.Model):
    """质检单. One piece of one person's work; a call is held by its number, because calls are kept elsewhere."""

    number = models.CharField(_l("质检编号"), max_length=24, unique=True)
    draw = models.ForeignKey(
        SampleDraw, models.PROTECT, null=True, blank=True, related_name="checks", verbose_name=_l("抽样记录")
    )
    form = models.ForeignKey(ScoreForm, models.PROTECT, related_name="+", verbose_name=_l("质检评分表"))
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("工单"))
    reply = models.ForeignKey(Reply, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("答复"))
    call = models.CharField(_l("通话编号"), max_length=40, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("被质检人"))
    unit = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("所在单位"))
    made_at = models.DateTimeField(_l("生成时间"))
    state = models.CharField(_l("状态"), max_length=10, choices=CheckState, default=CheckState.WAITING)
    checker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("质检人")
    )
    checked_at = models.DateTimeField(_l("评分时间"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_l("得分"), null=True, blank=True)
    vetoed = models.BooleanField(_l("一票否决"), default=False)
    words = models.TextField(_l("质检意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("质检单")
        ordering = ["-made_at", "-pk"]
        triggers = [KEPT]
        indexes = [
            models.Index(name="hotline_check_desk", fields=["desk", "state", "-made_at"]),
            models.Index(name="hotline_check_person", fields=["person", "-made_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="hotline_check_not_own", condition=Q(checker__isnull=True) | ~Q(checker=F("person"))
            ),
            models.CheckConstraint(name="hotline_check_one_subject", condition=Q(ticket__isnull=True) ^ Q(call="")),
            models.CheckConstraint(
                name="hotline_check_scored",
                condition=Q(state="waiting", checker__isnull=True, score__isnull=True)
                | Q(~Q(state="waiting"), checker__isnull=False, score__isnull=False, checked_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="hotline_check_once", fields=["draw", "ticket", "reply", "call", "person"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.number


class QualityMark(models.Model):
    """质检得分. What an item got in the first round, or in the second, which an appeal led to. Append-only."""

    check_of = models.ForeignKey(QualityCheck, models.PROTECT, related_name="marks", verbose_name=_l("质检单"))
    item = models.ForeignKey(ScoreItem, models.PROTECT, related_name="+", verbose_name=_l("质检评分项"))
    round = models.PositiveSmallIntegerField(_l("轮次"))
    points = models.PositiveSmallIntegerField(_l("得分"))
    failed = models.BooleanField(_l("触发否决"), default=False)
    words = models.CharField(_l("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("质检得分")
        ordering = ["check_of", "round", "item__ordinal"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="hotline_mark_once", fields=["check_of", "item", "round"]),
            models.CheckConstraint(name="hotline_mark_round", condition=Q(round__in=(1, 2))),
        ]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.item_id} {self.points}"


@pghistory.track()
class QualityAppeal(models.Model):
    """质检申诉. The checked person's words; decided by somebody who is neither they nor the checker."""

    check_of = models.OneToOneField(
        QualityCheck, models.PROTECT, related_name="appeal", primary_key=True, verbose_name=_l("质检单")
    )
    asker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("申诉人"))
    checker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("原质检人"))
    words = models.TextField(_l("申诉理由"))
    asked_at = models.DateTimeField(_l("申诉时间"))
    decider = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("裁定人")
    )
    upheld = models.BooleanField(_l("维持原评分"), null=True)
    answer = models.TextField(_l("裁定意见"), blank=True)
    decided_at = models.DateTimeField(_l("裁定时间"), null=True, blank=True)
    first_score = models.PositiveSmallIntegerField(_l("原得分"))

    class Meta:
        verbose_name = verbose_name_plural = _l("质检申诉")
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="hotline_appeal_third_person",
                condition=Q(decider__isnull=True) | (~Q(decider=F("asker")) & ~Q(decider=F("checker"))),
            ),
            models.CheckConstraint(
                name="hotline_appeal_decided",
                condition=Q(decided_at__isnull=True, upheld__isnull=True, decider__isnull=True)
                | (Q(decided_at__isnull=False, upheld__isnull=False, decider__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.upheld}"
