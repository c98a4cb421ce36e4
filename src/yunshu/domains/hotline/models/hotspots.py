"""Many reports together: what the radar saw, hotspots, thresholds by topic, weekly counts. Confidential reports are in none."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices_smart import DismissReason, HotspotState
from yunshu.domains.hotline.models.common import KEPT
from yunshu.domains.hotline.models.smart import OPEN_ONLY
from yunshu.domains.hotline.models.tickets import Ticket


@pghistory.track()
class Hotspot(models.Model):
    """热点. Reports that seem to tell of the same thing; the radar proposes, a person merges or dismisses."""

    number = models.CharField(_l("热点编号"), max_length=24, unique=True)
    key = models.CharField(_l("首个工单编号"), max_length=24, unique=True)
    title = models.CharField(_l("标题"), max_length=100)
    topic = models.CharField(_l("主题"), max_length=60, blank=True)
    places = ArrayField(models.CharField(max_length=80), verbose_name=_l("地点"), default=list, blank=True)
    division = models.CharField(_l("行政区划代码"), max_length=12, blank=True)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    first_at = models.DateTimeField(_l("首次反映时间"))
    last_at = models.DateTimeField(_l("最近反映时间"))
    size = models.PositiveIntegerField(_l("工单数"))
    least = models.PositiveSmallIntegerField(_l("预警门限"))
    confidence = models.FloatField(_l("相似度"))
    raised_at = models.DateTimeField(_l("预警时间"))
    state = models.CharField(_l("状态"), max_length=10, choices=HotspotState, default=HotspotState.OPEN)
    main = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("主单"))
    dismissal = models.CharField(_l("排除理由"), max_length=10, choices=DismissReason, blank=True)
    words = models.CharField(_l("处理说明"), max_length=500, blank=True)
    decided_by = models.CharField(_l("处理人"), max_length=120, blank=True)
    decided_at = models.DateTimeField(_l("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("热点")
        ordering = ["-raised_at", "-pk"]
        triggers = [KEPT]
        indexes = [models.Index(name="hotline_hotspot_state", fields=["state", "-raised_at"])]
        constraints = [
            models.CheckConstraint(
                name="hotline_hotspot_decided", condition=Q(state="open") ^ Q(decided_at__isnull=False)
            ),
            models.CheckConstraint(name="hotline_hotspot_dismissed", condition=Q(state="dismissed") ^ Q(dismissal="")),
            models.CheckConstraint(name="hotline_hotspot_main", condition=~Q(state="merged") | Q(main__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class RadarSighting(models.Model):
    """雷达记录. One ticket as the radar saw it: of which incident, how alike, what they share. Its being here says that it was seen."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="sighting", verbose_name=_l("工单"))
    key = models.CharField(_l("首个工单编号"), max_length=24, db_index=True)
    score = models.FloatField(_l("相似度"), default=0)
    shared = ArrayField(models.CharField(max_length=80), verbose_name=_l("共同地点"), default=list, blank=True)
    like = models.CharField(_l("最相似的工单"), max_length=24, blank=True)
    seen_at = models.DateTimeField(_l("时间"))
    hotspot = models.ForeignKey(
        Hotspot, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_l("热点")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("雷达记录")
        ordering = ["pk"]
        triggers = [OPEN_ONLY, KEPT]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.key}"


@pghistory.track()
class RadarThreshold(models.Model):
    """热点门限. How many like reports of a topic make a hotspot; dismissals raise it, mergers lower it again, an official may set it."""

    topic = models.CharField(_l("主题（一级分类，空：其余）"), max_length=60, unique=True, blank=True)
    least = models.PositiveSmallIntegerField(_l("预警门限"), default=3)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("热点门限")
        ordering = ["topic"]
        constraints = [models.CheckConstraint(name="hotline_threshold_some", condition=Q(least__range=(2, 50)))]

    def __str__(self) -> str:
        return f"{self.topic} {self.least}"


class WeekTally(models.Model):
    """周诉求量. How many tickets of a first-level class came in a division in a week (its Monday); computed anew from the tickets."""

    week = models.DateField(_l("周一"))
    topic = models.CharField(_l("一级分类"), max_length=60, blank=True)
    division = models.CharField(_l("行政区划代码"), max_length=12, blank=True)
    desk = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("热线机构"))
    count = models.PositiveIntegerField(_l("工单数"))

    class Meta:
        verbose_name = verbose_name_plural = _l("周诉求量")
        ordering = ["week", "topic", "division"]
        constraints = [models.UniqueConstraint(name="hotline_tally_once", fields=["desk", "topic", "division", "week"])]

    def __str__(self) -> str:
        return f"{self.week} {self.topic} {self.count}"
