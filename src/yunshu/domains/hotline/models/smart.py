"""The hotline's intelligence: trained models, what they suggested, what people made of it. Never a word of a confidential report."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.choices_smart import Outcome, Suggested
from yunshu.domains.hotline.models.common import APPEND_ONLY, KEPT
from yunshu.domains.hotline.models.tickets import Ticket

MADE = pgtrigger.Trigger(
    name="made",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.version, NEW.digest, NEW.card, NEW.trained_at) IS DISTINCT FROM (OLD.version, OLD.digest, OLD.card, OLD.trained_at)
        THEN RAISE EXCEPTION 'a trained model and its card cannot change'; END IF;
        RETURN NEW;
    """,
)
OPEN_ONLY = pgtrigger.Trigger(
    name="open_only",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    func="""
        IF NEW.ticket_id IS NOT NULL AND (SELECT is_confidential FROM hotline_ticket WHERE id = NEW.ticket_id)
        THEN RAISE EXCEPTION 'confidential reports never enter the intelligence'; END IF;
        RETURN NEW;
    """,
)
"""What is confidential is kept out by the database itself."""


@pghistory.track(exclude=["card"])
class SmartModel(models.Model):
    """智能模型. A trained folder under its version, with its card; at most one is in use."""

    version = models.SlugField(_l("版本"), max_length=40, unique=True)
    digest = models.CharField(_l("文件摘要"), max_length=64)
    card = models.JSONField(_l("模型卡"), default=dict)
    source = models.CharField(_l("训练数据"), max_length=200)
    note = models.CharField(_l("名称"), max_length=80, blank=True)
    trained_at = models.DateTimeField(_l("训练时间"))
    trained_by = models.CharField(_l("训练人"), max_length=120)
    is_active = models.BooleanField(_l("启用"), default=False)
    changed_at = models.DateTimeField(_l("启停时间"), null=True, blank=True)
    changed_by = models.CharField(_l("启停人"), max_length=120, blank=True)
    reason = models.CharField(_l("启停理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("智能模型")
        ordering = ["-trained_at", "-pk"]
        triggers = [MADE, KEPT]
        constraints = [
            models.UniqueConstraint(name="hotline_model_active_once", fields=["is_active"], condition=Q(is_active=True))
        ]

    def __str__(self) -> str:
        return self.version


class Prediction(models.Model):
    """智能建议. What was suggested, of what kind, by which version, of which input (its digest); append-only. Without a ticket: a draft."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="predictions", verbose_name=_l("工单")
    )
    kind = models.CharField(_l("种类"), max_length=12, choices=Suggested)
    version = models.CharField(_l("版本"), max_length=160)
    digest = models.CharField(_l("输入摘要"), max_length=64)
    output = models.JSONField(_l("建议内容"), default=dict, encoder=DjangoJSONEncoder)
    first = models.CharField(_l("首选"), max_length=200, blank=True)
    is_sure = models.BooleanField(_l("达到门限"), default=False)
    made_at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("智能建议")
        ordering = ["-made_at", "-pk"]
        triggers = [APPEND_ONLY, OPEN_ONLY]
        indexes = [models.Index(name="hotline_prediction_made", fields=["kind", "made_at"])]
        constraints = [
            models.UniqueConstraint(
                name="hotline_prediction_once",
                fields=["ticket", "kind", "version", "digest"],
                condition=Q(ticket__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first}"


class PredictionUse(models.Model):
    """建议采纳记录. To whom a suggestion was shown, who accepted it, to what it was corrected; append-only."""

    prediction = models.ForeignKey(Prediction, models.PROTECT, related_name="uses", verbose_name=_l("智能建议"))
    outcome = models.CharField(_l("结果"), max_length=10, choices=Outcome)
    value = models.CharField(_l("采用的内容"), max_length=300, blank=True)
    rank = models.PositiveSmallIntegerField(_l("在建议中的位次"), default=0)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("人员"))
    by = models.CharField(_l("办理人"), max_length=120)
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("建议采纳记录")
        ordering = ["at", "pk"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="hotline_use_shown_once", fields=["prediction", "person"], condition=Q(outcome="shown")
            ),
            models.UniqueConstraint(
                name="hotline_use_settled_once", fields=["prediction"], condition=~Q(outcome="shown")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.value}"
