"""What citizens report: 找错. How to reach them is kept apart from the trail, so that it can be erased for good."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices_findings import PageFault, ReportState
from yunshu.domains.inspection.models.common import KEPT
from yunshu.domains.inspection.models.findings import Finding
from yunshu.domains.inspection.models.registry import Site


@pghistory.track(exclude=["contact"])
class PageReport(models.Model):
    """网民找错. ``number`` is what its reporter looks up the answer by; ``contact`` is erased some time after the answer."""

    number = models.CharField(_l("找错编号"), max_length=24, unique=True)
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_l("政府网站")
    )
    url = models.CharField(_l("网址"), max_length=2000)
    kind = models.CharField(_l("错误类别"), max_length=12, choices=PageFault)
    words = models.TextField(_l("错误描述"))
    contact = models.CharField(_l("联系方式"), max_length=80, blank=True)
    contact_erased_at = models.DateTimeField(_l("联系方式删除时间"), null=True, blank=True)
    received_at = models.DateTimeField(_l("收到时间"))
    accept_due_at = models.DateTimeField(_l("受理时限"))
    reply_due_at = models.DateTimeField(_l("答复时限"))
    accepted_at = models.DateTimeField(_l("受理时间"), null=True, blank=True)
    replied_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)
    state = models.CharField(
        _l("状态"), max_length=10, choices=ReportState, default=ReportState.RECEIVED, db_index=True
    )
    reply = models.TextField(_l("答复内容"), blank=True)
    handled_by = models.CharField(_l("办理人"), max_length=80, blank=True)
    finding = models.ForeignKey(
        Finding, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_l("检查问题")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("网民找错")
        ordering = ["-received_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="inspection_report_answered",
                condition=~Q(state__in=("answered", "declined")) | (Q(replied_at__isnull=False) & ~Q(reply="")),
            ),
            models.CheckConstraint(
                name="inspection_report_accepted",
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False, finding__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
