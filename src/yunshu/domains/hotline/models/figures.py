"""Figures as data: indicators, the rules that grade them, what people set aside from them, reports that are kept, the wall's one set."""

import pghistory
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import Adjudication, Answer
from yunshu.domains.hotline.choices_figures import Better, Form, ReportKind, ReportState
from yunshu.domains.hotline.models.common import KEPT
from yunshu.domains.hotline.models.tickets import Ticket


@pghistory.track()
class Indicator(models.Model):
    """热线指标. A definition: what is counted above, what below; ``numerator`` and ``denominator`` are codes of ``selectors.counting``."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=60)
    form = models.CharField(_l("算法"), max_length=10, choices=Form)
    numerator = models.CharField(_l("分子"), max_length=40, help_text=_l("计数口径的代码，见本页说明。"))
    denominator = models.CharField(_l("分母"), max_length=40, blank=True, help_text=_l("计数型指标留空。"))
    better = models.CharField(_l("方向"), max_length=8, choices=Better, default=Better.HIGHER)
    meaning = models.CharField(_l("说明"), max_length=300, blank=True)
    source = models.CharField(_l("出处"), max_length=200)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    position = models.PositiveSmallIntegerField(_l("次序"), default=100)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("热线指标")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(name="hotline_indicator_below", condition=Q(form="count") ^ ~Q(denominator="")),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class GradeRule(models.Model):
    """分档规则. From where an indicator is good, fair or passable; below ``fewest`` cases nobody is graded. Grades, no places."""

    indicator = models.OneToOneField(Indicator, models.PROTECT, related_name="grades", verbose_name=_l("热线指标"))
    good = models.DecimalField(_l("优良线"), max_digits=6, decimal_places=2)
    fair = models.DecimalField(_l("达标线"), max_digits=6, decimal_places=2)
    fewest = models.PositiveIntegerField(_l("最少件数"), default=20, help_text=_l("分母不足此数的单位不分档。"))
    source = models.CharField(_l("出处"), max_length=200)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("指标分档规则")
        ordering = ["indicator__position", "indicator__code"]
        constraints = [models.CheckConstraint(name="hotline_grade_some", condition=Q(fewest__gte=1))]

    def __str__(self) -> str:
        return str(self.indicator)


@pghistory.track()
class Judgement(models.Model):
    """不纳入评价认定. Why a caller's "no" is set aside: asked with a reason, decided by a second person."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="judgements", verbose_name=_l("工单"))
    ground = models.CharField(_l("认定情形"), max_length=12, choices=[c for c in Adjudication.choices if c[0]])
    reason = models.TextField(_l("理由和依据"))
    asker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("申请人"))
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("审批结果"), max_length=8, choices=Answer, default=Answer.OPEN)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("审批人")
    )
    answered_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    words = models.CharField(_l("审批意见"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("不纳入评价认定")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="hotline_judgement_ground", condition=~Q(ground="") & ~Q(reason="")),
            models.CheckConstraint(
                name="hotline_judgement_two_people", condition=Q(approver__isnull=True) | ~Q(approver=F("asker"))
            ),
            models.CheckConstraint(
                name="hotline_judgement_answered",
                condition=Q(state="open", approver__isnull=True) | (~Q(state="open") & Q(approver__isnull=False)),
            ),
            models.UniqueConstraint(
                name="hotline_judgement_once", fields=["ticket"], condition=Q(state__in=("open", "granted"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.ground}"


@pghistory.track(exclude=["figures"])
class FigureReport(models.Model):
    """热线报告. Figures of a period frozen as they were counted; DOCX and XLSX are drawn from them and from nothing else."""

    number = models.CharField(_l("报告编号"), max_length=24, unique=True)
    kind = models.CharField(_l("类别"), max_length=8, choices=ReportKind)
    title = models.CharField(_l("标题"), max_length=120)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("编制单位"))
    starts_on = models.DateField(_l("开始日期"))
    ends_on = models.DateField(_l("结束日期"))
    filters = models.JSONField(_l("筛选条件"), default=dict, encoder=DjangoJSONEncoder)
    reach = models.JSONField(_l("统计范围"), default=dict, encoder=DjangoJSONEncoder)
    asked_by = models.CharField(_l("编制人"), max_length=120)
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("状态"), max_length=8, choices=ReportState, default=ReportState.WAITING)
    done = models.PositiveSmallIntegerField(_l("已完成"), default=0)
    steps = models.PositiveSmallIntegerField(_l("总步数"), default=0)
    figures = models.JSONField(_l("定格数据"), default=dict, encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("摘要"), max_length=64, blank=True)
    made_at = models.DateTimeField(_l("统计时间"), null=True, blank=True)
    record = models.CharField(_l("存证编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("热线报告")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="hotline_report_order", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="hotline_report_ready", condition=~Q(state="ready") | ~Q(digest="")),
            models.UniqueConstraint(
                name="hotline_report_regular_once",
                fields=["kind", "org", "starts_on"],
                condition=~Q(kind="special"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ScreenSet(models.Model):
    """大屏数据. One row for all viewers; computed again at most once a second, and only while somebody looks."""

    made_at = models.DateTimeField(_l("统计时间"))
    took_ms = models.PositiveIntegerField(_l("用时（毫秒）"))
    figures = models.JSONField(_l("数据"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = verbose_name_plural = _l("大屏数据")
        constraints = [models.CheckConstraint(name="hotline_screen_one", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M:%S}"
