"""By what is measured: schemes, their versions, their indicators. A version that was published never changes again."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices_schemes import Certainty, Part, VersionState
from yunshu.domains.inspection.models.common import KEPT

PUBLISHED_KEPT = pgtrigger.Trigger(
    name="published_kept",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF OLD.state <> 'draft' AND (TG_OP = 'DELETE'
            OR (NEW.scheme_id, NEW.number, NEW.valid_from, NEW.source, NEW.digest, NEW.published_at)
                IS DISTINCT FROM (OLD.scheme_id, OLD.number, OLD.valid_from, OLD.source, OLD.digest, OLD.published_at)
            OR NEW.state = 'draft' OR (OLD.state = 'retired' AND NEW.state <> 'retired'))
        THEN RAISE EXCEPTION 'a published scheme version cannot change'; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)
ONLY_IN_DRAFT = pgtrigger.Trigger(
    name="only_in_draft",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF TG_OP <> 'INSERT' AND EXISTS (
            SELECT 1 FROM inspection_schemeversion v WHERE v.id = OLD.version_id AND v.state <> 'draft')
        THEN RAISE EXCEPTION 'indicators change only in a draft'; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF EXISTS (SELECT 1 FROM inspection_schemeversion v WHERE v.id = NEW.version_id AND v.state <> 'draft')
        THEN RAISE EXCEPTION 'indicators change only in a draft'; END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class Scheme(models.Model):
    """检查方案. Whose indicators: the nation's, the province's, the city's."""

    code = models.SlugField(_l("方案代码"), max_length=24, unique=True)
    name = models.CharField(_l("方案名称"), max_length=80)
    issuer = models.CharField(_l("制定机关"), max_length=80)
    note = models.TextField(_l("说明"), blank=True)
    order = models.PositiveSmallIntegerField(_l("顺序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查方案")
        ordering = ["order", "code"]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class SchemeVersion(models.Model):
    """指标版本. Draft, in force (one a scheme), retired; ``digest`` is that of its indicators, as the ledger has it."""

    number = models.CharField(_l("版本编号"), max_length=24, unique=True)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="versions", verbose_name=_l("检查方案"))
    name = models.CharField(_l("版本名称"), max_length=80)
    state = models.CharField(_l("状态"), max_length=8, choices=VersionState, default=VersionState.DRAFT)
    valid_from = models.DateField(_l("施行日期"), null=True, blank=True)
    valid_from_certainty = models.CharField(
        _l("施行日期核实情况"), max_length=8, choices=Certainty, default=Certainty.RECALLED
    )
    source = models.CharField(_l("出处"), max_length=200)
    note = models.TextField(_l("说明"), blank=True)
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("复制自")
    )
    created_by = models.CharField(_l("起草人"), max_length=80)
    created_at = models.DateTimeField(_l("起草时间"))
    published_by = models.CharField(_l("发布人"), max_length=80, blank=True)
    published_at = models.DateTimeField(_l("发布时间"), null=True, blank=True)
    digest = models.CharField(_l("摘要"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("指标版本")
        ordering = ["scheme", "-created_at", "-pk"]
        triggers = [PUBLISHED_KEPT]
        constraints = [
            models.UniqueConstraint(
                name="inspection_scheme_one_in_force", fields=["scheme"], condition=Q(state="in_force")
            ),
            models.CheckConstraint(
                name="inspection_version_published",
                condition=Q(state="draft")
                | (Q(published_at__isnull=False) & Q(valid_from__isnull=False) & ~Q(digest="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.name}"


@pghistory.track()
class Indicator(models.Model):
    """检查指标. ``formula`` is data (``rules/formulas.py``); ``certainty`` says whether an official text was read."""

    version = models.ForeignKey(SchemeVersion, models.CASCADE, related_name="indicators", verbose_name=_l("指标版本"))
    code = models.CharField(_l("指标编号"), max_length=12)
    part = models.CharField(_l("指标类别"), max_length=10, choices=Part)
    group = models.CharField(_l("指标分组"), max_length=40)
    name = models.CharField(_l("指标名称"), max_length=80)
    points = models.DecimalField(
        _l("分值"), max_digits=5, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    applies_to = ArrayField(models.CharField(max_length=10), verbose_name=_l("适用对象"))
    needs_duty = models.BooleanField(_l("仅限承担服务职能"), default=False)
    text = models.TextField(_l("指标内容"))
    checks = ArrayField(models.CharField(max_length=24), verbose_name=_l("检查项"), default=list, blank=True)
    formula = models.JSONField(_l("计分公式"))
    certainty = models.CharField(_l("核实情况"), max_length=8, choices=Certainty, default=Certainty.RECALLED)
    source = models.CharField(_l("出处"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_l("顺序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查指标")
        ordering = ["version", "order", "pk"]
        triggers = [ONLY_IN_DRAFT]
        constraints = [
            models.UniqueConstraint(name="inspection_indicator_once", fields=["version", "code"]),
            models.CheckConstraint(name="inspection_indicator_points", condition=Q(points__gte=0)),
            models.CheckConstraint(name="inspection_indicator_veto", condition=~Q(part="veto") | Q(points=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
