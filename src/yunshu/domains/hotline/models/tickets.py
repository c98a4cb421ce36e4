"""A ticket, its clock and its timeline. Steps are append-only; a standstill cannot be backdated, a receipt not moved."""

import pghistory
import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices import Channel, Kind, LimitUnit, Relation, StandKind, Urgency
from yunshu.domains.hotline.models.common import KEPT as STANDSTILL_KEPT
from yunshu.domains.hotline.models.common import PART_APPEND_ONLY, PART_KEPT
from yunshu.domains.hotline.models.lists import Category, SuspendReason
from yunshu.lib.taking.guards import undoable

KEPT = undoable("kept", also_update=False, number="OLD.number")

RECEIPT = pgtrigger.Trigger(
    name="receipt",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.number, NEW.received_at, NEW.channel, NEW.content) IS DISTINCT FROM (OLD.number, OLD.received_at, OLD.channel, OLD.content)
            OR (OLD.is_confidential AND NOT NEW.is_confidential)
        THEN RAISE EXCEPTION 'what was received cannot change, nor lose its seal'; END IF;
        RETURN NEW;
    """,
)
STANDS = pgtrigger.Trigger(
    name="stands",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF (NEW.clock_id, NEW.kind, NEW.starts_at, NEW.reason_id) IS DISTINCT FROM (OLD.clock_id, OLD.kind, OLD.starts_at, OLD.reason_id)
            OR OLD.ends_at IS NOT NULL
        THEN RAISE EXCEPTION 'a standstill of the clock can only be ended, once'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track(exclude=["search"])
class Ticket(models.Model):
    """工单. One demand of one caller; ``desk`` answers for it, ``unit`` handles it now. Who called stands in ``Contact``."""

    number = models.CharField(_l("工单编号"), max_length=24, unique=True)
    kind = models.CharField(_l("诉求类型"), max_length=10, choices=Kind)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("诉求分类")
    )
    title = models.CharField(_l("标题"), max_length=100)
    content = models.TextField(_l("诉求内容"))
    urgency = models.CharField(_l("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    channel = models.CharField(_l("来源渠道"), max_length=10, choices=Channel)
    source_number = models.CharField(_l("来源单号"), max_length=60, blank=True)
    is_confidential = models.BooleanField(_l("身份保密"), default=False)
    division = models.CharField(_l("行政区划代码"), max_length=12, blank=True)
    street = models.CharField(_l("镇街"), max_length=60, blank=True)
    address = models.CharField(_l("地址"), max_length=200, blank=True)
    lon = models.FloatField(_l("经度"), null=True, blank=True)
    lat = models.FloatField(_l("纬度"), null=True, blank=True)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    unit = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("承办单位"))
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("承办人")
    )
    accused = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("被投诉单位")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_l("主单")
    )
    relation = models.CharField(_l("与主单的关系"), max_length=8, choices=Relation, blank=True)
    state = models.CharField(_l("状态"), max_length=12, db_index=True)
    state_since = models.DateTimeField(_l("进入状态时间"))
    state_due_at = models.DateTimeField(_l("本环节期限"), null=True, blank=True)
    received_at = models.DateTimeField(_l("收到时间"))
    accepted_at = models.DateTimeField(_l("受理时间"), null=True, blank=True)
    dispatched_at = models.DateTimeField(_l("派单时间"), null=True, blank=True)
    signed_at = models.DateTimeField(_l("签收时间"), null=True, blank=True)
    replied_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_l("办结时间"), null=True, blank=True)
    due_at = models.DateTimeField(_l("办理期限"), null=True, blank=True)
    first_due_at = models.DateTimeField(_l("未延期的办理期限"), null=True, blank=True)
    sign_due_at = models.DateTimeField(_l("签收期限"), null=True, blank=True)
    calendar_version = models.PositiveIntegerField(_l("日历版本"), default=0)
    reworks = models.PositiveSmallIntegerField(_l("重办次数"), default=0)
    answer = models.TextField(_l("答复内容"), blank=True)
    is_past = models.BooleanField(_l("接管的历史工单"), default=False, db_default=False)
    lookup = models.CharField(_l("查询码摘要"), max_length=64, blank=True)
    registered_by = models.CharField(_l("登记人"), max_length=120)
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("工单")
        ordering = ["-received_at", "-pk"]
        triggers = [RECEIPT, KEPT]
        indexes = [
            models.Index(name="hotline_ticket_newest", fields=["-received_at", "-id"]),
            models.Index(name="hotline_ticket_unit", fields=["unit", "state", "due_at"]),
            models.Index(name="hotline_ticket_unit_newest", fields=["unit", "-received_at", "-id"]),
            models.Index(name="hotline_ticket_kind", fields=["kind", "-received_at", "-id"]),
            models.Index(name="hotline_ticket_channel", fields=["channel", "-received_at", "-id"]),
            models.Index(
                name="hotline_ticket_pressing",
                fields=["urgency", "-received_at", "-id"],
                condition=~Q(urgency="normal"),
            ),
            models.Index(name="hotline_ticket_reworked", fields=["reworks", "id"]),
            models.Index(name="hotline_ticket_soonest", fields=["due_at", "id"]),
            models.Index(F("due_at").desc(nulls_last=True), F("id").desc(), name="hotline_ticket_latest"),
            models.Index(name="hotline_ticket_closed", fields=["closed_at", "id"]),
            models.Index(F("closed_at").desc(nulls_last=True), F("id").desc(), name="hotline_ticket_closed_last"),
            models.Index(name="hotline_ticket_dispatched", fields=["dispatched_at"]),
            models.Index(name="hotline_ticket_first_due", fields=["first_due_at"]),
            models.Index(name="hotline_ticket_desk", fields=["desk", "state", "-received_at"]),
            models.Index(name="hotline_ticket_due", fields=["due_at"], condition=Q(closed_at__isnull=True)),
            models.Index(
                name="hotline_ticket_sight",
                fields=["id"],
                include=["desk", "unit", "accused", "is_confidential"],
            ),
            GinIndex(name="hotline_ticket_search", fields=["search"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="hotline_ticket_answered", condition=~Q(state__in=("closed", "archived")) | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="hotline_ticket_over",
                condition=Q(closed_at__isnull=False) ^ ~Q(state__in=("closed", "archived", "rejected", "withdrawn")),
            ),
            models.CheckConstraint(name="hotline_ticket_parent", condition=Q(parent__isnull=True) ^ ~Q(relation="")),
            models.CheckConstraint(
                name="hotline_ticket_accused", condition=Q(accused__isnull=True) | ~Q(accused=F("unit"))
            ),
            models.CheckConstraint(
                name="hotline_ticket_place",
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@pghistory.track()
class TicketClock(models.Model):
    """办理时钟. One run of the handling clock; rework begins another. ``more`` was granted on top, once."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="clocks", verbose_name=_l("工单"))
    limit = models.CharField(_l("所依时限"), max_length=60)
    amount = models.PositiveIntegerField(_l("时限"))
    unit = models.CharField(_l("单位"), max_length=16, choices=LimitUnit)
    more = models.PositiveIntegerField(_l("延期"), default=0)
    starts_at = models.DateTimeField(_l("开始时间"))
    ends_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)
    due_at = models.DateTimeField(_l("期限"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("办理时钟")
        ordering = ["starts_at", "pk"]
        triggers = [PART_KEPT]
        constraints = [
            models.UniqueConstraint(
                name="hotline_clock_runs_once", fields=["ticket"], condition=Q(ends_at__isnull=True)
            ),
            models.CheckConstraint(name="hotline_clock_more", condition=Q(more__lte=F("amount"))),
            models.CheckConstraint(
                name="hotline_clock_order", condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.limit}"


@pghistory.track()
class Standstill(models.Model):
    """时钟停走. Why and how long the handling clock stood still."""

    clock = models.ForeignKey(TicketClock, models.PROTECT, related_name="stills", verbose_name=_l("办理时钟"))
    kind = models.CharField(_l("类别"), max_length=10, choices=StandKind)
    reason = models.ForeignKey(
        SuspendReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("挂起事由")
    )
    starts_at = models.DateTimeField(_l("开始时间"))
    ends_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("工单时钟停走")
        ordering = ["starts_at", "pk"]
        triggers = [STANDS, STANDSTILL_KEPT]
        constraints = [
            models.UniqueConstraint(name="hotline_stands_once", fields=["clock"], condition=Q(ends_at__isnull=True)),
            models.CheckConstraint(
                name="hotline_stands_for_a_reason", condition=Q(kind="suspended") ^ Q(reason__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d}"


class TicketStep(models.Model):
    """工单办理记录. Append-only; ``record`` is its record on the ledger."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="steps", verbose_name=_l("工单"))
    seq = models.PositiveIntegerField(_l("序号"))
    verb = models.CharField(_l("动作"), max_length=20)
    state = models.CharField(_l("状态"), max_length=12)
    effect = models.CharField(_l("时钟"), max_length=8, blank=True)
    at = models.DateTimeField(_l("时间"))
    actor = models.CharField(_l("办理人"), max_length=120)
    org = models.CharField(_l("办理单位"), max_length=120, blank=True)
    words = models.TextField(_l("意见"), blank=True)
    data = models.JSONField(_l("内容"), default=dict, encoder=DjangoJSONEncoder)
    record = models.CharField(_l("存证编号"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _l("工单办理记录")
        ordering = ["ticket", "seq"]
        triggers = [PART_APPEND_ONLY]
        indexes = [
            models.Index(name="hotline_step_newest", fields=["-at", "-id"]),
            models.Index(name="hotline_step_of_verb", fields=["verb", "-at", "-id"], include=["ticket"]),
            models.Index(name="hotline_step_actor", fields=["actor", "-at", "-id"]),
        ]
        constraints = [models.UniqueConstraint(name="hotline_step_once", fields=["ticket", "seq"])]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"
