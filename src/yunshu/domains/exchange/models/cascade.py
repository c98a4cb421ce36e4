"""The level above: the link, every message both ways, what was reported, what is owed, what each asks of the other."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import CaseKind, CaseState, DebtSide, Headings, MessageState, ReportState
from yunshu.domains.exchange.models.agreements import Agreement
from yunshu.domains.exchange.models.catalogue import Resource


class UpperLink(models.Model):
    """上级平台. The line to the level above: where it is, how far both sides are, what is wrong with it."""

    code = models.CharField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=100)
    address = models.CharField(_l("地址"), max_length=300)
    is_simulator = models.BooleanField(_l("模拟器"), default=False)
    fingerprint = models.CharField(_l("证件指纹"), max_length=60, blank=True)
    contract_version = models.CharField(_l("约定版本"), max_length=40, blank=True)
    sent = models.BigIntegerField(_l("已上报序号"), default=0)
    taken = models.BigIntegerField(_l("已接收序号"), default=0)
    last_contact_at = models.DateTimeField(_l("最近联通"), null=True, blank=True)
    trouble = models.CharField(_l("故障"), max_length=300, blank=True)
    trouble_at = models.DateTimeField(_l("故障时间"), null=True, blank=True)
    reconciled_at = models.DateTimeField(_l("最近对账"), null=True, blank=True)
    differences = models.JSONField(_l("对账差异"), default=list)

    class Meta:
        verbose_name = verbose_name_plural = _l("上级平台")
        constraints = [
            models.CheckConstraint(name="exchange_link_counts", condition=Q(sent__gte=0) & Q(taken__gte=0)),
        ]

    def __str__(self) -> str:
        return self.name


class CascadeMessage(models.Model):
    """级联报文. One message up or down; up it waits here, in the transaction of what it tells, until it is acknowledged."""

    link = models.ForeignKey(UpperLink, models.PROTECT, related_name="messages", verbose_name=_l("上级平台"))
    way = models.CharField(_l("方向"), max_length=4, choices=Headings)
    number = models.BigIntegerField(_l("序号"))
    uid = models.CharField(_l("报文编号"), max_length=64)
    kind = models.CharField(_l("种类"), max_length=40)
    subject = models.CharField(_l("事项编号"), max_length=40, blank=True)
    body = models.JSONField(_l("内容"), encoder=DjangoJSONEncoder)
    letter = models.TextField(_l("签名原文"), blank=True)
    state = models.CharField(_l("状态"), max_length=8, choices=MessageState)
    tries = models.PositiveIntegerField(_l("尝试次数"), default=0)
    next_at = models.DateTimeField(_l("下次尝试"), null=True, blank=True)
    trouble = models.CharField(_l("说明"), max_length=500, blank=True)
    made_at = models.DateTimeField(_l("时间"))
    ended_at = models.DateTimeField(_l("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("级联报文")
        ordering = ["-made_at", "-pk"]
        constraints = [models.UniqueConstraint(name="exchange_message_once", fields=["link", "way", "number"])]
        indexes = [
            models.Index(name="exchange_message_waiting", fields=["link", "number"], condition=Q(state="waiting")),
            models.Index(name="exchange_message_newest", fields=["-made_at", "-id"]),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="words_stay",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.link_id, NEW.way, NEW.number, NEW.uid, NEW.kind, NEW.subject, NEW.body, NEW.made_at)
                        IS DISTINCT FROM (OLD.link_id, OLD.way, OLD.number, OLD.uid, OLD.kind, OLD.subject, OLD.body,
                        OLD.made_at)
                    THEN RAISE EXCEPTION 'a message cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class EntryReport(models.Model):
    """目录上报. What the level above was told of an entry, and what it answered."""

    resource = models.OneToOneField(Resource, models.PROTECT, related_name="report", verbose_name=_l("信息资源"))
    version = models.PositiveIntegerField(_l("版次"))
    state = models.CharField(_l("状态"), max_length=8, choices=ReportState)
    upper_number = models.CharField(_l("上级编号"), max_length=60, blank=True)
    reason = models.CharField(_l("退回原因"), max_length=500, blank=True)
    reported_at = models.DateTimeField(_l("上报时间"))
    answered_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("目录上报")

    def __str__(self) -> str:
        return str(self.resource)


@pghistory.track()
class DataDebt(models.Model):
    """回流事项. Data that an upper level owes a lower one: the province the city, or the city a county."""

    number = models.CharField(_l("回流编号"), max_length=24, unique=True)
    side = models.CharField(_l("谁欠谁"), max_length=8, choices=DebtSide)
    creditor = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("需要单位"))
    supplier = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("落实单位"))
    name = models.CharField(_l("数据名称"), max_length=200)
    content = models.TextField(_l("信息项和范围"))
    basis = models.TextField(_l("依据"))
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="debts", verbose_name=_l("对应目录")
    )
    stage = models.CharField(_l("状态"), max_length=20)
    asked_by = models.CharField(_l("提出人"), max_length=80)
    asked_at = models.DateTimeField(_l("提出时间"))
    due_at = models.DateTimeField(_l("应回流时间"), null=True, blank=True)
    received_at = models.DateTimeField(_l("上级受理时间"), null=True, blank=True)
    answer = models.TextField(_l("答复意见"), blank=True)
    receipt = models.JSONField(_l("回流凭据"), default=dict)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("共享协议")
    )
    chased = models.PositiveSmallIntegerField(_l("催办次数"), default=0)
    chased_at = models.DateTimeField(_l("最近催办"), null=True, blank=True)
    ended_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("数据回流")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(name="exchange_debt_due", fields=["stage", "due_at"])]
        constraints = [
            models.CheckConstraint(
                name="exchange_debt_paid_has_proof",
                condition=~Q(stage="delivered") | ~Q(receipt={}) | Q(agreement__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class UpperTask(models.Model):
    """上级任务. What the level above wants of this one: assigned to a department, answered, accepted or sent back."""

    number = models.CharField(_l("任务编号"), max_length=24, unique=True)
    upper_number = models.CharField(_l("上级编号"), max_length=60, unique=True)
    title = models.CharField(_l("任务名称"), max_length=200)
    content = models.TextField(_l("任务要求"))
    due_on = models.DateField(_l("上级期限"), null=True, blank=True)
    org = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("承办单位"))
    stage = models.CharField(_l("状态"), max_length=20)
    answer = models.TextField(_l("答复内容"), blank=True)
    verdict = models.CharField(_l("上级意见"), max_length=500, blank=True)
    came_at = models.DateTimeField(_l("收到时间"))
    answered_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("上级任务")
        ordering = ["-came_at", "-pk"]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class UpperCase(models.Model):
    """报请上级. A request for the upper level's data, or a doubt about it, and what became of it there."""

    number = models.CharField(_l("报请编号"), max_length=24, unique=True)
    kind = models.CharField(_l("类别"), max_length=12, choices=CaseKind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("提出单位"))
    name = models.CharField(_l("数据名称"), max_length=200)
    content = models.TextField(_l("内容"))
    basis = models.TextField(_l("依据"))
    state = models.CharField(_l("状态"), max_length=10, choices=CaseState, default=CaseState.SENT)
    answer = models.TextField(_l("上级答复"), blank=True)
    made_by = models.CharField(_l("提出人"), max_length=80)
    made_at = models.DateTimeField(_l("提出时间"))
    ended_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("报请上级")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name
