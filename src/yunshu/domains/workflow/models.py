"""Tables of the workflow. A case moves through a flow; its events are append-only and hash-chained."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.lib.taking.guards import undoable


@pghistory.track()
class Case(models.Model):
    """事项。One subject in one flow, with the organisations that play its roles."""

    flow = models.CharField(_l("流程"), max_length=60)
    number = models.CharField(_l("业务编号"), max_length=40)
    title = models.CharField(_l("标题"), max_length=200)
    url = models.CharField(_l("页面"), max_length=200)
    state = models.CharField(_l("状态"), max_length=40)
    opened_at = models.DateTimeField(_l("开始时间"))
    closed_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("事项")
        constraints = [models.UniqueConstraint(name="workflow_case_once", fields=["flow", "number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@pghistory.track()
class Party(models.Model):
    """参与单位。Which organisation plays a role (owner, bureau, finance …) in a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties", verbose_name=_l("事项"))
    role = models.CharField(_l("身份"), max_length=20)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("机构"))

    class Meta:
        verbose_name = verbose_name_plural = _l("参与单位")
        constraints = [models.UniqueConstraint(name="workflow_party_once", fields=["case", "role"])]

    def __str__(self) -> str:
        return f"{self.role}: {self.org}"


class FlowEvent(models.Model):
    """流转记录。One step of a case; append-only, each carries the digest of all before it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", verbose_name=_l("事项"))
    seq = models.PositiveIntegerField(_l("序号"))
    verb = models.CharField(_l("动作"), max_length=40)
    source = models.CharField(_l("原状态"), max_length=40, blank=True)
    target = models.CharField(_l("新状态"), max_length=40)
    actor = models.CharField(_l("办理人"), max_length=120)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("人员"))
    reason = models.TextField(_l("意见"), blank=True)
    data = models.JSONField(_l("内容"), default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_l("时间"))
    digest = models.CharField(_l("摘要"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _l("流转记录")
        ordering = ("case", "seq")
        constraints = [models.UniqueConstraint(name="workflow_event_once", fields=["case", "seq"])]
        triggers = [
            undoable(
                "append_only", also_update=True, number="(SELECT number FROM workflow_case WHERE id = OLD.case_id)"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


@pghistory.track()
class Task(models.Model):
    """待办。What waits for somebody, and until when; the deadline here is the truth, jobs are only alarms."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks", verbose_name=_l("事项"))
    title = models.CharField(_l("待办事项"), max_length=120)
    permission = models.CharField(_l("所需权限"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("承办单位"))
    org_path = models.CharField(_l("单位路径"), max_length=200)
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("承办人")
    )
    opened_at = models.DateTimeField(_l("到达时间"))
    amount = models.PositiveIntegerField(_l("时限"), null=True)
    unit = models.CharField(_l("时限单位"), max_length=16, blank=True)
    amber_at = models.FloatField(_l("预警比例"), default=0.7)
    due_at = models.DateTimeField(_l("办理期限"), null=True)
    paused_at = models.DateTimeField(_l("暂停时间"), null=True, blank=True)
    paused_s = models.PositiveBigIntegerField(_l("累计暂停（秒）"), default=0)
    extensions = models.PositiveSmallIntegerField(_l("延期次数"), default=0)
    calendar_version = models.PositiveIntegerField(_l("日历版本"), default=0)
    provisional = models.BooleanField(_l("期限暂定"), default=False)
    done_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)
    done_by = models.CharField(_l("办结人"), max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("待办")
        indexes = [
            models.Index(
                fields=["permission", "org_path", "due_at", "id"],
                name="workflow_task_open",
                condition=Q(done_at__isnull=True),
            ),
            models.Index(fields=["due_at", "id"], name="workflow_task_due", condition=Q(done_at__isnull=True)),
            models.Index(fields=["holder", "due_at"], name="workflow_task_holder", condition=Q(done_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(name="workflow_task_one_open", fields=["case"], condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return _(self.title)


@pghistory.track()
class EscalationRule(models.Model):
    """催办规则。At which share of a deadline who is told; data, so that an official can change it."""

    class Whom(models.TextChoices):
        HOLDER = "holder", _l("承办人")
        MANAGER = "manager", _l("单位待办管理人")

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    flow = models.CharField(_l("流程"), max_length=60, blank=True, help_text=_l("空：适用于全部流程。"))
    percent = models.PositiveSmallIntegerField(_l("时限百分比"), help_text=_l("100 为到期，大于 100 为超期。"))
    whom = models.CharField(_l("通知对象"), max_length=10, choices=Whom)
    words = models.CharField(_l("提示语"), max_length=120)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("催办规则")
        ordering = ("percent", "code")

    def __str__(self) -> str:
        return f"{self.percent}% {self.words}"


class Reminder(models.Model):
    """提醒记录。That a rule fired for a task; the unique row makes it fire once. Append-only."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="reminders", verbose_name=_l("待办"))
    rule = models.ForeignKey(EscalationRule, models.PROTECT, related_name="+", verbose_name=_l("催办规则"))
    due_at = models.DateTimeField(_l("办理期限"))
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("提醒记录")
        constraints = [models.UniqueConstraint(name="workflow_reminder_once", fields=["task", "rule", "due_at"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.task_id} {self.rule_id}"


@pghistory.track()
class Supervision(models.Model):
    """督办。A demand on a late case: what is required, until when, what was answered."""

    number = models.CharField(_l("督办编号"), max_length=24, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="supervisions", verbose_name=_l("事项"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("被督办单位"))
    requirement = models.TextField(_l("督办要求"))
    due_at = models.DateTimeField(_l("反馈期限"))
    opened_at = models.DateTimeField(_l("发出时间"))
    opened_by = models.CharField(_l("发出人"), max_length=120)
    feedback = models.TextField(_l("反馈内容"), blank=True)
    closed_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("督办")
        ordering = ("-opened_at",)
        constraints = [
            models.CheckConstraint(
                name="workflow_supervision_closed_has_feedback", condition=Q(closed_at__isnull=True) | ~Q(feedback="")
            ),
        ]

    def __str__(self) -> str:
        return self.number
