"""Calls as they were. Events are append-only and hold no caller's number; a call on a confidential ticket loses its own."""

import pghistory
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT
from yunshu.domains.hotline.models.phone import BreakReason, CallQueue, CallReason, Telephone
from yunshu.domains.hotline.models.tickets import Ticket
from yunshu.domains.hotline.phone_choices import RUNNING, Cause, Direction, Outcome, Recall, Seat, Stage


@pghistory.track(exclude=["caller"])
class MissedCall(models.Model):
    """待回拨来电. Who called and reached nobody, or was cut off: one open entry a number, with its clock."""

    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    caller = models.CharField(_l("来电号码"), max_length=32, blank=True, db_index=True)
    queue = models.ForeignKey(
        CallQueue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("话务队列")
    )
    cause = models.CharField(_l("原因"), max_length=10, choices=Cause)
    since = models.DateTimeField(_l("首次未接时间"))
    last_at = models.DateTimeField(_l("最近未接时间"))
    times = models.PositiveIntegerField(_l("未接次数"), default=1)
    due_at = models.DateTimeField(_l("回拨期限"))
    claimed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("认领人")
    )
    claimed_at = models.DateTimeField(_l("认领时间"), null=True, blank=True)
    tries = models.PositiveIntegerField(_l("回拨次数"), default=0)
    outcome = models.CharField(_l("回拨结果"), max_length=10, choices=Recall, blank=True)
    words = models.CharField(_l("说明"), max_length=300, blank=True)
    closed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("回拨人")
    )
    closed_at = models.DateTimeField(_l("了结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("待回拨来电")
        ordering = ["due_at", "pk"]
        triggers = [KEPT]
        indexes = [models.Index(name="hotline_missed_due", fields=["due_at", "id"])]
        constraints = [
            models.UniqueConstraint(
                name="hotline_missed_open_once", fields=["desk", "caller"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="hotline_missed_closed_says_how", condition=Q(closed_at__isnull=True) | ~Q(outcome="")
            ),
            models.CheckConstraint(
                name="hotline_missed_claimed", condition=Q(claimed_by__isnull=True) ^ Q(claimed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.cause}"


@pghistory.track(exclude=["caller"], model_name="CallTrail")
class Call(models.Model):
    """热线通话. One call from its offer to its settlement; ``agent`` is who has it or had it last, and owes its ticket or reason."""

    number = models.CharField(_l("通话编号"), max_length=24, unique=True)
    ref = models.CharField(_l("平台通话号"), max_length=80, unique=True)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    direction = models.CharField(_l("方向"), max_length=4, choices=Direction)
    caller = models.CharField(_l("对方号码"), max_length=32, blank=True, db_index=True)
    is_sealed = models.BooleanField(_l("号码已密封"), default=False)
    called = models.CharField(_l("被叫号码"), max_length=32, blank=True)
    queue = models.ForeignKey(
        CallQueue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("话务队列")
    )
    agent = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("座席"))
    outcome = models.CharField(_l("结果"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    offered_at = models.DateTimeField(_l("来电时间"))
    queued_at = models.DateTimeField(_l("排队时间"), null=True, blank=True)
    rang_at = models.DateTimeField(_l("振铃时间"), null=True, blank=True)
    answered_at = models.DateTimeField(_l("接通时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)
    ended_by = models.CharField(_l("结束原因"), max_length=10, blank=True)
    settled_at = models.DateTimeField(_l("话后办结时间"), null=True, blank=True)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="phone_calls", verbose_name=_l("工单")
    )
    reason = models.ForeignKey(
        CallReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("不建工单事由")
    )
    words = models.CharField(_l("说明"), max_length=300, blank=True)
    missed = models.ForeignKey(
        MissedCall, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_l("待回拨来电")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("热线通话")
        ordering = ["-offered_at", "-pk"]
        triggers = [KEPT]
        indexes = [
            models.Index(name="hotline_call_newest", fields=["-offered_at", "-id"]),
            models.Index(name="hotline_call_agent", fields=["agent", "-offered_at"]),
            models.Index(name="hotline_call_running", fields=["outcome"], condition=Q(ended_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="hotline_call_over", condition=Q(ended_at__isnull=True) ^ ~Q(outcome__in=RUNNING)
            ),
            models.CheckConstraint(
                name="hotline_call_answered",
                condition=~Q(outcome__in=("talking", "answered")) | Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="hotline_call_one_end", condition=Q(ticket__isnull=True) | Q(reason__isnull=True)
            ),
            models.CheckConstraint(name="hotline_call_sealed", condition=Q(is_sealed=False) | Q(caller="")),
        ]

    def __str__(self) -> str:
        return self.number


class CallEvent(models.Model):
    """通话事件. Append-only; ``data`` holds no number of who called."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="stages", verbose_name=_l("热线通话"))
    seq = models.PositiveIntegerField(_l("序号"))
    kind = models.CharField(_l("事件"), max_length=12, choices=Stage)
    at = models.DateTimeField(_l("时间"))
    agent = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("座席"))
    data = models.JSONField(_l("内容"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = verbose_name_plural = _l("通话事件")
        ordering = ["call", "seq"]
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="hotline_call_event_once", fields=["call", "seq"])]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


@pghistory.track()
class Recording(models.Model):
    """通话录音. Sealed with SM4-GCM in a folder, under a key of the vault; ``sha256`` is of the sound before sealing."""

    call = models.OneToOneField(
        Call, models.PROTECT, related_name="recording", primary_key=True, verbose_name=_l("热线通话")
    )
    generation = models.PositiveIntegerField(_l("密钥代次"))
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField(_l("字节数"))
    seconds = models.FloatField(_l("时长（秒）"))
    kept_at = models.DateTimeField(_l("归档时间"))
    erased_at = models.DateTimeField(_l("删除时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("通话录音")
        triggers = [KEPT]

    def __str__(self) -> str:
        return str(self.pk)


class RecordingListen(models.Model):
    """录音调听记录. Who listened to what and why; append-only, on the ledger."""

    recording = models.ForeignKey(Recording, models.PROTECT, related_name="listens", verbose_name=_l("通话录音"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("调听人"))
    reason = models.CharField(_l("事由"), max_length=300)
    at = models.DateTimeField(_l("时间"))
    record = models.CharField(_l("存证编号"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _l("录音调听记录")
        ordering = ["-at", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.at:%Y-%m-%d}"


class AgentSeat(models.Model):
    """座席状态. What an agent does now; by it a process that died brings everybody back to their telephone."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="+", primary_key=True, verbose_name=_l("座席"))
    telephone = models.ForeignKey(
        Telephone, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("座席话机")
    )
    state = models.CharField(_l("状态"), max_length=10, choices=Seat)
    reason = models.ForeignKey(
        BreakReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("小休事由")
    )
    since = models.DateTimeField(_l("状态开始时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("座席状态")

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"


class AgentSpell(models.Model):
    """座席时段. One state of an agent from its beginning to its end; append-only."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("座席"))
    state = models.CharField(_l("状态"), max_length=10, choices=Seat)
    reason = models.ForeignKey(
        BreakReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("小休事由")
    )
    began_at = models.DateTimeField(_l("开始时间"))
    ended_at = models.DateTimeField(_l("结束时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("座席时段")
        ordering = ["began_at", "pk"]
        triggers = [APPEND_ONLY]
        indexes = [models.Index(name="hotline_spell_person", fields=["person", "-began_at"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
