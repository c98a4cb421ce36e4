"""Stock-taking: what should be there, what was seen, how it ended."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.models.assets import KEPT, Asset
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.rules import assets as rules


@pghistory.track()
class Stocktake(models.Model):
    """资产盘点. Open until somebody closes it with a report that is signed for and stays as it is."""

    number = models.CharField(_l("盘点编号"), max_length=24, unique=True)
    title = models.CharField(_l("盘点名称"), max_length=80)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("盘点单位"))
    with_below = models.BooleanField(_l("含下级单位"), default=False)
    started_by = models.CharField(_l("发起人"), max_length=80)
    started_at = models.DateTimeField(_l("开始时间"))
    closed_by = models.CharField(_l("签认人"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_l("结束时间"), null=True, blank=True)
    conclusion = models.TextField(_l("盘点结论"), blank=True)
    report = models.JSONField(_l("盘点报告"), null=True, blank=True)
    digest = models.CharField(_l("报告摘要值"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("资产盘点")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="operations_stocktake_closed_whole",
                condition=Q(closed_at__isnull=True, report__isnull=True)
                | (Q(closed_at__isnull=False, report__isnull=False) & ~Q(closed_by="") & ~Q(digest="")),
            ),
            models.UniqueConstraint(
                name="operations_stocktake_one_open", fields=["org"], condition=Q(closed_at__isnull=True)
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Protect(
                name="report_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StocktakeLine(models.Model):
    """盘点清单. An asset that must be found, and where, as the books said when it began."""

    stocktake = models.ForeignKey(Stocktake, models.PROTECT, related_name="lines", verbose_name=_l("资产盘点"))
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_l("资产"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("账面单位"))
    location = models.CharField(_l("账面地点"), max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("盘点清单")
        ordering = ["stocktake", "asset__number"]
        constraints = [models.UniqueConstraint(name="operations_line_once", fields=["stocktake", "asset"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.stocktake} {self.asset}"


class StocktakeScan(models.Model):
    """盘点记录. Something that was seen; the newest one of an asset (or of a code nobody knows) counts. Append-only."""

    stocktake = models.ForeignKey(Stocktake, models.PROTECT, related_name="scans", verbose_name=_l("资产盘点"))
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", verbose_name=_l("资产"))
    code = models.CharField(_l("扫描内容"), max_length=200)
    org = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+", verbose_name=_l("所在单位"))
    location = models.CharField(_l("所在地点"), max_length=120, blank=True)
    outcome = models.CharField(_l("盘点结果"), max_length=10, choices=choices_of(rules.OUTCOMES))
    note = models.CharField(_l("说明"), max_length=200, blank=True)
    by = models.CharField(_l("盘点人"), max_length=80)
    at = models.DateTimeField(_l("盘点时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("盘点记录")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(name="operations_scan_code", fields=["stocktake", "code", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="operations_scan_outcome",
                condition=Q(outcome__in=["found", "misplaced"], asset__isnull=False) | Q(outcome="surplus"),
            )
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="while_open",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("closed", "timestamptz")],
                func="""
                    SELECT closed_at INTO closed FROM operations_stocktake WHERE id = NEW.stocktake_id FOR SHARE;
                    IF closed IS NOT NULL THEN
                        RAISE EXCEPTION 'the stock-taking is closed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_scan_while_open';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code
