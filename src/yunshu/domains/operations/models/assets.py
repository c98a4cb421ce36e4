"""Assets: models that are bought, the things themselves, every movement of them."""

import pghistory
import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.asset_choices import choices_of, moves_of
from yunshu.domains.operations.rules import assets as rules
from yunshu.lib.taking.guards import undoable

KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
ASSET_KEPT = undoable("kept", also_update=False, number="OLD.number")
MOVEMENT_KEPT = undoable(
    "append_only", also_update=True, number="(SELECT number FROM operations_asset WHERE id = OLD.asset_id)"
)


@pghistory.track()
class AssetModel(models.Model):
    """资产型号. What a maker sells; whether it stands in the published results of 安全可靠测评 is data with its source."""

    code = models.SlugField(_l("型号代码"), max_length=40, unique=True)
    kind = models.CharField(_l("资产类别"), max_length=10, choices=choices_of(rules.KINDS))
    maker = models.CharField(_l("厂商"), max_length=80)
    name = models.CharField(_l("型号"), max_length=80)
    is_secure = models.BooleanField(
        _l("安全可靠"),
        null=True,
        blank=True,
        help_text=_l("依据安全可靠测评结果公告填写；未核对的留空，不能用于替代。"),
    )
    basis = models.CharField(_l("依据"), max_length=200, blank=True, help_text=_l("公告名称、期号和日期。"))
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("资产型号")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="operations_model_secure_has_basis", condition=Q(is_secure__isnull=True) | ~Q(basis="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maker} {self.name}"


@pghistory.track()
class Asset(models.Model):
    """资产. One thing with its serial number; where it is and in which state changes only by a movement."""

    number = models.CharField(_l("资产编号"), max_length=24, unique=True)
    kind = models.CharField(_l("资产类别"), max_length=10, choices=choices_of(rules.KINDS))
    model = models.ForeignKey(
        AssetModel, models.PROTECT, null=True, blank=True, related_name="assets", verbose_name=_l("型号")
    )
    serial = models.CharField(_l("序列号"), max_length=60, blank=True)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("使用单位"))
    location = models.CharField(_l("存放地点"), max_length=120, blank=True)
    holder = models.CharField(_l("使用人"), max_length=60, blank=True)
    state = models.CharField(_l("状态"), max_length=10, choices=choices_of(rules.STATES))
    moves = models.PositiveIntegerField(_l("变动次数"), default=0)
    bought_on = models.DateField(_l("购置日期"), null=True, blank=True)
    warranty_until = models.DateField(_l("保修截止"), null=True, blank=True)
    contract = models.CharField(_l("合同编号"), max_length=40, blank=True)
    supplier = models.CharField(_l("供应商"), max_length=80, blank=True)
    note = models.CharField(_l("说明"), max_length=300, blank=True)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("资产")
        ordering = ["number"]
        indexes = [
            models.Index(name="operations_asset_org_state", fields=["org", "state"]),
            GinIndex(
                fields=["number", "serial", "location", "holder"],
                name="operations_asset_search",
                opclasses=["gin_trgm_ops"] * 4,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="operations_asset_serial_once", fields=["model", "serial"], condition=~Q(serial="")
            ),
            models.CheckConstraint(
                name="operations_asset_warranty",
                condition=Q(bought_on__isnull=True)
                | Q(warranty_until__isnull=True)
                | Q(warranty_until__gte=F("bought_on")),
            ),
            models.CheckConstraint(name="operations_asset_state", condition=Q(state__in=list(rules.STATES))),
        ]
        triggers = [
            ASSET_KEPT,
            pgtrigger.Trigger(
                name="by_movement",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.number <> OLD.number THEN RAISE EXCEPTION 'the number of an asset stays'; END IF;
                    IF (NEW.state, NEW.org_id, NEW.location, NEW.holder, NEW.moves)
                        IS DISTINCT FROM (OLD.state, OLD.org_id, OLD.location, OLD.holder, OLD.moves)
                        AND (NEW.moves <> OLD.moves + 1 OR NOT EXISTS (
                            SELECT 1 FROM operations_movement m
                             WHERE m.asset_id = NEW.id AND m.seq = NEW.moves
                               AND m.source = CASE WHEN OLD.moves = 0 THEN '' ELSE OLD.state END
                               AND m.target = NEW.state AND m.org_id = NEW.org_id
                               AND m.location = NEW.location AND m.holder = NEW.holder))
                    THEN RAISE EXCEPTION 'asset % changes only by a movement', OLD.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_asset_by_movement';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Movement(models.Model):
    """资产变动. What happened to an asset, where it is since then, by whom and why; append-only. Inserting one moves the asset."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="movements", verbose_name=_l("资产"))
    seq = models.PositiveIntegerField(_l("序号"))
    verb = models.CharField(_l("变动"), max_length=16, choices=choices_of(rules.LIFE.names()))
    source = models.CharField(_l("原状态"), max_length=10, blank=True)
    target = models.CharField(_l("新状态"), max_length=10)
    org_before = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+", verbose_name=_l("原单位"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("单位"))
    location = models.CharField(_l("存放地点"), max_length=120, blank=True)
    holder = models.CharField(_l("使用人"), max_length=60, blank=True)
    reason = models.CharField(_l("事由"), max_length=300, blank=True)
    reference = models.CharField(_l("关联编号"), max_length=24, blank=True)
    by = models.CharField(_l("经办人"), max_length=80)
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("资产变动")
        ordering = ["asset", "seq"]
        constraints = [
            models.UniqueConstraint(name="operations_movement_seq", fields=["asset", "seq"]),
            models.CheckConstraint(name="operations_movement_allowed", condition=moves_of(rules.LIFE)),
        ]
        triggers = [
            MOVEMENT_KEPT,
            pgtrigger.Trigger(
                name="carries_asset",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func="""
                    UPDATE operations_asset SET state = NEW.target, org_id = NEW.org_id, location = NEW.location,
                        holder = NEW.holder, moves = NEW.seq WHERE id = NEW.asset_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.seq}"
