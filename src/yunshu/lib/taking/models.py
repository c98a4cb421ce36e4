"""The journal of taking over: a run is one source under one mapping; a row, what became of one line of it. Rows are kept."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

ROW_STAYS = pgtrigger.Trigger(
    name="stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'outcome' = to_jsonb(OLD) - 'outcome'
            AND (OLD.outcome, NEW.outcome) IN (('created', 'undoing'), ('undoing', 'undone')) THEN RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the journal of taking over is kept' USING ERRCODE = 'check_violation';
    """,
)
RUN_STAYS = pgtrigger.Trigger(
    name="stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'DELETE' OR to_jsonb(NEW) - ARRAY['state', 'counts', 'finished_at', 'note', 'undone_by', 'undone_at']
            <> to_jsonb(OLD) - ARRAY['state', 'counts', 'finished_at', 'note', 'undone_by', 'undone_at']
        THEN RAISE EXCEPTION 'the journal of taking over is kept' USING ERRCODE = 'check_violation'; END IF;
        RETURN NEW;
    """,
)


class Run(models.Model):
    """接管批次. One source, known by its digests, under one mapping, by whom."""

    class State(models.TextChoices):
        RUNNING = "running", _l("未完成")
        DONE = "done", _l("已完成")
        UNDOING = "undoing", _l("等待撤销")
        UNDONE = "undone", _l("已撤销")

    number = models.CharField(_l("批次编号"), max_length=24, unique=True)
    kind = models.CharField(_l("类别"), max_length=20)
    file = models.CharField(_l("文件"), max_length=200)
    path = models.CharField(_l("路径"), max_length=500)
    size = models.PositiveBigIntegerField(_l("字节数"))
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)
    mapping = models.JSONField(_l("映射"))
    mapping_digest = models.CharField(_l("映射摘要"), max_length=64)
    by = models.CharField(_l("操作人"), max_length=80)
    started_at = models.DateTimeField(_l("开始时间"))
    finished_at = models.DateTimeField(_l("完成时间"), null=True, blank=True)
    state = models.CharField(_l("状态"), max_length=8, choices=State, default=State.RUNNING)
    counts = models.JSONField(_l("结果"), default=dict)
    note = models.CharField(_l("说明"), max_length=500, blank=True)
    undone_by = models.CharField(_l("撤销人"), max_length=80, blank=True)
    undone_at = models.DateTimeField(_l("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("接管批次")
        ordering = ["-started_at", "-pk"]
        triggers = [RUN_STAYS]
        constraints = [
            models.UniqueConstraint(
                name="taking_run_once", fields=["kind", "sha256", "mapping_digest"], condition=Q(state="running")
            ),
            models.CheckConstraint(
                name="taking_run_finished", condition=Q(state="running") | Q(finished_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Row(models.Model):
    """接管行. What became of one line: made (as which object), the same, different, or refused with reasons."""

    class Outcome(models.TextChoices):
        CREATED = "created", _l("已接管")
        SAME = "same", _l("已有，相同")
        DIFFERS = "differs", _l("已有，不同")
        BAD = "bad", _l("有误")
        UNDOING = "undoing", _l("撤销中")
        UNDONE = "undone", _l("已撤销")

    run = models.ForeignKey(Run, models.PROTECT, related_name="rows", verbose_name=_l("接管批次"))
    kind = models.CharField(_l("类别"), max_length=20)
    line = models.PositiveIntegerField(_l("行号"))
    key = models.CharField(_l("源编号"), max_length=100, blank=True)
    digest = models.CharField(_l("行摘要"), max_length=64)
    outcome = models.CharField(_l("结果"), max_length=8, choices=Outcome)
    object = models.CharField(_l("对应记录"), max_length=60, blank=True)
    reasons = models.JSONField(_l("原因"), default=list)

    class Meta:
        verbose_name = verbose_name_plural = _l("接管行")
        ordering = ["run", "line"]
        triggers = [ROW_STAYS]
        indexes = [
            models.Index(name="taking_row_outcome", fields=["run", "outcome", "line"]),
            models.Index(name="taking_row_undoing", fields=["object"], condition=Q(outcome="undoing")),
        ]
        constraints = [
            models.UniqueConstraint(name="taking_row_line", fields=["run", "line"]),
            models.UniqueConstraint(name="taking_row_once", fields=["kind", "key"], condition=Q(outcome="created")),
            models.CheckConstraint(name="taking_row_object", condition=Q(outcome="bad") | (~Q(object="") & ~Q(key=""))),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line}"
