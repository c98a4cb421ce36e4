"""Query interfaces: what can be asked, which programs ask, how often they may, who consented, and every call."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import InterfaceKind
from yunshu.domains.exchange.models.agreements import Agreement
from yunshu.domains.exchange.models.catalogue import Resource
from yunshu.domains.exchange.models.common import APPEND_ONLY
from yunshu.domains.exchange.models.deliveries import Node


@pghistory.track()
class Interface(models.Model):
    """查询接口. How a resource is asked row by row: through which node, of which table or service, by which items."""

    resource = models.OneToOneField(Resource, models.PROTECT, related_name="interface", verbose_name=_l("信息资源"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_l("来源节点"))
    kind = models.CharField(_l("来源"), max_length=8, choices=InterfaceKind, default=InterfaceKind.TABLE)
    database = models.CharField(_l("来源库别名"), max_length=40, default="main", blank=True)
    table = models.CharField(_l("来源表"), max_length=130, blank=True)
    service = models.CharField(_l("服务名称"), max_length=40, blank=True)
    lookup = ArrayField(models.CharField(max_length=63), verbose_name=_l("查询条件"), size=4)
    most_rows = models.PositiveSmallIntegerField(_l("每次最多行数"), default=10)
    is_view = models.BooleanField(_l("可以按页列出"), default=False)
    needs_consent = models.BooleanField(_l("须当事人同意"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)
    set_by = models.CharField(_l("设置人"), max_length=80)
    set_at = models.DateTimeField(_l("设置时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("查询接口")
        constraints = [
            models.CheckConstraint(
                name="exchange_interface_source",
                condition=Q(kind="table", table__gt="") | Q(kind="service", service__gt=""),
            ),
            models.CheckConstraint(
                name="exchange_view_of_table", condition=Q(is_view=False) | Q(kind="table", needs_consent=False)
            ),
            models.CheckConstraint(name="exchange_interface_rows", condition=Q(most_rows__gte=1, most_rows__lte=1000)),
        ]

    def __str__(self) -> str:
        return self.resource.name


@pghistory.track(exclude=["last_used_at"])
class Client(models.Model):
    """调用方应用. A program of a consumer that asks under its agreements; it proves itself by secret or by SM2 key."""

    number = models.CharField(_l("应用编号"), max_length=24, unique=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("使用方"))
    name = models.CharField(_l("应用名称"), max_length=80)
    secret_hash = models.CharField(_l("密钥摘要"), max_length=200)
    sm2_key = models.CharField(_l("SM2 公钥"), max_length=130, blank=True)
    networks = ArrayField(
        models.CharField(max_length=43), verbose_name=_l("允许的地址"), default=list, blank=True, size=20
    )
    per_second = models.PositiveSmallIntegerField(_l("每秒次数"), default=20)
    per_day = models.PositiveIntegerField(_l("每日次数"), default=10_000)
    is_active = models.BooleanField(_l("启用"), default=True)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))
    secret_at = models.DateTimeField(_l("密钥更换时间"))
    last_used_at = models.DateTimeField(_l("最近调用"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("调用方应用")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name}（{self.number}）"


class Allowance(models.Model):
    """调用额度. What a client may still ask now and today: a bucket that fills, a count that begins anew each day."""

    client = models.OneToOneField(Client, models.CASCADE, related_name="allowance", verbose_name=_l("调用方应用"))
    tokens = models.FloatField(_l("剩余次数"))
    filled_at = models.DateTimeField(_l("计算时间"))
    day = models.DateField(_l("日期"))
    used = models.PositiveIntegerField(_l("当日次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("调用额度")

    def __str__(self) -> str:
        return f"{self.day}：{self.used}"


class Nonce(models.Model):
    """随机串. One that a signed request used, kept while its time stamp is good: nothing signed counts twice."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_l("调用方应用"))
    text = models.CharField(_l("随机串"), max_length=64)
    at = models.DateTimeField(_l("时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("随机串")
        constraints = [models.UniqueConstraint(name="exchange_nonce_once", fields=["client", "text"])]

    def __str__(self) -> str:
        return self.text


@pghistory.track()
class Consent(models.Model):
    """授权同意. A citizen's or company's consent to be asked about; ``subject`` is a keyed hash, never the number itself."""

    number = models.CharField(_l("同意编号"), max_length=24, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="consents", verbose_name=_l("共享协议"))
    subject = models.CharField(_l("当事人"), max_length=64)
    purpose = models.CharField(_l("用途"), max_length=200)
    means = models.CharField(_l("同意方式"), max_length=200)
    given_at = models.DateTimeField(_l("同意时间"))
    ends_at = models.DateTimeField(_l("有效期止"))
    withdrawn_at = models.DateTimeField(_l("撤回时间"), null=True, blank=True)
    recorded_by = models.CharField(_l("登记人"), max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = _l("授权同意")
        ordering = ["-given_at", "-pk"]
        indexes = [models.Index(name="exchange_consent_subject", fields=["agreement", "subject"])]
        constraints = [
            models.CheckConstraint(name="exchange_consent_ends", condition=Q(ends_at__gt=F("given_at"))),
        ]

    def __str__(self) -> str:
        return self.number


class Call(models.Model):
    """调用记录. One question: who asked, for what, how it ended. What was asked and answered stands as digests only."""

    question = models.CharField(_l("调用编号"), max_length=32, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="calls", verbose_name=_l("共享协议"))
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_l("调用方应用")
    )
    operator = models.CharField(_l("操作人"), max_length=120)
    purpose = models.CharField(_l("用途"), max_length=200)
    subject = models.CharField(_l("查询对象"), max_length=64)
    consent = models.ForeignKey(
        Consent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("授权同意")
    )
    rows = models.PositiveSmallIntegerField(_l("行数"), default=0)
    code = models.CharField(_l("结果"), max_length=60, blank=True)
    took_ms = models.PositiveIntegerField(_l("用时（毫秒）"))
    digest = models.CharField(_l("答复摘要值"), max_length=64, blank=True)
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("调用记录")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(name="exchange_call_agreement", fields=["agreement", "-at"]),
            models.Index(name="exchange_call_subject", fields=["subject"]),
            models.Index(name="exchange_call_newest", fields=["-at", "-id"]),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.question


class CallBatch(models.Model):
    """调用存证批次. The calls from ``first`` to ``last`` by their row number, whose digest is on the ledger."""

    first = models.BigIntegerField(_l("起"))
    last = models.BigIntegerField(_l("止"), unique=True)
    count = models.PositiveIntegerField(_l("条数"))
    digest = models.CharField(_l("摘要值"), max_length=64)
    record = models.CharField(_l("存证编号"), max_length=40)
    made_at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("调用存证批次")
        ordering = ["last"]
        constraints = [models.CheckConstraint(name="exchange_batch_order", condition=Q(last__gte=F("first")))]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"
