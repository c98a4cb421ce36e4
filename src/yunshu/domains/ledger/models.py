"""Tables of the ledger on the submitter's side. What was recorded cannot change; only its way through the ledger can."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org


class Batch(models.Model):
    """存证批次。Up to a thousand records under one signature; the bytes sent are kept until they are final."""

    number = models.PositiveBigIntegerField(_l("批次号"), unique=True)
    message = models.BinaryField(_l("报文"))
    made_at = models.DateTimeField(_l("生成时间"))
    posted_at = models.DateTimeField(_l("送出时间"), null=True, blank=True)
    first_index = models.PositiveBigIntegerField(_l("起始叶序"), null=True, blank=True)
    block = models.PositiveBigIntegerField(_l("区块"), null=True, blank=True)
    final_at = models.DateTimeField(_l("确认时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("存证批次")
        indexes = [models.Index(name="ledger_batch_open", fields=["number"], condition=Q(final_at__isnull=True))]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.number)


class Record(models.Model):
    """存证。One fact a domain wants proven: what, about which subject, by whom, when."""

    number = models.CharField(_l("存证编号"), max_length=24, unique=True)
    kind = models.CharField(_l("类别"), max_length=80)
    subject = models.CharField(_l("对象"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+", verbose_name=_l("机构"))
    recorded_by = models.CharField(_l("记录人"), max_length=120)
    recorded_at = models.DateTimeField(_l("记录时间"))
    payload = models.JSONField(_l("内容"), null=True, encoder=DjangoJSONEncoder)
    salt = models.BinaryField(_l("盐"), max_length=32, null=True)
    body = models.BinaryField(_l("叶内容"), max_length=1000)
    destroyed_at = models.DateTimeField(_l("原文销毁时间"), null=True, blank=True)
    destroyed_by = models.CharField(_l("销毁人"), max_length=120, blank=True)
    destroyed_because = models.TextField(_l("销毁依据"), blank=True)
    request_id = models.CharField(_l("请求编号"), max_length=40, blank=True, default="", db_default="")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="records", verbose_name=_l("存证批次"))
    place = models.PositiveIntegerField(_l("批内序号"), null=True, blank=True)
    leaf_index = models.PositiveBigIntegerField(_l("叶序"), null=True, blank=True)
    ordered_at = models.DateTimeField(_l("定序时间"), null=True, blank=True)
    final_at = models.DateTimeField(_l("确认时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("存证")
        ordering = ["-id"]
        indexes = [
            models.Index(name="ledger_record_subject", fields=["kind", "subject"]),
            models.Index(name="ledger_record_waiting", fields=["id"], condition=Q(batch__isnull=True)),
            models.Index(name="ledger_record_leaf", fields=["leaf_index"]),
            models.Index(
                name="ledger_record_request",
                fields=["request_id"],
                opclasses=["varchar_pattern_ops"],
                condition=~Q(request_id=""),
            ),
            GinIndex(name="ledger_record_find", fields=["subject"], opclasses=["gin_trgm_ops"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="ledger_record_open_or_destroyed",
                condition=Q(payload__isnull=False, salt__isnull=False, destroyed_at__isnull=True)
                | Q(payload__isnull=True, salt__isnull=True, destroyed_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="said_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.number, NEW.kind, NEW.subject, NEW.org_id, NEW.recorded_by, NEW.recorded_at, NEW.body, NEW.request_id)
                        IS DISTINCT FROM (OLD.number, OLD.kind, OLD.subject, OLD.org_id, OLD.recorded_by, OLD.recorded_at, OLD.body, OLD.request_id)
                    THEN RAISE EXCEPTION 'what was recorded cannot change'; END IF;
                    IF (NEW.payload, NEW.salt) IS DISTINCT FROM (OLD.payload, OLD.salt) AND NEW.destroyed_at IS NULL
                    THEN RAISE EXCEPTION 'what was recorded cannot change'; END IF;
                    IF OLD.destroyed_at IS NOT NULL AND (NEW.payload IS NOT NULL
                        OR NEW.destroyed_at IS DISTINCT FROM OLD.destroyed_at)
                    THEN RAISE EXCEPTION 'what was destroyed stays destroyed'; END IF;
                    IF OLD.final_at IS NOT NULL AND (NEW.leaf_index, NEW.final_at, NEW.batch_id, NEW.place)
                        IS DISTINCT FROM (OLD.leaf_index, OLD.final_at, OLD.batch_id, OLD.place)
                    THEN RAISE EXCEPTION 'what is final stays final'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Alarm(models.Model):
    """账本告警。What a member reported, with its self-contained evidence; append-only but for the handling."""

    kind = models.CharField(_l("类别"), max_length=40)
    member = models.CharField(_l("报告成员"), max_length=80)
    about = models.CharField(_l("事由"), max_length=300, unique=True)
    evidence = models.TextField(_l("证据"))
    raised_at = models.DateTimeField(_l("告警时间"))
    handled_at = models.DateTimeField(_l("处置时间"), null=True, blank=True)
    handled_by = models.CharField(_l("处置人"), max_length=120, blank=True)
    handling = models.TextField(_l("处置说明"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("账本告警")
        ordering = ["-raised_at", "-id"]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="said_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.kind, NEW.member, NEW.about, NEW.evidence, NEW.raised_at)
                        IS DISTINCT FROM (OLD.kind, OLD.member, OLD.about, OLD.evidence, OLD.raised_at)
                        OR OLD.handled_at IS NOT NULL
                    THEN RAISE EXCEPTION 'an alarm cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
