"""Tables of the notices."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person


class Notice(models.Model):
    """通知。One sentence to one person; ``once`` keeps it from coming twice."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("人员"))
    kind = models.CharField(_l("类别"), max_length=40)
    title = models.CharField(_l("标题"), max_length=200)
    body = models.CharField(_l("内容"), max_length=500, blank=True)
    url = models.CharField(_l("页面"), max_length=200, blank=True)
    once = models.CharField(_l("来源"), max_length=120)
    sent_at = models.DateTimeField(_l("发送时间"))
    read_at = models.DateTimeField(_l("已读时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("通知")
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(name="notify_inbox", fields=["person", "-sent_at", "-id"]),
            models.Index(name="notify_unread", fields=["person"], condition=Q(read_at__isnull=True)),
            models.Index(name="notify_read_before", fields=["read_at"], condition=Q(read_at__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(name="notify_once", fields=["person", "once"])]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class Silence(models.Model):
    """免打扰。A person does not want notices of this kind; mandatory kinds come all the same."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_l("人员"))
    kind = models.CharField(_l("类别"), max_length=40)
    since = models.DateTimeField(_l("开始时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("免打扰")
        constraints = [models.UniqueConstraint(name="notify_silence_once", fields=["person", "kind"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
