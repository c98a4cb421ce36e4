"""Reading acceptance evidence: plans, their cases with the newest run, defects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

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
    open_of: dict[int, int] = {}
    for case_id in Defect.objects.filter(case__plan=plan, state__in=UNSETTLED).values_list("case_id", flat=True):
        open_of[case_id] = open_of.get(case_id, 0) + 1
    return [CaseLine(case, last.get(case.pk), open_of.get(case.pk, 0)) for case in plan.cases.order_by("code")]


def runs_of(case: TestCase) -> QuerySet[TestRun]:
    """Return every try of a case, the newest first."""
    return case.runs.order_by("-pk")


def defects_of(plan: TestPlan) -> QuerySet[Defect]:
    """Return the defects of a plan, the newest first."""
    return Defect.objects.filter(case__plan=plan).select_related("case", "run", "retest").order_by("-pk")


def sign_off_of(plan: TestPlan) -> SignOff | None:
    """Return the sign-off of a plan, None where there is none."""
    return SignOff.objects.filter(plan=plan).first()
