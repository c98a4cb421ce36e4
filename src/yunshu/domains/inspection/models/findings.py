"""What was found. One row per ``fingerprint``: found again it is seen again, never doubled."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.inspection.choices import Check, FindingState, Origin, Severity
from yunshu.domains.inspection.models.common import APPEND_ONLY, KEPT
from yunshu.domains.inspection.models.registry import Account, Site

FOUND = pgtrigger.Trigger(
    name="found",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.number, NEW.fingerprint, NEW.kind, NEW.site_id, NEW.account_id, NEW.first_seen, NEW.origin)
            IS DISTINCT FROM (OLD.number, OLD.fingerprint, OLD.kind, OLD.site_id, OLD.account_id, OLD.first_seen, OLD.origin)
            OR NEW.last_seen < OLD.last_seen OR NEW.occurrences < OLD.occurrences
        THEN RAISE EXCEPTION 'what was found, where and when first cannot change'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class Finding(models.Model):
    """检查问题. A site's or an account's; ``org`` answers for it. ``detail`` is what the check says, by keys of its own."""

    number = models.CharField(_l("问题编号"), max_length=24, unique=True)
    fingerprint = models.CharField(_l("指纹"), max_length=64, unique=True)
    kind = models.CharField(_l("检查项"), max_length=24, choices=Check, db_index=True)
    severity = models.CharField(_l("严重程度"), max_length=8, choices=Severity)
    origin = models.CharField(_l("来源"), max_length=8, choices=Origin, default=Origin.MACHINE)
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_l("政府网站")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_l("新媒体账号")
    )
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("责任单位"))
    url = models.CharField(_l("网址"), max_length=2000, blank=True)
    place = models.CharField(_l("位置"), max_length=300, blank=True)
    words = models.CharField(_l("问题描述"), max_length=300)
    excerpt = models.TextField(_l("原文摘录"), blank=True)
    detail = models.JSONField(_l("明细"), default=dict, blank=True)
    confidence = models.DecimalField(_l("机器置信度"), max_digits=4, decimal_places=3, default=1)
    rule_version = models.CharField(_l("规则版本"), max_length=80, blank=True)
    first_seen = models.DateTimeField(_l("首次发现"))
    last_seen = models.DateTimeField(_l("最近发现"), db_index=True)
    gone_at = models.DateTimeField(_l("复查未再发现"), null=True, blank=True)
    occurrences = models.PositiveIntegerField(_l("发现次数"), default=1)
    reopened = models.PositiveSmallIntegerField(_l("复发次数"), default=0)
    state = models.CharField(_l("状态"), max_length=10, choices=FindingState, default=FindingState.NEW, db_index=True)
    reviewer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("复核人")
    )
    second = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("二次确认人")
    )
    confirmed_at = models.DateTimeField(_l("确认时间"), null=True, blank=True)
    waived_until = models.DateField(_l("豁免至"), null=True, blank=True)
    due_at = models.DateTimeField(_l("整改期限"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查问题")
        ordering = ["-last_seen", "-pk"]
        triggers = [KEPT, FOUND]
        constraints = [
            models.CheckConstraint(
                name="inspection_finding_one_target",
                condition=Q(site__isnull=False, account__isnull=True) | Q(site__isnull=True, account__isnull=False),
            ),
            models.CheckConstraint(name="inspection_finding_seen", condition=Q(last_seen__gte=F("first_seen"))),
            models.CheckConstraint(
                name="inspection_finding_confirmed",
                condition=Q(state__in=("new", "second", "false", "waived")) | Q(confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="inspection_finding_veto_by_two",
                condition=~Q(severity="veto")
                | Q(state__in=("new", "second", "false", "waived"))
                | (Q(reviewer__isnull=False) & Q(second__isnull=False) & ~Q(second=F("reviewer"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.words}"


class FindingStep(models.Model):
    """处理记录. Every step of a finding; append-only."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="steps", verbose_name=_l("检查问题"))
    verb = models.CharField(_l("动作"), max_length=16)
    source = models.CharField(_l("原状态"), max_length=10, blank=True)
    target = models.CharField(_l("新状态"), max_length=10)
    words = models.CharField(_l("说明"), max_length=500, blank=True)
    by = models.CharField(_l("办理人"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("人员"))
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("处理记录")
        ordering = ["at", "pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.verb}"


class Evidence(models.Model):
    """证据. A page as it was (WARC), a picture of it, a file: its digest goes to the ledger; append-only.

    ``path`` is below the evidence folder, ``offset`` a place in a WARC file.
    """

    class Kind(models.TextChoices):
        """证据形式."""

        WARC = "warc", _l("网页存档")
        PICTURE = "picture", _l("页面截图")
        FILE = "file", _l("附件")
        TEXT = "text", _l("文本")

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="evidence", verbose_name=_l("检查问题"))
    kind = models.CharField(_l("形式"), max_length=8, choices=Kind)
    path = models.CharField(_l("文件"), max_length=300, blank=True)
    offset = models.BigIntegerField(_l("位置"), default=0)
    sha256 = models.CharField(_l("摘要"), max_length=64)
    words = models.TextField(_l("文本"), blank=True)
    taken_at = models.DateTimeField(_l("取证时间"))
    record = models.CharField(_l("存证编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("证据")
        ordering = ["taken_at", "pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind}"
