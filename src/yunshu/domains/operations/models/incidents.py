"""Incidents: what failed, whom it hit, what was done. Steps are append-only; a standstill of the clocks cannot be backdated."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.incident_choices import CauseKind, Origin, PauseGround, Priority, StandKind
from yunshu.domains.operations.models.common import APPEND_ONLY, TWO_PEOPLE
from yunshu.domains.operations.models.levels import IncidentCall, ServiceLevel
from yunshu.domains.operations.models.targets import Target

STANDS = pgtrigger.Trigger(
    name="stands",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.incident_id, NEW.kind, NEW.starts_at, NEW.reason, NEW.asked_by, NEW.asker_id, NEW.approved_by, NEW.approver_id)
            IS DISTINCT FROM (OLD.incident_id, OLD.kind, OLD.starts_at, OLD.reason, OLD.asked_by, OLD.asker_id, OLD.approved_by, OLD.approver_id)
            OR OLD.ends_at IS NOT NULL
        THEN RAISE EXCEPTION 'a standstill of the clocks can only be ended, once'; END IF;
        RETURN NEW;
    """,
)
STARTED = pgtrigger.Trigger(
    name="started",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.number, NEW.opened_at, NEW.origin) IS DISTINCT FROM (OLD.number, OLD.opened_at, OLD.origin)
            OR (OLD.responded_at IS NOT NULL AND NEW.responded_at IS DISTINCT FROM OLD.responded_at)
        THEN RAISE EXCEPTION 'when an incident began and was answered cannot change'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class Incident(models.Model):
    """故障单. ``opened_at`` starts the clocks; ``happened_at`` is when the fault is said to have begun."""

    number = models.CharField(_l("故障编号"), max_length=24, unique=True)
    title = models.CharField(_l("故障现象"), max_length=120)
    description = models.TextField(_l("情况说明"), blank=True)
    origin = models.CharField(_l("来源"), max_length=8, choices=Origin)
    priority = models.CharField(_l("优先级"), max_length=2, choices=Priority)
    target = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="incidents", verbose_name=_l("根源对象")
    )
    scopes = models.JSONField(_l("范围标签"), default=list, blank=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("处置单位"))
    reporter = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("使用单位"))
    reported_by = models.CharField(_l("报告人"), max_length=120)
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("承办人")
    )
    level = models.ForeignKey(ServiceLevel, models.PROTECT, related_name="+", verbose_name=_l("服务级别"))
    promises = models.JSONField(_l("承诺"), default=dict)
    stage = models.CharField(_l("状态"), max_length=12, db_index=True)
    happened_at = models.DateTimeField(_l("发生时间"))
    opened_at = models.DateTimeField(_l("受理时间"), db_index=True)
    responded_at = models.DateTimeField(_l("响应时间"), null=True, blank=True)
    responded_by = models.CharField(_l("响应人"), max_length=120, blank=True)
    recovered_at = models.DateTimeField(_l("监测恢复时间"), null=True, blank=True)
    restored_at = models.DateTimeField(_l("恢复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_l("关闭时间"), null=True, blank=True)
    respond_due_at = models.DateTimeField(_l("响应期限"), null=True, blank=True)
    restore_due_at = models.DateTimeField(_l("恢复期限"), null=True, blank=True)
    close_due_at = models.DateTimeField(_l("关闭期限"), null=True, blank=True)
    cause_kind = models.CharField(_l("原因类别"), max_length=10, choices=CauseKind, blank=True)
    cause = models.TextField(_l("原因"), blank=True)
    action = models.TextField(_l("处置措施"), blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_l("并入")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("故障单")
        ordering = ["-opened_at", "-pk"]
        triggers = [STARTED]
        constraints = [
            models.CheckConstraint(name="operations_incident_begun", condition=Q(happened_at__lte=F("opened_at"))),
            models.CheckConstraint(
                name="operations_incident_responded",
                condition=Q(responded_at__isnull=True) | (Q(responded_at__gte=F("opened_at")) & ~Q(responded_by="")),
            ),
            models.CheckConstraint(
                name="operations_incident_closed_explained",
                condition=~Q(stage__in=("restored", "reviewing", "closed", "archived"))
                | (~Q(cause="") & ~Q(action="") & Q(restored_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="operations_incident_merged", condition=~Q(stage="merged") | Q(merged_into__isnull=False)
            ),
            models.CheckConstraint(name="operations_incident_not_itself", condition=~Q(merged_into=F("pk"))),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class IncidentReport(models.Model):
    """故障报告. A unit's report of an incident, the first and every further one; it goes along when incidents merge.

    A ticket of the hotline is one report. Whoever reported sees how the incident stands. ``contact`` can be erased.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reports", verbose_name=_l("故障单"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("使用单位"))
    reported_by = models.CharField(_l("报告人"), max_length=120)
    contact = models.CharField(_l("联系电话"), max_length=40, blank=True)
    ticket = models.CharField(_l("热线工单"), max_length=40, blank=True)
    words = models.TextField(_l("内容"))
    at = models.DateTimeField(_l("报告时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("故障报告")
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.ReadOnly(name="said", exclude=["incident", "contact"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(name="operations_report_ticket_once", fields=["ticket"], condition=~Q(ticket="")),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.reported_by}"


@pghistory.track()
class IncidentTarget(models.Model):
    """受影响对象. A target under an incident, from when to when it was down."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="members", verbose_name=_l("故障单"))
    target = models.ForeignKey(Target, models.PROTECT, related_name="+", verbose_name=_l("对象"))
    since = models.DateTimeField(_l("中断开始"))
    until = models.DateTimeField(_l("中断结束"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("受影响对象")
        ordering = ["incident", "since", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="operations_incident_target_open",
                fields=["incident", "target"],
                condition=Q(until__isnull=True),
            ),
            models.CheckConstraint(
                name="operations_incident_target_order", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.target}"


class IncidentStep(models.Model):
    """处置记录. One thing that happened, who did it, and the ledger's number for it. Append-only."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps", verbose_name=_l("故障单"))
    seq = models.PositiveIntegerField(_l("序号"))
    verb = models.CharField(_l("动作"), max_length=20)
    at = models.DateTimeField(_l("时间"))
    actor = models.CharField(_l("办理人"), max_length=120)
    words = models.TextField(_l("内容"), blank=True)
    data = models.JSONField(_l("数据"), default=dict, encoder=DjangoJSONEncoder)
    record = models.CharField(_l("存证编号"), max_length=24)

    class Meta:
        verbose_name = verbose_name_plural = _l("处置记录")
        ordering = ["incident", "seq"]
        constraints = [models.UniqueConstraint(name="operations_step_once", fields=["incident", "seq"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.seq} {self.verb}"


class Standstill(models.Model):
    """时钟停走. A stretch in which clocks stand still; a suspension says why, and who else granted it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="stills", verbose_name=_l("故障单"))
    kind = models.CharField(_l("种类"), max_length=10, choices=StandKind)
    starts_at = models.DateTimeField(_l("开始"))
    ends_at = models.DateTimeField(_l("结束"), null=True, blank=True)
    ground = models.CharField(_l("事由"), max_length=6, choices=PauseGround, blank=True)
    reason = models.TextField(_l("理由"), blank=True)
    asked_by = models.CharField(_l("申请人"), max_length=120, blank=True)
    asker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("申请人员")
    )
    approved_by = models.CharField(_l("批准人"), max_length=120, blank=True)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("批准人员")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("时钟停走")
        ordering = ["incident", "starts_at"]
        triggers = [STANDS, pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                name="operations_still_one_open", fields=["incident"], condition=Q(ends_at__isnull=True)
            ),
            models.CheckConstraint(
                name="operations_still_order", condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at"))
            ),
            models.CheckConstraint(
                name="operations_suspension_granted",
                condition=~Q(kind="suspended") | (~Q(reason="") & ~Q(asked_by="") & ~Q(approved_by="") & TWO_PEOPLE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.get_kind_display()}"


class PauseRequest(models.Model):
    """挂起申请. Asked for, granted or not by somebody else; the clocks run until it is granted."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="pause_requests", verbose_name=_l("故障单"))
    ground = models.CharField(_l("事由"), max_length=6, choices=PauseGround)
    reason = models.TextField(_l("理由"))
    asked_by = models.CharField(_l("申请人"), max_length=120)
    asker = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("人员"))
    asked_at = models.DateTimeField(_l("申请时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("挂起申请")
        ordering = ["incident", "asked_at", "pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.get_ground_display()}"


@pghistory.track()
class PostMortem(models.Model):
    """故障复盘. What was learnt from a grave incident; without blame, with measures and who sees to them."""

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="post_mortem", verbose_name=_l("故障单"))
    course = models.TextField(_l("经过"))
    root_cause = models.TextField(_l("根本原因"))
    good = models.TextField(_l("做得好的"), blank=True)
    measures = models.TextField(_l("改进措施、负责人和期限"))
    written_by = models.CharField(_l("撰写人"), max_length=120)
    written_at = models.DateTimeField(_l("撰写时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("故障复盘")

    def __str__(self) -> str:
        return f"{self.incident_id}"


class TargetSignal(models.Model):
    """监测信号. The last word of the probes on a target, and since when it was heard; incidents are formed from these."""

    target = models.OneToOneField(Target, models.CASCADE, related_name="signal", verbose_name=_l("对象"))
    state = models.CharField(_l("状态"), max_length=16)
    since = models.DateTimeField(_l("状态开始"))
    heard_at = models.DateTimeField(_l("收到时间"))
    error = models.CharField(_l("错误"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("监测信号")
        indexes = [models.Index(name="operations_signal_down", fields=["state", "heard_at"])]

    def __str__(self) -> str:
        return f"{self.target_id} {self.state}"


class IncidentCalled(models.Model):
    """故障升级记录. That a rule fired for an incident's deadline; the unique row makes it fire once. Append-only."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="calls", verbose_name=_l("故障单"))
    rule = models.ForeignKey(IncidentCall, models.PROTECT, related_name="+", verbose_name=_l("故障升级规则"))
    due_at = models.DateTimeField(_l("期限"))
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("故障升级记录")
        constraints = [models.UniqueConstraint(name="operations_called_once", fields=["incident", "rule", "due_at"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.rule_id}"
