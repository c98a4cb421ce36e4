"""Reading acceptance evidence: plans, their cases with the newest run, defects."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import TEST_VIEW
from yunshu.domains.operations.models import Defect, SignOff, TestCase, TestPlan, TestRun
from yunshu.domains.operations.rules import testing as rules
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound

UNSETTLED = (rules.OPEN, rules.FIXED)


def visible_plans(viewer: Viewer) -> QuerySet[TestPlan]:
    """Return the test plans of the organisations in reach."""
    return TestPlan.objects.filter(within(viewer, TEST_VIEW, "org__path")).select_related("org", "system")


def get_plan(viewer: Viewer, number: str) -> TestPlan:
    """Return one plan; raise NotFound (``plan_not_found``)."""
    row = visible_plans(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("plan_not_found")
    return row


def get_case(plan: TestPlan, code: str) -> TestCase:
    """Return one case of a plan; raise NotFound (``case_not_found``)."""
    row = plan.cases.filter(code=code).first()
    if row is None:
        raise NotFound("case_not_found")
    return row


@dataclass(frozen=True)
class CaseLine:
    """A case with its newest run and its defects that are not settled."""

    case: TestCase
    last: TestRun | None
    unsettled: int

    @property
    def facts(self) -> rules.CaseFacts:
        """The same for the rules."""
        result = self.last.result if self.last else ""
        return rules.CaseFacts(self.case.code, self.case.is_required, result, self.unsettled)


def lines_of(plan: TestPlan) -> Sequence[CaseLine]:
    """Return the cases of a plan as they stand."""
    newest = TestRun.objects.filter(case__plan=plan).order_by("case_id", "-pk").distinct("case_id")
    last = {run.case_id: run for run in newest}
    unsettled = Defect.objects.filter(case__plan=plan, state__in=UNSETTLED)
    open_of = Counter(unsettled.values_list("case_id", flat=True))
    return [CaseLine(case, last.get(case.pk), open_of[case.pk]) for case in plan.cases.order_by("code")]


def runs_of(case: TestCase) -> QuerySet[TestRun]:
    """Return every try of a case, the newest first."""
    return case.runs.order_by("-pk")


def defects_of(plan: TestPlan) -> QuerySet[Defect]:
    """Return the defects of a plan, the newest first."""
    return Defect.objects.filter(case__plan=plan).select_related("case", "run", "retest").order_by("-pk")


def sign_off_of(plan: TestPlan) -> SignOff | None:
    """Return the sign-off of a plan, None where there is none."""
    return SignOff.objects.filter(plan=plan).first()


def facts_until(plan: TestPlan, until: datetime) -> Sequence[rules.CaseFacts]:
    """Return the cases of a plan as they stood at an instant."""
    newest = TestRun.objects.filter(case__plan=plan, at__lt=until).order_by("case_id", "-pk").distinct("case_id")
    last = {run.case_id: run.result for run in newest}
    open_then = Q(settled_at__isnull=True) | Q(settled_at__gte=until)
    opened = Defect.objects.filter(open_then, case__plan=plan, reported_at__lt=until)
    unsettled = Counter(opened.values_list("case_id", flat=True))
    return [
        rules.CaseFacts(c.code, c.is_required, last.get(c.pk, ""), unsettled[c.pk]) for c in plan.cases.order_by("code")
    ]
