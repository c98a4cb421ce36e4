"""What passes between the supervisor and a unit about its findings: notices, replies, extensions, retests, appeals."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.inspection.choices_findings import AppealState, ExtensionState, RetestResult
from yunshu.domains.inspection.models.common import APPEND_ONLY, KEPT
from yunshu.domains.inspection.models.findings import Finding


@pghistory.track()
class Notice(models.Model):
    """整改通知. One unit's; ``due_at`` is the latest of its findings' limits, ``supervision`` the number of the 督办 it led to."""

    number = models.CharField(_l("通知编号"), max_length=24, unique=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("责任单位"))
    words = models.TextField(_l("整改要求"), blank=True)
    issued_by = models.CharField(_l("下发人"), max_length=80)
    issuer = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+", verbose_name=_l("下发单位"))
    issued_at = models.DateTimeField(_l("下发时间"))
    due_at = models.DateTimeField(_l("整改期限"))
    stage = models.CharField(_l("状态"), max_length=10, default="mending", db_index=True)
    supervision = models.CharField(_l("督办编号"), max_length=24, blank=True)
    closed_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("整改通知")
        ordering = ["-issued_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="inspection_notice_due", condition=Q(due_at__gt=F("issued_at"))),
            models.CheckConstraint(
                name="inspection_notice_done", condition=~Q(stage="done") | Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class NoticeItem(models.Model):
    """通知所列问题. ``due_at`` as the notice gave it; append-only."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="items", verbose_name=_l("整改通知"))
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="notice_items", verbose_name=_l("检查问题"))
    ordinal = models.PositiveSmallIntegerField(_l("序号"))
    due_at = models.DateTimeField(_l("整改期限"))

    class Meta:
        verbose_name = verbose_name_plural = _l("通知所列问题")
        ordering = ["notice", "ordinal"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="inspection_notice_item_once", fields=["notice", "finding"]),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.ordinal}"


class Reply(models.Model):
    """整改答复. What the unit did about a finding; its files hang at ``number``; append-only."""

    number = models.CharField(_l("答复编号"), max_length=24, unique=True)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="replies", verbose_name=_l("检查问题"))
    words = models.TextField(_l("整改情况"))
    by = models.CharField(_l("答复人"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("人员"))
    at = models.DateTimeField(_l("答复时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("整改答复")
        ordering = ["at", "pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Extension(models.Model):
    """整改延期申请. At most one waits per finding."""

    number = models.CharField(_l("申请编号"), max_length=24, unique=True)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="asked_extensions", verbose_name=_l("检查问题"))
    until = models.DateTimeField(_l("申请延期至"))
    reason = models.CharField(_l("理由"), max_length=500)
    asked_by = models.CharField(_l("申请人"), max_length=80)
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("状态"), max_length=8, choices=ExtensionState, default=ExtensionState.OPEN)
    words = models.CharField(_l("审批意见"), max_length=500, blank=True)
    decided_by = models.CharField(_l("审批人"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("整改延期申请")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(
                name="inspection_extension_one_open", fields=["finding"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="inspection_extension_decided", condition=Q(state="open") | Q(decided_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Retest(models.Model):
    """整改复测. Asked by 已整改, done by the machine; at most one waits per finding."""

    number = models.CharField(_l("复测编号"), max_length=24, unique=True)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="retests", verbose_name=_l("检查问题"))
    asked_by = models.CharField(_l("提出人"), max_length=80)
    asked_at = models.DateTimeField(_l("提出时间"))
    done_at = models.DateTimeField(_l("完成时间"), null=True, blank=True)
    result = models.CharField(_l("结果"), max_length=12, choices=RetestResult, blank=True)
    words = models.CharField(_l("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("整改复测")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(
                name="inspection_retest_one_open", fields=["finding"], condition=Q(done_at__isnull=True)
            ),
            models.CheckConstraint(
                name="inspection_retest_done",
                condition=Q(done_at__isnull=True, result="") | (Q(done_at__isnull=False) & ~Q(result="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Appeal(models.Model):
    """问题申诉. A unit says that a finding is wrong; whoever decides did not confirm it. At most one waits per finding."""

    number = models.CharField(_l("申诉编号"), max_length=24, unique=True)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="appeals", verbose_name=_l("检查问题"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("申诉单位"))
    reason = models.TextField(_l("申诉理由"))
    asked_by = models.CharField(_l("申诉人"), max_length=80)
    asked_at = models.DateTimeField(_l("申诉时间"))
    state = models.CharField(_l("状态"), max_length=10, choices=AppealState, default=AppealState.OPEN, db_index=True)
    decision = models.TextField(_l("审定意见"), blank=True)
    decided_by = models.CharField(_l("审定人"), max_length=80, blank=True)
    decider = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("人员")
    )
    decided_at = models.DateTimeField(_l("审定时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("问题申诉")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.UniqueConstraint(name="inspection_appeal_one_open", fields=["finding"], condition=Q(state="open")),
            models.CheckConstraint(
                name="inspection_appeal_decided",
                condition=Q(state="open") | Q(state="withdrawn") | (Q(decided_at__isnull=False) & ~Q(decision="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number
