"""The replacement campaign: its units, its frozen base, the log of changes of the base."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.models.assets import KEPT
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.rules import campaign as rules


@pghistory.track()
class Campaign(models.Model):
    """替代任务. Which units get new terminals; ``frozen_at`` closes the list, from then on it changes by approved entries only."""

    number = models.CharField(_l("任务编号"), max_length=24, unique=True)
    name = models.CharField(_l("任务名称"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("牵头单位"))
    planned_on = models.DateField(_l("基数日期"), null=True, blank=True)
    dual_run_days = models.PositiveSmallIntegerField(_l("双轨运行天数"), default=0)
    contract = models.CharField(_l("合同编号"), max_length=40, blank=True)
    source = models.CharField(_l("依据"), max_length=300, blank=True)
    frozen_at = models.DateTimeField(_l("基数锁定时间"), null=True, blank=True)
    frozen_by = models.CharField(_l("锁定人"), max_length=80, blank=True)
    base_digest = models.CharField(_l("基数摘要值"), max_length=64, blank=True)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("替代任务")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="operations_campaign_frozen_whole",
                condition=Q(frozen_at__isnull=True)
                | (Q(planned_on__isnull=False) & ~Q(base_digest="") & ~Q(frozen_by="")),
            )
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="base_stays",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
                func="""
                    IF (NEW.number, NEW.planned_on, NEW.frozen_at, NEW.frozen_by, NEW.base_digest)
                        IS DISTINCT FROM (OLD.number, OLD.planned_on, OLD.frozen_at, OLD.frozen_by, OLD.base_digest)
                    THEN RAISE EXCEPTION 'the base of a campaign stays as it was frozen'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_campaign_base_stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BaseChange(models.Model):
    """基数变更. Proposed by one person, approved or refused by another; append-only but for the one decision."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _l("已批准")
        REFUSED = "refused", _l("未批准")

    number = models.CharField(_l("变更编号"), max_length=24, unique=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="changes", verbose_name=_l("替代任务"))
    kind = models.CharField(
        _l("变更类型"), max_length=6, choices=[(rules.ADD, _l("增加终端")), (rules.REMOVE, _l("减少终端"))]
    )
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    amount = models.PositiveIntegerField(_l("终端数"))
    terminals = models.JSONField(_l("终端编号"), default=list)
    reason = models.CharField(_l("变更理由"), max_length=500)
    proposed_by = models.CharField(_l("申请人"), max_length=80)
    proposer = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("申请人员"))
    proposed_at = models.DateTimeField(_l("申请时间"))
    decision = models.CharField(_l("审批结果"), max_length=10, choices=Decision, blank=True)
    decided_by = models.CharField(_l("审批人"), max_length=80, blank=True)
    decider = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("审批人员"))
    decided_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    opinion = models.CharField(_l("审批意见"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("基数变更")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="operations_change_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="operations_change_decided_whole",
                condition=Q(decision="", decided_at__isnull=True)
                | (Q(decided_at__isnull=False) & ~Q(decision="") & ~Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="operations_change_two_people",
                condition=Q(proposer__isnull=True) | Q(decider__isnull=True) | ~Q(proposer=F("decider")),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="decided_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.decided_at IS NOT NULL OR
                       (NEW.number, NEW.campaign_id, NEW.kind, NEW.org_id, NEW.amount, NEW.reason,
                        NEW.proposed_by, NEW.proposer_id, NEW.proposed_at)
                        IS DISTINCT FROM
                       (OLD.number, OLD.campaign_id, OLD.kind, OLD.org_id, OLD.amount, OLD.reason,
                        OLD.proposed_by, OLD.proposer_id, OLD.proposed_at)
                    THEN RAISE EXCEPTION 'a change of the base is decided once'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_change_decided_once';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class CampaignUnit(models.Model):
    """替代单位. A unit of the campaign; ``announced`` is how many terminals it has, blank while nobody said (待补)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="units", verbose_name=_l("替代任务"))
    number = models.CharField(_l("单位任务编号"), max_length=24, unique=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    announced = models.PositiveIntegerField(_l("应替代终端数"), null=True, blank=True)
    contact = models.CharField(_l("联系人"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("替代单位")
        ordering = ["campaign", "org__order", "org__code"]
        constraints = [models.UniqueConstraint(name="operations_unit_once", fields=["campaign", "org"])]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="while_planning",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("frozen", "timestamptz")],
                func="""
                    SELECT frozen_at INTO frozen FROM operations_campaign WHERE id = NEW.campaign_id FOR SHARE;
                    IF frozen IS NOT NULL THEN
                        RAISE EXCEPTION 'the units of a frozen campaign stay'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_unit_while_planning';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.org)


class Announcement(models.Model):
    """终端数申报. How many terminals a unit says it has (blank: it does not know); the newest counts. Append-only; inserting one carries the unit."""

    unit = models.ForeignKey(CampaignUnit, models.PROTECT, related_name="announcements", verbose_name=_l("替代单位"))
    amount = models.PositiveIntegerField(_l("应替代终端数"), null=True, blank=True)
    by = models.CharField(_l("申报人"), max_length=80)
    at = models.DateTimeField(_l("申报时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("终端数申报")
        ordering = ["unit", "-pk"]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="carries_unit",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT 1 FROM operations_claim k JOIN operations_campaignunit u
                        ON u.campaign_id = k.campaign_id WHERE u.id = NEW.unit_id)
                    THEN RAISE EXCEPTION 'the campaign is claimed as complete'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_announcement_unclaimed';
                    END IF;
                    UPDATE operations_campaignunit SET announced = NEW.amount WHERE id = NEW.unit_id;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.amount}"
