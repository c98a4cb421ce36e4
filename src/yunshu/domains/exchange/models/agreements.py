"""Requests for data and the agreements that grant them."""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import (
    AgreementState,
    Cycles,
    Delivery,
)
from yunshu.domains.exchange.models.catalogue import Resource


@pghistory.track()
class Request(models.Model):
    """共享申请。Who asks for which items of a resource, what for, which rows, how often, until when."""

    number = models.CharField(_l("申请编号"), max_length=24, unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="requests", verbose_name=_l("信息资源"))
    version = models.PositiveIntegerField(_l("目录版次"))
    applicant = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("申请单位"))
    purpose = models.TextField(_l("使用用途"))
    basis = models.TextField(_l("履职依据"))
    items = models.JSONField(_l("申请的信息项"))
    rows = models.JSONField(_l("数据范围"), null=True, blank=True)
    delivery = models.CharField(_l("共享方式"), max_length=8, choices=Delivery)
    cycle = models.CharField(_l("更新频率"), max_length=12, choices=Cycles)
    starts_on = models.DateField(_l("使用期起"))
    ends_on = models.DateField(_l("使用期止"))
    contact = models.CharField(_l("联系人及电话"), max_length=100)
    stage = models.CharField(_l("状态"), max_length=20, default="draft")
    answer = models.TextField(_l("答复意见"), blank=True)
    refusal_basis = models.TextField(_l("不予共享的依据"), blank=True)
    created_by = models.CharField(_l("申请人"), max_length=80)
    created_at = models.DateTimeField(_l("创建时间"))
    renews = models.ForeignKey(
        "Agreement", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name=_l("续期的协议")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("共享申请")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="exchange_request_term", condition=Q(ends_on__gte=F("starts_on"))),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


@pghistory.track()
class Agreement(models.Model):
    """共享协议。What was granted; ``terms`` is the whole of it and never changes, the state may."""

    number = models.CharField(_l("协议编号"), max_length=24, unique=True)
    request = models.OneToOneField(Request, models.PROTECT, related_name="agreement", verbose_name=_l("共享申请"))
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="agreements", verbose_name=_l("信息资源"))
    provider = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("提供方"))
    consumer = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("使用方"))
    terms = models.JSONField(_l("条款"), encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("条款摘要值"), max_length=64)
    starts_on = models.DateField(_l("生效日期"))
    ends_on = models.DateField(_l("到期日期"))
    deliver_by = models.DateTimeField(_l("首次交付期限"))
    state = models.CharField(_l("状态"), max_length=10, choices=AgreementState, default=AgreementState.ACTIVE)
    state_reason = models.CharField(_l("状态说明"), max_length=500, blank=True)
    granted_by = models.CharField(_l("答复人"), max_length=80)
    granted_at = models.DateTimeField(_l("签订时间"))
    first_delivered_at = models.DateTimeField(_l("首次交付时间"), null=True, blank=True)
    last_delivered_at = models.DateTimeField(_l("最近交付时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("共享协议")
        ordering = ["-granted_at", "-pk"]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="terms_stay",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.number, NEW.request_id, NEW.resource_id, NEW.provider_id, NEW.consumer_id, NEW.terms,
                        NEW.digest, NEW.starts_on, NEW.ends_on, NEW.granted_at)
                        IS DISTINCT FROM
                        (OLD.number, OLD.request_id, OLD.resource_id, OLD.provider_id, OLD.consumer_id, OLD.terms,
                        OLD.digest, OLD.starts_on, OLD.ends_on, OLD.granted_at)
                        OR (OLD.state IN ('revoked', 'expired') AND NEW.state <> OLD.state)
                    THEN RAISE EXCEPTION 'an agreement cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number
