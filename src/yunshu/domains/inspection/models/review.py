"""What review and time limits go by: terms accepted as no fault, and how long a unit has."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_findings import DueUnit, TermScope
from yunshu.domains.inspection.models.common import KEPT
from yunshu.domains.inspection.models.findings import Finding
from yunshu.domains.inspection.models.registry import Site


@pghistory.track()
class AcceptedTerm(models.Model):
    """认可词. A term that checks of ``kind`` (empty: of every kind) report and that is no fault, in the city or on one site."""

    kind = models.CharField(_l("检查项"), max_length=24, choices=Check, blank=True)
    term = models.CharField(_l("词语"), max_length=200, db_index=True)
    scope = models.CharField(_l("认可范围"), max_length=4, choices=TermScope, default=TermScope.CITY)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("政府网站"))
    reason = models.CharField(_l("理由"), max_length=300)
    taught_by = models.ForeignKey(
        Finding, models.PROTECT, null=True, blank=True, related_name="taught", verbose_name=_l("由误报学得")
    )
    made_by = models.CharField(_l("认可人"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("人员"))
    made_at = models.DateTimeField(_l("认可时间"))
    expires = models.DateField(_l("有效至"), null=True, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("认可词")
        ordering = ["term", "pk"]
        triggers = [KEPT]
        constraints = [
            models.CheckConstraint(
                name="inspection_term_scope",
                condition=Q(scope="city", site__isnull=True) | Q(scope="site", site__isnull=False),
            ),
            models.CheckConstraint(name="inspection_term_has_reason", condition=~Q(term="") & ~Q(reason="")),
            models.UniqueConstraint(
                name="inspection_term_once",
                fields=["kind", "term", "site"],
                condition=Q(is_active=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.term


@pghistory.track()
class DueRule(models.Model):
    """检查办理时限. The city's own or a document's: ``source`` says which; ``verified`` once somebody held it against the text."""

    code = models.CharField(_l("代码"), max_length=20, unique=True)
    name = models.CharField(_l("事项"), max_length=60)
    amount = models.PositiveSmallIntegerField(_l("时限"))
    unit = models.CharField(_l("时限单位"), max_length=14, choices=DueUnit, default=DueUnit.WORKING_DAYS)
    source = models.CharField(_l("出处"), max_length=200)
    verified = models.BooleanField(_l("已核对原文"), default=False)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("检查办理时限")
        ordering = ["code"]
        constraints = [models.CheckConstraint(name="inspection_due_some_time", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return self.name
