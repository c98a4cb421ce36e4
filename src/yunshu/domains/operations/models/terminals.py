"""Terminals of a campaign: every step of them, what the unit signed for, by which key."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.asset_choices import choices_of, moves_of
from yunshu.domains.operations.models.assets import KEPT, Asset
from yunshu.domains.operations.models.campaign import BaseChange, CampaignUnit
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.rules import campaign as rules

_BASE = """
    IF TG_OP = 'DELETE' THEN one := OLD; ELSE one := NEW; END IF;
    SELECT c.frozen_at, c.id INTO frozen, campaign FROM operations_campaign c
        JOIN operations_campaignunit u ON u.campaign_id = c.id WHERE u.id = one.unit_id FOR SHARE OF c;
    IF frozen IS NULL THEN RETURN one; END IF;
    IF TG_OP = 'DELETE' THEN
        fault := 'stays';
    ELSIF TG_OP = 'INSERT' THEN
        SELECT id INTO change FROM operations_basechange b WHERE b.id = NEW.added_by_id AND b.kind = 'add'
            AND b.decision = 'approved' AND b.campaign_id = campaign;
        IF change IS NULL OR NEW.since IS NULL OR NEW.until IS NOT NULL THEN fault := 'enters by an approved change';
        ELSIF EXISTS (SELECT 1 FROM operations_claim WHERE campaign_id = campaign)
        THEN fault := 'stays: the campaign is claimed as complete'; END IF;
    ELSE
        IF (NEW.number, NEW.unit_id, NEW.since, NEW.added_by_id)
            IS DISTINCT FROM (OLD.number, OLD.unit_id, OLD.since, OLD.added_by_id)
            OR (OLD.until IS NOT NULL AND (NEW.until, NEW.removed_by_id) IS DISTINCT FROM (OLD.until, OLD.removed_by_id))
        THEN fault := 'stays'; END IF;
        IF OLD.until IS NULL AND NEW.until IS NOT NULL THEN
            SELECT id INTO change FROM operations_basechange b WHERE b.id = NEW.removed_by_id AND b.kind = 'remove'
                AND b.decision = 'approved' AND b.campaign_id = campaign;
            IF change IS NULL THEN fault := 'leaves by an approved change'; END IF;
        END IF;
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'a terminal of a frozen base %', fault
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_terminal_base';
    END IF;
    RETURN one;
"""


@pghistory.track()
class Terminal(models.Model):
    """替代终端. One place of work that gets a new machine; in the base from ``since``, until ``removed_by`` took it out."""

    number = models.CharField(_l("终端编号"), max_length=24, unique=True)
    unit = models.ForeignKey(CampaignUnit, models.PROTECT, related_name="terminals", verbose_name=_l("替代单位"))
    place = models.CharField(_l("岗位或地点"), max_length=120, blank=True)
    old = models.OneToOneField(
        Asset, models.PROTECT, null=True, blank=True, related_name="replaced_in", verbose_name=_l("旧机")
    )
    new = models.OneToOneField(
        Asset, models.PROTECT, null=True, blank=True, related_name="replacing_in", verbose_name=_l("新机")
    )
    state = models.CharField(_l("状态"), max_length=10, choices=choices_of(rules.STATES), default=rules.PLANNED)
    taken = models.PositiveIntegerField(_l("步骤数"), default=0)
    since = models.DateField(_l("计入基数日期"), null=True, blank=True)
    until = models.DateField(_l("移出基数日期"), null=True, blank=True)
    added_by = models.ForeignKey(
        BaseChange, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("由变更增加")
    )
    removed_by = models.ForeignKey(
        BaseChange, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("由变更移出")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("替代终端")
        ordering = ["unit", "number"]
        indexes = [models.Index(name="operations_terminal_state", fields=["unit", "state"])]
        constraints = [
            models.CheckConstraint(
                name="operations_terminal_has_new", condition=Q(state=rules.PLANNED) | Q(new__isnull=False)
            ),
            models.CheckConstraint(
                name="operations_terminal_not_itself", condition=Q(old__isnull=True) | ~Q(old=F("new"))
            ),
            models.CheckConstraint(
                name="operations_terminal_left",
                condition=Q(until__isnull=True, removed_by__isnull=True)
                | Q(until__isnull=False, removed_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="base",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[
                    ("one", "operations_terminal"),
                    ("frozen", "timestamptz"),
                    ("campaign", "bigint"),
                    ("change", "bigint"),
                    ("fault", "text"),
                ],
                func=_BASE,
            ),
            pgtrigger.Trigger(
                name="by_step",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.state, NEW.taken) IS DISTINCT FROM (OLD.state, OLD.taken)
                        AND (NEW.taken <> OLD.taken + 1 OR NOT EXISTS (
                            SELECT 1 FROM operations_terminalstep s WHERE s.terminal_id = NEW.id
                                AND s.seq = NEW.taken AND s.source = OLD.state AND s.target = NEW.state))
                    THEN RAISE EXCEPTION 'terminal % moves only by a step', OLD.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_terminal_by_step';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class SignerKey(models.Model):
    """签收公钥. The SM2 key of a person of a unit, compared by its fingerprint before it counts."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("人员"))
    public_key = models.CharField(_l("公钥"), max_length=130, unique=True)
    fingerprint = models.CharField(_l("指纹"), max_length=40)
    enrolled_by = models.CharField(_l("登记人"), max_length=80)
    enrolled_at = models.DateTimeField(_l("登记时间"))
    retired_at = models.DateTimeField(_l("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("签收公钥")
        ordering = ["-enrolled_at"]
        constraints = [
            models.UniqueConstraint(
                name="operations_key_one_alive", fields=["person"], condition=Q(retired_at__isnull=True)
            )
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.fingerprint


class Handover(models.Model):
    """签收单. What a person of the unit signed: the text, its digest, by account or by an SM2 key; append-only."""

    class Method(models.TextChoices):
        ACCOUNT = "account", _l("账号签认")
        SM2 = "sm2", _l("SM2 签名")

    number = models.CharField(_l("签收单编号"), max_length=24, unique=True)
    unit = models.ForeignKey(CampaignUnit, models.PROTECT, related_name="handovers", verbose_name=_l("替代单位"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("签收人"))
    name = models.CharField(_l("签收人姓名"), max_length=60)
    received_on = models.DateField(_l("领用日期"))
    statement = models.TextField(_l("签收内容"))
    digest = models.CharField(_l("内容摘要值"), max_length=64)
    method = models.CharField(_l("签认方式"), max_length=8, choices=Method)
    key = models.ForeignKey(SignerKey, models.PROTECT, null=True, related_name="+", verbose_name=_l("签收公钥"))
    signature = models.CharField(_l("签名"), max_length=200, blank=True)
    at = models.DateTimeField(_l("签收时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("签收单")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="operations_handover_signed",
                condition=Q(method="account", key__isnull=True, signature="")
                | (Q(method="sm2", key__isnull=False) & ~Q(signature="")),
            )
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


class TerminalStep(models.Model):
    """终端步骤. ``on`` is the day of the fact, ``at`` when it was recorded; inserting one moves the terminal. Append-only."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="steps", verbose_name=_l("替代终端"))
    seq = models.PositiveIntegerField(_l("序号"))
    verb = models.CharField(_l("步骤"), max_length=10, choices=choices_of(rules.WAY.names()))
    source = models.CharField(_l("原状态"), max_length=10)
    target = models.CharField(_l("新状态"), max_length=10)
    on = models.DateField(_l("发生日期"))
    handover = models.ForeignKey(
        Handover, models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=_l("签收单")
    )
    reason = models.CharField(_l("说明"), max_length=300, blank=True)
    by = models.CharField(_l("经办人"), max_length=80)
    at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("终端步骤")
        ordering = ["terminal", "seq"]
        constraints = [
            models.UniqueConstraint(name="operations_step_seq", fields=["terminal", "seq"]),
            models.CheckConstraint(name="operations_step_allowed", condition=moves_of(rules.WAY)),
            models.CheckConstraint(
                name="operations_step_signed",
                condition=Q(verb="sign", handover__isnull=False) | (~Q(verb="sign") & Q(handover__isnull=True)),
            ),
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="carries_terminal",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func="""
                    IF NEW.handover_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM operations_handover h JOIN operations_terminal t ON t.unit_id = h.unit_id
                         WHERE h.id = NEW.handover_id AND t.id = NEW.terminal_id AND strpos(h.statement, t.number) > 0)
                    THEN RAISE EXCEPTION 'the handover does not name this terminal'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_step_named';
                    END IF;
                    UPDATE operations_terminal SET state = NEW.target, taken = NEW.seq WHERE id = NEW.terminal_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.terminal} {self.seq}"
