"""The rota: whose turn it is, and who took over a part of it."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.incident_choices import Tier

ALONE = pgtrigger.Trigger(
    name="alone",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        PERFORM pg_advisory_xact_lock(hashtext('operations.duty'), NEW.org_id::int);
        IF EXISTS (SELECT 1 FROM operations_dutyturn
            WHERE org_id = NEW.org_id AND tier = NEW.tier AND id IS DISTINCT FROM NEW.id
            AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at)
        THEN RAISE EXCEPTION 'two turns of a tier overlap' USING ERRCODE = 'exclusion_violation'; END IF;
        RETURN NEW;
    """,
)
"""An exclusion constraint would need the extension btree_gist, which not every database of the kind has."""


@pghistory.track()
class DutyTurn(models.Model):
    """值班. One person's turn in a tier; two turns of a tier never overlap."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    tier = models.CharField(_l("班次"), max_length=8, choices=Tier)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("值班人员"))
    starts_at = models.DateTimeField(_l("开始"), db_index=True)
    ends_at = models.DateTimeField(_l("结束"))
    planned_by = models.CharField(_l("排班人"), max_length=120)
    planned_at = models.DateTimeField(_l("排班时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("值班")
        ordering = ["starts_at", "tier"]
        triggers = [ALONE]
        constraints = [
            models.CheckConstraint(name="operations_turn_order", condition=Q(starts_at__lt=F("ends_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.person}"


@pghistory.track()
class DutySwap(models.Model):
    """换班. Part of a turn handed to somebody who agreed."""

    turn = models.ForeignKey(DutyTurn, models.CASCADE, related_name="swaps", verbose_name=_l("值班"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("接班人"))
    starts_at = models.DateTimeField(_l("开始"))
    ends_at = models.DateTimeField(_l("结束"))
    reason = models.CharField(_l("事由"), max_length=200)
    asked_by = models.CharField(_l("提出人"), max_length=120)
    asked_at = models.DateTimeField(_l("提出时间"))
    agreed_at = models.DateTimeField(_l("同意时间"), null=True, blank=True)
    refused_at = models.DateTimeField(_l("不同意时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("换班")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(name="operations_swap_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="operations_swap_answered", condition=Q(agreed_at__isnull=True) | Q(refused_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turn} → {self.person}"
