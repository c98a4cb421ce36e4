"""What processes say of themselves, and since when a part is as it is. Machines write here; nobody's work stands in these tables."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Beat(models.Model):
    """心跳。A process on a host: when it began last, how often lately, when it was heard last."""

    process = models.CharField(_l("进程"), max_length=60)
    host = models.CharField(_l("主机"), max_length=120)
    pid = models.PositiveIntegerField(_l("进程号"))
    started_at = models.DateTimeField(_l("启动时间"))
    starts = models.JSONField(_l("最近几次启动"), default=list)
    beat_at = models.DateTimeField(_l("最近心跳"))
    ended_at = models.DateTimeField(_l("正常停止时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("心跳")
        constraints = [models.UniqueConstraint(fields=["process", "host"], name="observe_beat_once")]

    def __str__(self) -> str:
        return f"{self.process} {self.host}"


class Trouble(models.Model):
    """告警。A rule that holds: since when, and whether operators were told; deleted when it holds no more."""

    rule = models.CharField(_l("规则"), max_length=60)
    about = models.CharField(_l("对象"), max_length=200, blank=True)
    value = models.FloatField(_l("数值"))
    since = models.DateTimeField(_l("自"))
    told_at = models.DateTimeField(_l("通知时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("告警")
        constraints = [models.UniqueConstraint(fields=["rule", "about"], name="observe_trouble_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.about}"
