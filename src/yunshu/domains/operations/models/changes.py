"""Changes with their maintenance windows, and problems behind repeated incidents."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.incident_choices import ProblemState, Risk
from yunshu.domains.operations.models.common import TWO_PEOPLE
from yunshu.domains.operations.models.incidents import Incident
from yunshu.domains.operations.models.targets import Target

SKEW = "interval '5 minutes'"
"""How far the application's clock may be off the database's."""
APPROVED_BEFORE = pgtrigger.Trigger(
    name="approved_before",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func=f"""
        IF TG_OP = 'UPDATE' AND OLD.approved_at IS NOT NULL
            AND (NEW.approved_at, NEW.approved_by, NEW.approver_id, NEW.starts_at, NEW.ends_at)
                IS DISTINCT FROM (OLD.approved_at, OLD.approved_by, OLD.approver_id, OLD.starts_at, OLD.ends_at)
        THEN RAISE EXCEPTION 'an approved window cannot change'; END IF;
        IF NEW.approved_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.approved_at IS NULL)
            AND (NEW.approved_at < clock_timestamp() - {SKEW} OR NEW.starts_at <= clock_timestamp() - {SKEW})
        THEN RAISE EXCEPTION 'a window is approved before it starts, not later'; END IF;
        RETURN NEW;
    """,
)
TARGETS_FIXED = pgtrigger.Trigger(
    name="targets_fixed",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF EXISTS (SELECT 1 FROM operations_change
            WHERE id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.change_id ELSE OLD.change_id END,
                         CASE WHEN TG_OP = 'DELETE' THEN OLD.change_id ELSE NEW.change_id END)
            AND approved_at IS NOT NULL)
        THEN RAISE EXCEPTION 'what an approved window covers cannot change'; END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)


@pghistory.track()
class Change(models.Model):
    """变更单. A window in which targets may be down: approved by somebody else, before it starts."""

    number = models.CharField(_l("变更编号"), max_length=24, unique=True)
    title = models.CharField(_l("变更事项"), max_length=120)
    reason = models.TextField(_l("变更理由"))
    steps = models.TextField(_l("实施步骤"))
    rollback = models.TextField(_l("回退方案"))
    risk = models.CharField(_l("风险"), max_length=6, choices=Risk)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("申请单位"))
    starts_at = models.DateTimeField(_l("窗口开始"), db_index=True)
    ends_at = models.DateTimeField(_l("窗口结束"), db_index=True)
    stage = models.CharField(_l("状态"), max_length=10)
    asked_by = models.CharField(_l("申请人"), max_length=120)
    asker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("申请人员")
    )
    asked_at = models.DateTimeField(_l("申请时间"))
    approved_by = models.CharField(_l("批准人"), max_length=120, blank=True)
    approver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("批准人员")
    )
    approved_at = models.DateTimeField(_l("批准时间"), null=True, blank=True)
    begun_at = models.DateTimeField(_l("实际开始"), null=True, blank=True)
    finished_at = models.DateTimeField(_l("实际完成"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_l("取消时间"), null=True, blank=True)
    outcome = models.TextField(_l("结果"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("变更单")
        ordering = ["-starts_at", "-pk"]
        triggers = [APPROVED_BEFORE, pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(name="operations_change_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="operations_change_approved_before",
                condition=Q(approved_at__isnull=True) | Q(approved_at__lt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="operations_change_four_eyes",
                condition=Q(approved_at__isnull=True) | (~Q(approved_by="") & TWO_PEOPLE),
            ),
            models.CheckConstraint(
                name="operations_change_stage",
                condition=~Q(stage__in=("approved", "running", "finished")) | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="operations_change_finished",
                condition=~Q(stage="finished")
                | (Q(begun_at__isnull=False) & Q(finished_at__gte=F("begun_at")) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@pghistory.track()
class ChangeTarget(models.Model):
    """变更影响对象. What a window covers; fixed once it is approved."""

    change = models.ForeignKey(Change, models.CASCADE, related_name="covers", verbose_name=_l("变更单"))
    target = models.ForeignKey(Target, models.PROTECT, related_name="+", verbose_name=_l("对象"))

    class Meta:
        verbose_name = verbose_name_plural = _l("变更影响对象")
        constraints = [models.UniqueConstraint(name="operations_change_target_once", fields=["change", "target"])]
        triggers = [TARGETS_FIXED]

    def __str__(self) -> str:
        return f"{self.change_id} {self.target}"


@pghistory.track()
class Problem(models.Model):
    """问题单. The cause behind incidents: being searched, known with a way around, or rooted out."""

    number = models.CharField(_l("问题编号"), max_length=24, unique=True)
    title = models.CharField(_l("问题"), max_length=120)
    description = models.TextField(_l("情况说明"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    state = models.CharField(_l("状态"), max_length=6, choices=ProblemState, default=ProblemState.OPEN)
    root_cause = models.TextField(_l("根本原因"), blank=True)
    workaround = models.TextField(_l("临时办法"), blank=True)
    solution = models.TextField(_l("根除办法"), blank=True)
    change = models.ForeignKey(
        Change, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("变更单")
    )
    incidents = models.ManyToManyField(Incident, related_name="problems", blank=True, verbose_name=_l("故障单"))
    opened_by = models.CharField(_l("登记人"), max_length=120)
    opened_at = models.DateTimeField(_l("登记时间"))
    solved_at = models.DateTimeField(_l("根除时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("问题单")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="operations_problem_known",
                condition=Q(state="open") | ~Q(root_cause=""),
            ),
            models.CheckConstraint(
                name="operations_problem_solved",
                condition=~Q(state="solved") | (~Q(solution="") & Q(solved_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
