"""Nodes, the way an agreement's data takes between them, and each delivery with its steps, orders, reports and receipt."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import DeliveryState, Modes, NodeState, Suites
from yunshu.domains.exchange.models.agreements import Agreement
from yunshu.domains.exchange.models.common import APPEND_ONLY


@pghistory.track(exclude=["health", "last_seen_at", "program_version"])
class Node(models.Model):
    """前置节点. A program beside a department's database; ``card`` is what it showed of itself, compared by fingerprint."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("所属单位"))
    name = models.CharField(_l("节点名称"), max_length=64)
    card = models.TextField(_l("节点证件"))
    fingerprint = models.CharField(_l("指纹"), max_length=60)
    state = models.CharField(_l("状态"), max_length=10, choices=NodeState, default=NodeState.ACTIVE)
    state_reason = models.CharField(_l("状态说明"), max_length=500, blank=True)
    enrolled_by = models.CharField(_l("登记人"), max_length=80)
    enrolled_at = models.DateTimeField(_l("登记时间"))
    last_seen_at = models.DateTimeField(_l("最近在线"), null=True, blank=True)
    program_version = models.CharField(_l("程序版本"), max_length=40, blank=True)
    health = models.JSONField(_l("运行状况"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = verbose_name_plural = _l("前置节点")
        ordering = ["org__order", "name"]
        constraints = [models.UniqueConstraint(name="exchange_node_once", fields=["org", "name"])]

    def __str__(self) -> str:
        return f"{self.org.short_name or self.org.name} · {self.name}"


@pghistory.track()
class Route(models.Model):
    """交付设置. From which node and table to which an agreement's data goes; each side sets its own end."""

    agreement = models.OneToOneField(Agreement, models.PROTECT, related_name="route", verbose_name=_l("共享协议"))
    source_node = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("来源节点")
    )
    source_database = models.CharField(_l("来源库别名"), max_length=40, default="main")
    source_table = models.CharField(_l("来源表"), max_length=130, blank=True)
    target_node = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("目标节点")
    )
    target_database = models.CharField(_l("目标库别名"), max_length=40, default="main")
    target_table = models.CharField(_l("目标表"), max_length=63, blank=True)
    mode = models.CharField(_l("写入方式"), max_length=8, choices=Modes, default=Modes.SWAP)
    watermark = models.CharField(_l("增量字段"), max_length=63, blank=True)
    suite = models.CharField(_l("加密套件"), max_length=30, choices=Suites, default=Suites.SM4)
    is_active = models.BooleanField(_l("按周期自动交付"), default=True)
    next_at = models.DateTimeField(_l("下次交付"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_l("连续失败次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("交付设置")
        indexes = [models.Index(name="exchange_route_due", fields=["next_at"], condition=Q(is_active=True))]

    def __str__(self) -> str:
        return self.agreement.number


@pghistory.track(exclude=["progress"])
class Delivery(models.Model):
    """交付. One transfer under an agreement, from order to receipt; what has ended stays as it is."""

    number = models.CharField(_l("交付编号"), max_length=24, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="deliveries", verbose_name=_l("共享协议"))
    source_node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_l("来源节点"))
    target_node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_l("目标节点"))
    spec = models.JSONField(_l("任务内容"), encoder=DjangoJSONEncoder)
    is_whole = models.BooleanField(_l("全量"), default=True)
    state = models.CharField(_l("状态"), max_length=10, choices=DeliveryState, default=DeliveryState.RUNNING)
    ordered_by = models.CharField(_l("发起人"), max_length=80)
    ordered_at = models.DateTimeField(_l("发起时间"))
    ended_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)
    progress = models.JSONField(_l("进度"), default=dict)
    rows = models.BigIntegerField(_l("行数"), null=True, blank=True)
    quarantined = models.BigIntegerField(_l("隔离行数"), null=True, blank=True)
    size_bytes = models.BigIntegerField(_l("字节数"), null=True, blank=True)
    chunks = models.PositiveIntegerField(_l("数据块数"), null=True, blank=True)
    differences = models.JSONField(_l("与目录的差异"), default=list)
    receipt = models.JSONField(_l("对账回执"), null=True, blank=True)
    record = models.CharField(_l("存证编号"), max_length=40, blank=True)
    failure_code = models.CharField(_l("失败代码"), max_length=60, blank=True)
    failure = models.TextField(_l("失败说明"), blank=True)
    stream_closed = models.BooleanField(_l("通道已清理"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _l("交付")
        ordering = ["-ordered_at", "-pk"]
        indexes = [
            models.Index(name="exchange_delivery_newest", fields=["-ordered_at", "-id"]),
            models.Index(name="exchange_delivery_open", fields=["state"], condition=Q(stream_closed=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="exchange_one_delivery_at_a_time", fields=["agreement"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="exchange_delivery_done_has_receipt",
                condition=~Q(state="done") | Q(receipt__isnull=False, rows__isnull=False),
            ),
            models.CheckConstraint(
                name="exchange_delivery_times",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("ordered_at")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="ended_stays",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.ended_at IS NOT NULL AND (NEW.state, NEW.rows, NEW.quarantined, NEW.size_bytes, NEW.chunks,
                        NEW.receipt, NEW.record, NEW.ended_at, NEW.failure_code, NEW.agreement_id, NEW.number)
                        IS DISTINCT FROM (OLD.state, OLD.rows, OLD.quarantined, OLD.size_bytes, OLD.chunks,
                        OLD.receipt, OLD.record, OLD.ended_at, OLD.failure_code, OLD.agreement_id, OLD.number)
                    THEN RAISE EXCEPTION 'a delivery that has ended cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryStep(models.Model):
    """交付过程. One thing that happened in a delivery; append-only by trigger."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="steps", verbose_name=_l("交付"))
    code = models.CharField(_l("事项"), max_length=40)
    words = models.JSONField(_l("内容"), default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("交付过程")
        ordering = ["at", "pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.code


class NodeOrder(models.Model):
    """节点指令. What a node is to do; signed and sent by the hub's process, in the order of ``id``."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_l("前置节点"))
    order = models.CharField(_l("指令编号"), max_length=32, unique=True)
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_l("交付")
    )
    verb = models.CharField(_l("动作"), max_length=10)
    words = models.JSONField(_l("内容"))
    made_at = models.DateTimeField(_l("时间"))
    sent_at = models.DateTimeField(_l("发出时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("节点指令")
        ordering = ["pk"]
        indexes = [models.Index(name="exchange_order_waiting", fields=["id"], condition=Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.verb} {self.order}"


class NodeReport(models.Model):
    """节点报告. What a node said and signed, once; append-only by trigger. Its health is not kept here."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_l("前置节点"))
    report = models.CharField(_l("报告编号"), max_length=32, unique=True)
    news = models.CharField(_l("内容类别"), max_length=10)
    order = models.CharField(_l("指令编号"), max_length=32, blank=True)
    letter = models.TextField(_l("签名原文"))
    heard_at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("节点报告")
        ordering = ["pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.news} {self.report}"
