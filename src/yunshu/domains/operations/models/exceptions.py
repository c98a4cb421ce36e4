"""What stands against a campaign's end: exceptions, what does not work with the new machines; and the claim that all is done."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.operations.models.assets import KEPT
from yunshu.domains.operations.models.campaign import Campaign, CampaignUnit
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.models.terminals import Terminal

_UNCLAIMED = """
    PERFORM 1 FROM operations_campaign c JOIN operations_campaignunit u ON u.campaign_id = c.id
        WHERE u.id = NEW.unit_id FOR UPDATE OF c;
    IF EXISTS (SELECT 1 FROM operations_claim k JOIN operations_campaignunit u ON u.campaign_id = k.campaign_id
        WHERE u.id = NEW.unit_id)
    THEN RAISE EXCEPTION 'the campaign is claimed as complete'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_exception_unclaimed';
    END IF;
    RETURN NEW;
"""
_ALL_DONE = """
    PERFORM 1 FROM operations_campaign WHERE id = NEW.campaign_id FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM operations_campaign WHERE id = NEW.campaign_id AND frozen_at IS NOT NULL)
       OR NOT EXISTS (SELECT 1 FROM operations_campaignunit WHERE campaign_id = NEW.campaign_id)
    THEN fault := 'has no frozen base';
    ELSIF EXISTS (SELECT 1 FROM operations_replacementexception e JOIN operations_campaignunit u ON u.id = e.unit_id
        WHERE u.campaign_id = NEW.campaign_id AND e.closed_at IS NULL AND e.decision <> 'refused')
    THEN fault := 'has an open exception';
    ELSIF EXISTS (SELECT 1 FROM operations_campaignunit u WHERE u.campaign_id = NEW.campaign_id AND (
        SELECT count(*) = 0 OR count(*) < coalesce(u.announced, 0)
          FROM operations_terminal t WHERE t.unit_id = u.id AND t.until IS NULL))
    THEN fault := 'has a unit whose terminals are not listed';
    ELSIF EXISTS (SELECT 1 FROM operations_terminal t JOIN operations_campaignunit u ON u.id = t.unit_id
        WHERE u.campaign_id = NEW.campaign_id AND t.until IS NULL
          AND t.state NOT IN ('signed', 'recovered', 'erased', 'disposed'))
    THEN fault := 'has a terminal that is not signed for';
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'the campaign %', fault
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_claim_all_done';
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class ReplacementException(models.Model):
    """替代例外. A terminal (or a whole unit) that keeps the old machine for a time; open from the request until it is closed."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _l("已批准")
        REFUSED = "refused", _l("未批准")

    number = models.CharField(_l("例外编号"), max_length=24, unique=True)
    unit = models.ForeignKey(CampaignUnit, models.PROTECT, related_name="exceptions", verbose_name=_l("替代单位"))
    terminal = models.ForeignKey(
        Terminal, models.PROTECT, null=True, blank=True, related_name="exceptions", verbose_name=_l("替代终端")
    )
    reason = models.CharField(_l("理由"), max_length=500)
    expires_on = models.DateField(_l("到期日期"))
    requested_by = models.CharField(_l("申请人"), max_length=80)
    requester = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("申请人员"))
    requested_at = models.DateTimeField(_l("申请时间"))
    decision = models.CharField(_l("审批结果"), max_length=10, choices=Decision, blank=True)
    decided_by = models.CharField(_l("审批人"), max_length=80, blank=True)
    decider = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("审批人员"))
    decided_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    closed_by = models.CharField(_l("销案人"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_l("销案时间"), null=True, blank=True)
    closing = models.CharField(_l("销案说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("替代例外")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="operations_exception_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="operations_exception_decided_whole",
                condition=Q(decision="", decided_at__isnull=True)
                | (Q(decided_at__isnull=False) & ~Q(decision="") & ~Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="operations_exception_closed_whole",
                condition=Q(closed_at__isnull=True) | (Q(decision="approved") & ~Q(closed_by="") & ~Q(closing="")),
            ),
            models.CheckConstraint(
                name="operations_exception_two_people",
                condition=Q(requester__isnull=True) | Q(decider__isnull=True) | ~Q(requester=F("decider")),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(name="unclaimed", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_UNCLAIMED),
            pgtrigger.Trigger(
                name="stays_decided",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (OLD.decided_at IS NOT NULL AND (NEW.decision, NEW.decided_by, NEW.decider_id, NEW.decided_at)
                            IS DISTINCT FROM (OLD.decision, OLD.decided_by, OLD.decider_id, OLD.decided_at))
                       OR OLD.closed_at IS NOT NULL
                       OR (NEW.number, NEW.unit_id, NEW.terminal_id, NEW.reason, NEW.expires_on, NEW.requester_id,
                           NEW.requested_at) IS DISTINCT FROM
                          (OLD.number, OLD.unit_id, OLD.terminal_id, OLD.reason, OLD.expires_on, OLD.requester_id,
                           OLD.requested_at)
                    THEN RAISE EXCEPTION 'an exception is decided once and closed once'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_exception_stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Compatibility(models.Model):
    """兼容清单. What a unit works with (printer, driver, application) and whether it works on the new machines."""

    class Kind(models.TextChoices):
        PRINTER = "printer", _l("打印机")
        DRIVER = "driver", _l("驱动程序")
        APPLICATION = "application", _l("应用软件")
        DEVICE = "device", _l("其他外设")

    class Result(models.TextChoices):
        UNKNOWN = "unknown", _l("未测试")
        WORKS = "works", _l("兼容")
        WORKAROUND = "workaround", _l("变通可用")
        FAILS = "fails", _l("不兼容")

    unit = models.ForeignKey(CampaignUnit, models.PROTECT, related_name="compatibility", verbose_name=_l("替代单位"))
    kind = models.CharField(_l("类别"), max_length=12, choices=Kind)
    name = models.CharField(_l("名称"), max_length=80)
    version = models.CharField(_l("版本"), max_length=40, blank=True)
    result = models.CharField(_l("测试结果"), max_length=12, choices=Result, default=Result.UNKNOWN)
    note = models.CharField(_l("说明"), max_length=300, blank=True)
    checked_by = models.CharField(_l("测试人"), max_length=80, blank=True)
    checked_at = models.DateTimeField(_l("测试时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("兼容清单")
        ordering = ["unit", "kind", "name"]
        constraints = [
            models.UniqueConstraint(name="operations_compatibility_once", fields=["unit", "kind", "name", "version"])
        ]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """完成认定. The statement that a campaign stands at 100 %; the database takes it only where it is true. Append-only."""

    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="claim", verbose_name=_l("替代任务"))
    units = models.PositiveIntegerField(_l("单位数"))
    terminals = models.PositiveIntegerField(_l("终端数"))
    digest = models.CharField(_l("依据摘要值"), max_length=64)
    by = models.CharField(_l("认定人"), max_length=80)
    at = models.DateTimeField(_l("认定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("完成认定")
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="all_done",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("fault", "text")],
                func=_ALL_DONE,
            ),
        ]

    def __str__(self) -> str:
        return str(self.campaign)
