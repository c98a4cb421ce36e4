"""The line to the province's hotline, and what came by mail or from a person known to another platform."""

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.choices import Channel, LetterState, MailOutcome, Side, Way
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT
from yunshu.domains.hotline.models.tickets import Ticket

WORDS_STAY = pgtrigger.Trigger(
    name="words_stay",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.way, NEW.source, NEW.stream, NEW.kind, NEW.body, NEW.made_at)
            IS DISTINCT FROM (OLD.way, OLD.source, OLD.stream, OLD.kind, OLD.body, OLD.made_at)
        THEN RAISE EXCEPTION 'a letter cannot change'; END IF;
        RETURN NEW;
    """,
)


class ProvinceLine(models.Model):
    """省平台连接. Where the province's platform is, how far it was read, what is wrong, what the last reconciliation found."""

    code = models.CharField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=100)
    address = models.CharField(_l("地址"), max_length=300)
    is_simulator = models.BooleanField(_l("模拟器"), default=False)
    contract_version = models.CharField(_l("约定版本"), max_length=40, blank=True)
    taken = models.BigIntegerField(_l("已接收序号"), default=0)
    last_contact_at = models.DateTimeField(_l("最近联通"), null=True, blank=True)
    trouble = models.CharField(_l("故障"), max_length=300, blank=True)
    trouble_at = models.DateTimeField(_l("故障时间"), null=True, blank=True)
    reconciled_at = models.DateTimeField(_l("最近对账"), null=True, blank=True)
    counts = models.JSONField(_l("对账数目"), default=dict)
    differences = models.JSONField(_l("对账差异"), default=list)

    class Meta:
        verbose_name = verbose_name_plural = _l("省平台连接")

    def __str__(self) -> str:
        return self.name


class ProvinceTicket(models.Model):
    """省平台工单. What ties a ticket to the province's: its number there, its limit, how far each side has told the other."""

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="province", primary_key=True, verbose_name=_l("工单")
    )
    side = models.CharField(_l("方向"), max_length=4, choices=Side)
    upper_number = models.CharField(_l("省工单号"), max_length=60, unique=True, null=True, blank=True)
    due_at = models.DateTimeField(_l("省办理时限"), null=True, blank=True)
    taken = models.PositiveIntegerField(_l("已接收版次"), default=0)
    joined_at = models.DateTimeField(_l("关联时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("省平台工单")
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="hotline_province_numbered", condition=Q(side="up") | Q(upper_number__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.upper_number or str(self.pk)


class ProvinceLetter(models.Model):
    """省平台报文. One letter of one ticket, up or down; up it waits here, in the transaction of what it tells.

    Names no caller in the clear: ``sealed`` holds them while a letter from above that could not be taken waits for a person.
    """

    way = models.CharField(_l("方向"), max_length=4, choices=Way)
    source = models.CharField(_l("来源"), max_length=40)
    stream = models.CharField(_l("来源单号"), max_length=60)
    version = models.PositiveIntegerField(_l("版次"))
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_l("工单")
    )
    uid = models.CharField(_l("报文编号"), max_length=64)
    kind = models.CharField(_l("种类"), max_length=40)
    body = models.JSONField(_l("内容"), encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("报文摘要"), max_length=64, blank=True)
    generation = models.PositiveIntegerField(_l("密钥代次"), default=0)
    sealed = models.BinaryField(_l("密封的诉求人"), blank=True, default=b"")
    state = models.CharField(_l("状态"), max_length=8, choices=LetterState)
    tries = models.PositiveIntegerField(_l("尝试次数"), default=0)
    next_at = models.DateTimeField(_l("下次尝试"), null=True, blank=True)
    trouble = models.CharField(_l("说明"), max_length=500, blank=True)
    made_at = models.DateTimeField(_l("时间"))
    ended_at = models.DateTimeField(_l("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("省平台报文")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="hotline_letter_once", fields=["way", "source", "stream", "version"]),
            models.CheckConstraint(
                name="hotline_letter_ended", condition=Q(state="waiting") ^ Q(ended_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="hotline_letter_waiting", fields=["stream", "version"], condition=Q(state="waiting")),
            models.Index(name="hotline_letter_newest", fields=["-made_at", "-id"]),
        ]
        triggers = [KEPT, WORDS_STAY]

    def __str__(self) -> str:
        return f"{self.kind} {self.stream} {self.version}"


class ChannelBinding(models.Model):
    """渠道用户工单. Whose a ticket is on another platform; of the person only a keyed digest of their number there is kept."""

    channel = models.CharField(_l("来源渠道"), max_length=10, choices=Channel)
    subject = models.CharField(_l("用户摘要"), max_length=64)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="bindings", verbose_name=_l("工单"))
    bound_at = models.DateTimeField(_l("关联时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("渠道用户工单")
        ordering = ["-bound_at", "-pk"]
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="hotline_binding_once", fields=["channel", "subject", "ticket"])]
        indexes = [models.Index(name="hotline_binding_subject", fields=["channel", "subject", "-bound_at"])]

    def __str__(self) -> str:
        return f"{self.channel} {self.ticket_id}"


class ReceivedMail(models.Model):
    """收到的邮件. Each message once, by the digest of its Message-ID; what became of it, in words."""

    message = models.CharField(_l("邮件摘要"), max_length=64, unique=True)
    outcome = models.CharField(_l("处理结果"), max_length=8, choices=MailOutcome)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_l("工单")
    )
    words = models.CharField(_l("说明"), max_length=300, blank=True)
    received_at = models.DateTimeField(_l("收到时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("收到的邮件")
        ordering = ["-received_at", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.outcome} {self.received_at:%Y-%m-%d}"
