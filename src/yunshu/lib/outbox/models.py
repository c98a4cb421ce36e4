"""Facts to tell, facts handled, facts that could not be handled. The first is append-only by trigger."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l


class OutboxEntry(models.Model):
    """事实。One fact; only ``published_at`` is ever filled in, once (trigger ``outbox_entry_is_kept``)."""

    subject = models.CharField(_l("主题"), max_length=120)
    payload = models.JSONField(_l("内容"))
    occurred_at = models.DateTimeField(_l("发生时间"))
    request_id = models.CharField(_l("请求编号"), max_length=40, blank=True)
    published_at = models.DateTimeField(_l("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("事实")
        indexes = [
            models.Index(fields=["id"], name="outbox_unpublished", condition=Q(published_at__isnull=True)),
            models.Index(fields=["published_at"], name="outbox_published", condition=Q(published_at__isnull=False)),
            models.Index(
                fields=["request_id"],
                name="outbox_request",
                opclasses=["varchar_pattern_ops"],
                condition=~Q(request_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.subject}"


class HandledEvent(models.Model):
    """已处理。This listener has handled this fact; written in the transaction of what it did."""

    handler = models.CharField(_l("处理者"), max_length=120)
    event_id = models.BigIntegerField(_l("事实编号"))
    handled_at = models.DateTimeField(_l("处理时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("已处理")
        constraints = [models.UniqueConstraint(fields=["handler", "event_id"], name="outbox_handled_once")]
        indexes = [models.Index(fields=["event_id"], name="outbox_handled_of")]

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id}"


class DeadLetter(models.Model):
    """处理失败。A fact that a listener failed on: tried again until ``given_up_at``, then waiting for a person."""

    handler = models.CharField(_l("处理者"), max_length=120)
    event_id = models.BigIntegerField(_l("事实编号"))
    subject = models.CharField(_l("主题"), max_length=120)
    payload = models.JSONField(_l("内容"))
    failures = models.PositiveIntegerField(_l("失败次数"), default=0)
    error = models.TextField(_l("错误"))
    failed_at = models.DateTimeField(_l("最近失败时间"))
    given_up_at = models.DateTimeField(_l("停止重试时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("处理失败")
        constraints = [models.UniqueConstraint(fields=["handler", "event_id"], name="outbox_dead_letter_once")]

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id} ×{self.failures}"
