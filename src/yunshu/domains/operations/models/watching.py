"""What the probers found: the condition of each target now, how it changed, who looks, and the digests of what was seen."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.operations.choices import Condition
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.models.targets import Target


class Status(models.Model):
    """运行状态. What is known of a target now; written by the probers' process when it changes, never by people."""

    target = models.OneToOneField(
        Target, models.CASCADE, primary_key=True, related_name="status", verbose_name=_l("对象")
    )
    condition = models.CharField(_l("状态"), max_length=14, choices=Condition)
    since = models.DateTimeField(_l("开始时间"))
    error = models.CharField(_l("原因代码"), max_length=200, blank=True)
    cause = models.ForeignKey(
        Target, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_l("根源对象")
    )
    judged_at = models.DateTimeField(_l("判定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("运行状态")
        indexes = [models.Index(fields=["condition", "since"], name="operations_status_condition")]

    def __str__(self) -> str:
        return f"{self.target} {self.get_condition_display()}"


class StatusChange(models.Model):
    """状态变化. One change of a target's condition or of its root cause, as it was told to others. Append-only."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="changes", verbose_name=_l("对象"))
    was = models.CharField(_l("原状态"), max_length=14, choices=Condition, blank=True)
    condition = models.CharField(_l("状态"), max_length=14, choices=Condition)
    since = models.DateTimeField(_l("开始时间"))
    at = models.DateTimeField(_l("判定时间"), db_index=True)
    error = models.CharField(_l("原因代码"), max_length=200, blank=True)
    cause = models.CharField(_l("根源对象"), max_length=24, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("状态变化")
        ordering = ["-at", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.target} {self.get_condition_display()}"


@pghistory.track(exclude=["seen_at", "health"])
class Vantage(models.Model):
    """探测点. A place that probes look from; ``key`` is the digest of the secret by which it delivers samples."""

    name = models.SlugField(_l("代码"), max_length=40, unique=True)
    title = models.CharField(_l("名称"), max_length=80)
    key = models.CharField(_l("密钥摘要"), max_length=64, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_l("范围标签"),
        default=list,
        blank=True,
        help_text=_l("只探测带其中任一标签的对象；不填则探测全部（本平台组件除外）。"),
    )
    is_active = models.BooleanField(_l("启用"), default=True)
    seen_at = models.DateTimeField(_l("最近报到"), null=True, blank=True)
    health = models.JSONField(_l("自检"), default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("探测点")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.title or self.name


class Heartbeat(models.Model):
    """心跳. When a target that reports by itself was last heard."""

    target = models.OneToOneField(
        Target, models.CASCADE, primary_key=True, related_name="heartbeat", verbose_name=_l("对象")
    )
    at = models.DateTimeField(_l("收到时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("心跳")

    def __str__(self) -> str:
        return f"{self.target} {self.at:%F %T}"


class SampleSeal(models.Model):
    """监测日档. One sealed file of a day's samples with its digests, as recorded on the ledger. Append-only."""

    class Kind(models.TextChoices):
        """What the file holds."""

        RUNS = "runs", _l("区间档（长期）")
        RAW = "raw", _l("原始样本")

    day = models.DateField(_l("日期"), db_index=True)
    kind = models.CharField(_l("类别"), max_length=4, choices=Kind)
    shard = models.PositiveSmallIntegerField(_l("分片"))
    generation = models.PositiveIntegerField(_l("代次"))
    file = models.CharField(_l("文件"), max_length=120)
    size = models.BigIntegerField(_l("字节数"))
    targets = models.PositiveIntegerField(_l("对象数"))
    samples = models.BigIntegerField(_l("样本数"))
    sm3 = models.CharField("SM3", max_length=64)
    sha256 = models.CharField("SHA-256", max_length=64)
    replaces = models.CharField(_l("取代的文件（SHA-256）"), max_length=64, blank=True)
    record = models.CharField(_l("存证编号"), max_length=40)
    sealed_at = models.DateTimeField(_l("封存时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("监测日档")
        ordering = ["-day", "kind", "shard", "-generation"]
        constraints = [
            models.UniqueConstraint(name="operations_seal_once", fields=["day", "kind", "shard", "generation"]),
            models.CheckConstraint(
                name="operations_seal_digests", condition=Q(sm3__regex="^[0-9a-f]{64}$", sha256__regex="^[0-9a-f]{64}$")
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.shard}.{self.generation}"
