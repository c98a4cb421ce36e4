"""What happens to a site: visits, maintenance, changes of state; hosts that were seen and nobody registered."""

import pghistory
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.choices_registry import CHANGE_VERBS, CandidateState, SuspectResult, SuspectSource
from yunshu.domains.inspection.models.common import APPEND_ONLY, KEPT
from yunshu.domains.inspection.models.registry import Site
from yunshu.domains.inspection.rules.hosts import HOST


class Visit(models.Model):
    """站点访问. One look of one vantage at a home page; ``ms``: until the whole page had come. Append-only."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="visits", verbose_name=_l("政府网站"))
    vantage = models.CharField(_l("探测点"), max_length=40)
    at = models.DateTimeField(_l("时间"))
    ok = models.BooleanField(_l("打开"))
    status = models.PositiveSmallIntegerField(_l("状态码"), null=True, blank=True)
    ms = models.PositiveIntegerField(_l("用时（毫秒）"), null=True, blank=True)
    reason = models.CharField(_l("原因"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("站点访问")
        ordering = ["at", "pk"]
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="inspection_visit_once", fields=["site", "at", "vantage"])]

    def __str__(self) -> str:
        return f"{self.site_id} {self.at:%Y-%m-%d %H:%M:%S}"


@pghistory.track()
class MaintenanceWindow(models.Model):
    """维护时段. Registered before it begins; visits within do not count. What is called off keeps its row."""

    number = models.CharField(_l("维护编号"), max_length=24, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="windows", verbose_name=_l("政府网站"))
    starts_at = models.DateTimeField(_l("开始"))
    ends_at = models.DateTimeField(_l("结束"))
    reason = models.CharField(_l("事由"), max_length=200)
    registered_at = models.DateTimeField(_l("登记时间"))
    registered_by = models.CharField(_l("登记人"), max_length=80)
    called_off_at = models.DateTimeField(_l("取消时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("维护时段")
        ordering = ["-starts_at"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="inspection_window_ends", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="inspection_window_before", condition=Q(registered_at__lte=F("starts_at"))),
            models.CheckConstraint(name="inspection_window_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="inspection_window_called_off",
                condition=Q(called_off_at__isnull=True) | Q(called_off_at__lte=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SiteChange(models.Model):
    """网站变更. Opened, suspended, resumed, merged, closed: with its document and when it was reported up. Append-only."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="changes", verbose_name=_l("政府网站"))
    seq = models.PositiveSmallIntegerField(_l("次序"))
    verb = models.CharField(_l("变更"), max_length=10, choices=CHANGE_VERBS)
    source = models.CharField(_l("原状态"), max_length=10, choices=SiteState)
    target = models.CharField(_l("新状态"), max_length=10, choices=SiteState)
    on = models.DateField(_l("生效日期"))
    document = models.CharField(_l("批准文件"), max_length=120, blank=True)
    reported_on = models.DateField(_l("报备日期"), null=True, blank=True)
    merged_into = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("整合到")
    )
    reason = models.CharField(_l("事由"), max_length=300)
    by = models.CharField(_l("办理人"), max_length=80)
    at = models.DateTimeField(_l("登记时间"))
    record = models.CharField(_l("存证编号"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _l("网站变更")
        ordering = ["site", "seq"]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="inspection_site_change_once", fields=["site", "seq"]),
            models.CheckConstraint(
                name="inspection_site_change_merged", condition=~Q(verb="merge") | Q(merged_into__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.seq} {self.verb}"


@pghistory.track()
class Candidate(models.Model):
    """待登记域名. A host below a domain of the city, seen in a page's links, that no site has."""

    host = models.CharField(_l("域名"), max_length=253, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="candidates", verbose_name=_l("发现于网站"))
    seen_on = models.CharField(_l("发现于网页"), max_length=2000)
    first_seen = models.DateTimeField(_l("首次发现"))
    last_seen = models.DateTimeField(_l("最近发现"))
    state = models.CharField(
        _l("处理状态"), max_length=12, choices=CandidateState, default=CandidateState.NEW, db_index=True
    )
    reason = models.CharField(_l("理由"), max_length=200, blank=True)
    decided_by = models.CharField(_l("处理人"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_l("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("待登记域名")
        ordering = ["-first_seen", "host"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(name="inspection_candidate_seen", condition=Q(last_seen__gte=F("first_seen"))),
            models.CheckConstraint(
                name="inspection_candidate_ignored_why", condition=~Q(state="ignored") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.host


@pghistory.track(exclude=["checked_at", "result"])
class Suspect(models.Model):
    """疑似仿冒域名. A host that may imitate a site: guessed from its name, met in a link, or entered by a person; looked at by every run."""

    host = models.CharField(
        _l("域名"),
        max_length=253,
        unique=True,
        validators=[RegexValidator(HOST, _l("只填域名，小写，例如 www.example.com；不要带 http:// 和路径"))],
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="suspects", verbose_name=_l("疑似仿冒的网站"))
    source = models.CharField(
        _l("发现方式"), max_length=8, choices=SuspectSource, default=SuspectSource.PERSON, editable=False
    )
    seen_on = models.CharField(_l("发现于网页"), max_length=2000, blank=True)
    first_seen = models.DateTimeField(_l("首次发现"), null=True, blank=True)
    checked_at = models.DateTimeField(_l("最近核对"), null=True, blank=True)
    result = models.CharField(_l("核对结果"), max_length=8, choices=SuspectResult, blank=True)
    note = models.CharField(_l("说明"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("疑似仿冒域名")
        ordering = ["host"]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.host
