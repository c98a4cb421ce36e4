"""Who called. An ordinary caller is masked to the unit; a confidential one is sealed, and opened only for a reason that somebody else approved."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT, PART_APPEND_ONLY, PART_KEPT
from yunshu.domains.hotline.models.tickets import Ticket


@pghistory.track(exclude=["name", "phone", "email"])
class Contact(models.Model):
    """诉求人. Kept out of the trail, so that it can be erased for good. Empty where the caller is sealed or gave nothing."""

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="contact", primary_key=True, verbose_name=_l("工单")
    )
    name = models.CharField(_l("姓名"), max_length=60, blank=True)
    phone = models.CharField(_l("联系电话"), max_length=20, blank=True, db_index=True)
    email = models.CharField(_l("电子邮箱"), max_length=100, blank=True)
    shared_at = models.DateTimeField(_l("同意向承办单位公开的时间"), null=True, blank=True)
    erased_at = models.DateTimeField(_l("删除时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("诉求人")
        triggers = [PART_KEPT]

    def __str__(self) -> str:
        return str(self.pk)


class SealedIdentity(models.Model):
    """密封身份. SM4-GCM under a key of the vault, bound to its ticket's number; the table holds no word of it in the clear."""

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="sealed", primary_key=True, verbose_name=_l("工单")
    )
    generation = models.PositiveIntegerField(_l("密钥代次"))
    sealed = models.BinaryField(_l("密文"))
    sealed_at = models.DateTimeField(_l("密封时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("密封身份")
        triggers = [PART_APPEND_ONLY]

    def __str__(self) -> str:
        return str(self.pk)


@pghistory.track()
class Reveal(models.Model):
    """身份查看申请. Asked for a reason, answered by another person; open for a day."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="reveals", verbose_name=_l("工单"))
    reason = models.CharField(_l("事由"), max_length=300)
    asker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("申请人"))
    asked_at = models.DateTimeField(_l("申请时间"))
    state = models.CharField(_l("审批结果"), max_length=8, choices=Answer, default=Answer.OPEN)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("审批人")
    )
    answered_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    words = models.CharField(_l("审批意见"), max_length=300, blank=True)
    open_until = models.DateTimeField(_l("查看期限"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("身份查看申请")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="hotline_reveal_two_people", condition=Q(approver__isnull=True) | ~Q(approver=F("asker"))
            ),
            models.CheckConstraint(
                name="hotline_reveal_granted",
                condition=~Q(state="granted") | Q(approver__isnull=False, open_until__isnull=False),
            ),
            models.UniqueConstraint(
                name="hotline_reveal_asked_once", fields=["ticket", "asker"], condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.state}"


class RevealLook(models.Model):
    """身份查看记录. Each opening of a sealed identity; append-only, on the ledger."""

    reveal = models.ForeignKey(Reveal, models.PROTECT, related_name="looks", verbose_name=_l("身份查看申请"))
    at = models.DateTimeField(_l("时间"))
    actor = models.CharField(_l("查看人"), max_length=120)
    record = models.CharField(_l("存证编号"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _l("身份查看记录")
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.actor} {self.at:%Y-%m-%d}"
