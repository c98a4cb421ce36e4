"""What happens to a ticket on its way: dispatches, objections, extensions, suspensions, replies, call-backs, meetings, supervision."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import MOST_STARS, Adjudication, Answer, DutyRole, Reached
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT, PART_APPEND_ONLY
from yunshu.domains.hotline.models.lists import DutyRule, ObjectionReason, SuspendReason
from yunshu.domains.hotline.models.tickets import Ticket

STARS = range(1, MOST_STARS + 1)


class Assignment(models.Model):
    """派单记录. To whom a ticket went, on which line of the directory; append-only. ``subticket`` is an assisting unit's own."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="assignments", verbose_name=_l("工单"))
    unit = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("承办单位"))
    role = models.CharField(_l("承办方式"), max_length=8, choices=DutyRole)
    rule = models.ForeignKey(
        DutyRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("派单目录条目")
    )
    subticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("子单")
    )
    words = models.CharField(_l("派单意见"), max_length=500, blank=True)
    by = models.CharField(_l("派单人"), max_length=120)
    at = models.DateTimeField(_l("派单时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("派单记录")
        ordering = ["at", "pk"]
        triggers = [PART_APPEND_ONLY]
        indexes = [models.Index(name="hotline_assignment_at", fields=["at"])]
        constraints = [
            models.CheckConstraint(
                name="hotline_assignment_part", condition=Q(role="assist") ^ Q(subticket__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_role_display()}"


class Request(models.Model):
    """Something a unit asks for and the desk answers."""

    words = models.TextField(_l("理由"))
    asked_by = models.CharField(_l("申请人"), max_length=120)
    asker = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("申请人员"))
    unit = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("申请单位"))
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("审批结果"), max_length=8, choices=Answer, default=Answer.OPEN)
    answered_by = models.CharField(_l("审批人"), max_length=120, blank=True)
    answered_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    answer = models.TextField(_l("审批意见"), blank=True)

    class Meta:
        abstract = True
        ordering = ["asked_at", "pk"]


def _answered(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name, condition=Q(state="open", answered_at__isnull=True) | Q(~Q(state="open"), answered_at__isnull=False)
    )


def _once(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(name=name, fields=["ticket"], condition=Q(state="open"))


@pghistory.track()
class Objection(Request):
    """退单申请. With evidence and the unit that it should go to, if that is known; the decision feeds 派单准确率."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="objections", verbose_name=_l("工单"))
    reason = models.ForeignKey(ObjectionReason, models.PROTECT, related_name="+", verbose_name=_l("退单事由"))
    basis = models.CharField(_l("依据"), max_length=300)
    proposed = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("建议承办单位")
    )

    class Meta(Request.Meta):
        verbose_name = verbose_name_plural = _l("退单申请")
        triggers = [KEPT]
        indexes = [models.Index(name="hotline_objection_asked", fields=["asked_at"])]
        constraints = [_answered("hotline_objection_answered"), _once("hotline_objection_open_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.state}"


@pghistory.track()
class Extension(Request):
    """延期申请. Once, and no longer than the limit was."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="extensions", verbose_name=_l("工单"))
    amount = models.PositiveIntegerField(_l("延长"))

    class Meta(Request.Meta):
        verbose_name = verbose_name_plural = _l("延期申请")
        triggers = [KEPT]
        constraints = [_answered("hotline_extension_answered"), _once("hotline_extension_open_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} +{self.amount}"


@pghistory.track()
class Suspension(Request):
    """挂起申请. For an approved reason only, until a day."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="suspensions", verbose_name=_l("工单"))
    reason = models.ForeignKey(SuspendReason, models.PROTECT, related_name="+", verbose_name=_l("挂起事由"))
    until = models.DateField(_l("预计恢复日期"))

    class Meta(Request.Meta):
        verbose_name = verbose_name_plural = _l("挂起申请")
        triggers = [KEPT]
        constraints = [_answered("hotline_suspension_answered"), _once("hotline_suspension_open_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.reason}"


@pghistory.track()
class Reply(models.Model):
    """答复. Versioned: what is sent back is written anew, never over."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="replies", verbose_name=_l("工单"))
    version = models.PositiveSmallIntegerField(_l("版次"))
    words = models.TextField(_l("答复内容"))
    measures = models.TextField(_l("办理经过"), blank=True)
    unit = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("答复单位"))
    written_by = models.CharField(_l("答复人"), max_length=120)
    writer = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("答复人员"))
    written_at = models.DateTimeField(_l("答复时间"))
    passed = models.BooleanField(_l("审核通过"), null=True)
    reviewed_by = models.CharField(_l("审核人"), max_length=120, blank=True)
    reviewer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("审核人员")
    )
    reviewed_at = models.DateTimeField(_l("审核时间"), null=True, blank=True)
    review = models.TextField(_l("审核意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("工单答复")
        ordering = ["ticket", "version"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(name="hotline_reply_once", fields=["ticket", "version"]),
            models.CheckConstraint(
                name="hotline_reply_two_people", condition=Q(reviewer__isnull=True) | ~Q(reviewer=F("writer"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} v{self.version}"


class CallBack(models.Model):
    """回访. Each attempt; result and process are asked apart. Append-only."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="callbacks", verbose_name=_l("工单"))
    at = models.DateTimeField(_l("回访时间"))
    by = models.CharField(_l("回访人"), max_length=120)
    reached = models.CharField(_l("接通情况"), max_length=12, choices=Reached)
    solved = models.BooleanField(_l("是否解决"), null=True)
    result_score = models.PositiveSmallIntegerField(_l("结果满意度"), null=True)
    process_score = models.PositiveSmallIntegerField(_l("过程满意度"), null=True)
    adjudication = models.CharField(_l("不纳入评价认定"), max_length=12, choices=Adjudication, blank=True)
    words = models.TextField(_l("诉求人意见"), blank=True)
    rework = models.PositiveSmallIntegerField(_l("第几次重办之后"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("回访记录")
        ordering = ["at", "pk"]
        triggers = [PART_APPEND_ONLY]
        indexes = [models.Index(name="hotline_callback_at", fields=["at"])]
        constraints = [
            models.CheckConstraint(
                name="hotline_callback_reached",
                condition=~Q(reached="yes") | Q(solved__isnull=False, result_score__in=STARS, process_score__in=STARS),
            ),
            models.CheckConstraint(name="hotline_callback_adjudged", condition=Q(adjudication="") | ~Q(words="")),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.reached}"


@pghistory.track()
class Rating(models.Model):
    """诉求人评价. Once, by the caller, after the ticket is closed."""

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="rating", primary_key=True, verbose_name=_l("工单")
    )
    result_score = models.PositiveSmallIntegerField(_l("结果满意度"))
    process_score = models.PositiveSmallIntegerField(_l("过程满意度"))
    solved = models.BooleanField(_l("是否解决"))
    words = models.TextField(_l("评价"), blank=True)
    at = models.DateTimeField(_l("评价时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("诉求人评价")
        triggers = [APPEND_ONLY]
        indexes = [models.Index(name="hotline_rating_at", fields=["at"])]
        constraints = [
            models.CheckConstraint(
                name="hotline_rating_stars", condition=Q(result_score__in=STARS, process_score__in=STARS)
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.result_score}"


@pghistory.track()
class HardCase(models.Model):
    """疑难会办. Who was called together, and what was settled."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="meetings", verbose_name=_l("工单"))
    called_by = models.CharField(_l("召集人"), max_length=120)
    called_at = models.DateTimeField(_l("召集时间"))
    reason = models.TextField(_l("事由"))
    units = models.ManyToManyField(Org, related_name="+", verbose_name=_l("参加单位"))
    minutes = models.TextField(_l("会办纪要"), blank=True)
    written_by = models.CharField(_l("记录人"), max_length=120, blank=True)
    settled_at = models.DateTimeField(_l("议定时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("疑难会办")
        ordering = ["called_at", "pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="hotline_meeting_settled", condition=Q(settled_at__isnull=True) | ~Q(minutes="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.called_at:%Y-%m-%d}"
