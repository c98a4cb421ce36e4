"""What a citizen sent once stays one ticket, however often it arrives."""

from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.models.tickets import Ticket


class Submission(models.Model):
    """提交凭据. The digest of one page and what was written on it; forgotten after a day, when nobody sends it again."""

    key = models.CharField(_l("凭据摘要"), max_length=64, unique=True)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", verbose_name=_l("工单"))
    at = models.DateTimeField(_l("提交时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("提交凭据")

    def __str__(self) -> str:
        return self.key[:12]
