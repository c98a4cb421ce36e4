"""Who sits at the desk when: shifts, skills, weeks, duties, swaps, leave, and how many calls are expected."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.choices_roster import DutyState, LeaveKind, VolumeSource, WeekState
from yunshu.domains.hotline.models.common import KEPT
from yunshu.domains.hotline.rules.roster import SLOTS, WEEKDAYS


@pghistory.track()
class Shift(models.Model):
    """班次. From when to when; an end that is not after the beginning is the next day's."""

    code = models.SlugField(_l("代码"), max_length=20, unique=True)
    name = models.CharField(_l("名称"), max_length=20)
    starts_at = models.TimeField(_l("上班时间"))
    ends_at = models.TimeField(_l("下班时间"), help_text=_l("不晚于上班时间的，算次日。"))
    rest_minutes = models.PositiveSmallIntegerField(
        _l("班内休息"), default=0, validators=[MaxValueValidator(240)], help_text=_l("分钟，不计工时。")
    )
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("班次")
        ordering = ["starts_at", "code"]
        constraints = [models.CheckConstraint(name="hotline_shift_rest", condition=Q(rest_minutes__lte=240))]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


@pghistory.track()
class RosterWeek(models.Model):
    """排班周. A desk's week; a draft is seen by whoever plans it, a published one by everybody at the desk."""

    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    monday = models.DateField(_l("周一"))
    state = models.CharField(_l("状态"), max_length=10, choices=WeekState, default=WeekState.DRAFT)
    published_by = models.CharField(_l("发布人"), max_length=120, blank=True)
    published_at = models.DateTimeField(_l("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("排班周")
        ordering = ["-monday"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(name="hotline_week_once", fields=["desk", "monday"]),
            models.CheckConstraint(name="hotline_week_monday", condition=Q(monday__iso_week_day=1)),
            models.CheckConstraint(
                name="hotline_week_published", condition=Q(state="draft") ^ Q(published_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk} {self.monday}"


@pghistory.track()
class RosterDuty(models.Model):
    """值班安排. One person, one day, one shift, with the skills they serve in it; taken off in a draft, kept once published."""

    week = models.ForeignKey(RosterWeek, models.PROTECT, related_name="duties", verbose_name=_l("排班周"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("人员"))
    on = models.DateField(_l("日期"))
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="+", verbose_name=_l("班次"))
    skills = ArrayField(models.CharField(max_length=20), verbose_name=_l("技能"), default=list, blank=True)
    state = models.CharField(_l("状态"), max_length=10, choices=DutyState, default=DutyState.ON)

    class Meta:
        verbose_name = verbose_name_plural = _l("值班安排")
        ordering = ["on", "shift__starts_at", "person_id"]
        indexes = [models.Index(name="hotline_duty_day", fields=["on", "state"])]
        constraints = [
            models.UniqueConstraint(
                name="hotline_duty_once", fields=["person", "on", "shift"], condition=Q(state="on")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.shift_id} {self.person_id}"


@pghistory.track()
class Swap(models.Model):
    """换班申请. ``mine`` for ``theirs`` (empty: they only take it over); nothing changes until the other consents."""

    mine = models.ForeignKey(RosterDuty, models.PROTECT, related_name="+", verbose_name=_l("换出的班"))
    theirs = models.ForeignKey(
        RosterDuty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("换入的班")
    )
    asker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("申请人"))
    other = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("对方"))
    words = models.CharField(_l("理由"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("结果"), max_length=8, choices=Answer, default=Answer.OPEN)
    answered_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("换班申请")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="hotline_swap_two_people", condition=~Q(asker=F("other"))),
            models.CheckConstraint(
                name="hotline_swap_answered", condition=Q(state="open") ^ Q(answered_at__isnull=False)
            ),
            models.UniqueConstraint(name="hotline_swap_open_once", fields=["mine"], condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.mine_id} {self.state}"


@pghistory.track()
class Leave(models.Model):
    """请假. Granted by somebody else; whoever is away cannot be put on the roster."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("人员"))
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    kind = models.CharField(_l("类别"), max_length=10, choices=LeaveKind)
    starts_on = models.DateField(_l("从"))
    ends_on = models.DateField(_l("到"))
    words = models.CharField(_l("说明"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("审批结果"), max_length=8, choices=Answer, default=Answer.OPEN)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("审批人")
    )
    answered_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    answer = models.CharField(_l("审批意见"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("请假")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="hotline_leave_order", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="hotline_leave_two_people", condition=Q(approver__isnull=True) | ~Q(approver=F("person"))
            ),
            models.CheckConstraint(
                name="hotline_leave_answered", condition=Q(state="open") ^ Q(answered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.starts_on} {self.state}"


@pghistory.track()
class StaffingBasis(models.Model):
    """测算参数. What the staffing of a desk is computed with; who changed it is in the trail."""

    desk = models.OneToOneField(Org, models.PROTECT, related_name="+", primary_key=True, verbose_name=_l("热线机构"))
    handling_s = models.PositiveIntegerField(
        _l("平均处理时长（秒）"), validators=[MinValueValidator(10), MaxValueValidator(7200)]
    )
    share_percent = models.PositiveSmallIntegerField(
        _l("接听目标（%）"), validators=[MinValueValidator(50), MaxValueValidator(99)]
    )
    within_s = models.PositiveSmallIntegerField(_l("接听时限（秒）"), validators=[MaxValueValidator(300)])
    shrinkage_percent = models.PositiveSmallIntegerField(_l("损耗率（%）"), validators=[MaxValueValidator(80)])
    occupancy_percent = models.PositiveSmallIntegerField(
        _l("最高利用率（%）"), validators=[MinValueValidator(30), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("测算参数")
        constraints = [
            models.CheckConstraint(
                name="hotline_basis_sense",
                condition=Q(
                    handling_s__range=(10, 7200),
                    share_percent__range=(50, 99),
                    within_s__lte=300,
                    shrinkage_percent__lte=80,
                    occupancy_percent__range=(30, 100),
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.handling_s} s"


@pghistory.track()
class CallVolume(models.Model):
    """来电量. How many calls are expected in a half hour of a weekday: counted from what was registered, or entered."""

    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    weekday = models.PositiveSmallIntegerField(_l("星期"))
    slot = models.PositiveSmallIntegerField(_l("半小时"))
    calls = models.DecimalField(_l("来电量"), max_digits=8, decimal_places=2)
    source = models.CharField(_l("来源"), max_length=10, choices=VolumeSource)

    class Meta:
        verbose_name = verbose_name_plural = _l("来电量")
        ordering = ["weekday", "slot"]
        constraints = [
            models.UniqueConstraint(name="hotline_volume_once", fields=["desk", "weekday", "slot"]),
            models.CheckConstraint(
                name="hotline_volume_sense",
                condition=Q(weekday__lt=WEEKDAYS, slot__lt=SLOTS, calls__range=(0, 100_000)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.slot} {self.calls}"
