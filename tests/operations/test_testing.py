"""Acceptance evidence: nothing is signed off that did not pass, whoever asks and by whatever way."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import OrgFactory, staff

from yunshu.domains.ledger.models import Record
from yunshu.domains.operations.contracts import TEST_APPROVE, TEST_EDIT, TEST_VIEW
from yunshu.domains.operations.models import Defect, SignOff, TestPlan, TestRun
from yunshu.domains.operations.selectors import testing as selectors
from yunshu.domains.operations.services import testing as services
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


class Bench:
    """A plan of two demanded cases, a tester and an approver."""

    def __init__(self) -> None:
        self.org = OrgFactory()
        self.tester = staff((TEST_VIEW, TEST_EDIT), org=self.org)
        self.approver = staff((TEST_VIEW, TEST_EDIT, TEST_APPROVE), org=self.org)
        spec = services.PlanSpec(title="协同办公部署测试", scope="oa")
        self.plan = services.create_plan(actor=self.tester, org=self.org.code, spec=spec, now=NOW)
        for code in ("f1", "f2"):
            self.case(code)

    def case(self, code: str, *, is_required: bool = True) -> None:
        words = {"title": code, "kind": "function", "steps": "登录", "expected": "进入首页"}
        spec = services.CaseSpec(code=code, is_required=is_required, **words)
        services.add_case(actor=self.tester, plan=self.plan.number, spec=spec)

    def run(self, code: str, result: str = "pass", severity: str = "") -> TestRun:
        spec = services.RunSpec(result=result, actual="如预期", severity=severity)
        return services.record_run(actor=self.tester, plan=self.plan.number, case=code, spec=spec, now=NOW)

    def sign_off(self) -> SignOff:
        return services.sign_off(actor=self.approver, plan=self.plan.number, opinion="同意", now=NOW)

    def failed(self, severity: str = "minor") -> Defect:
        self.run("f1")
        self.run("f2", "fail", severity)
        return Defect.objects.get()


@pytest.fixture
def bench(db: None) -> Bench:
    return Bench()


def refused(bench: Bench) -> str:
    with pytest.raises(Refused) as error:
        bench.sign_off()
    return error.value.code


def test_a_plan_is_signed_off_when_every_demanded_case_passed(bench: Bench) -> None:
    bench.case("extra", is_required=False)
    bench.run("f1")
    assert refused(bench) == "cases_not_passed"
    bench.run("f2")
    made = bench.sign_off()
    assert (made.passed, made.demanded) == (2, 2)
    assert Record.objects.filter(kind="operations.test", subject=bench.plan.number).count() == 4
    with pytest.raises(Conflict):
        bench.run("f1", "fail", "minor")


def test_a_plan_without_cases_proves_nothing(bench: Bench) -> None:
    spec = services.PlanSpec(title="空方案")
    bench.plan = services.create_plan(actor=bench.tester, org=bench.org.code, spec=spec, now=NOW)
    assert refused(bench) == "no_cases"


def test_a_mended_defect_is_closed_by_the_run_that_passes(bench: Bench) -> None:
    defect = bench.failed("major")
    bench.run("f2")
    assert refused(bench) == "cases_not_passed"
    services.mend_defect(actor=bench.tester, plan=bench.plan.number, number=defect.number, fix="已改", now=NOW)
    retest = bench.run("f2")
    defect.refresh_from_db()
    assert (defect.state, defect.retest) == ("closed", retest)
    assert bench.sign_off().passed == 2


def accept(bench: Bench, defect: Defect, actor: Any = None) -> None:
    who = actor or bench.approver
    services.accept_defect(actor=who, plan=bench.plan.number, number=defect.number, reason="不影响使用", now=NOW)


@pytest.mark.parametrize(("severity", "code"), [("blocker", "too_severe"), ("major", "too_severe")])
def test_a_severe_defect_is_not_accepted(bench: Bench, severity: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        accept(bench, bench.failed(severity))
    assert error.value.code == code


def test_a_minor_defect_is_accepted_by_somebody_else_and_the_case_must_still_pass(bench: Bench) -> None:
    defect = bench.failed()
    with pytest.raises(NotPermitted):
        accept(bench, defect, bench.tester)
    accept(bench, defect)
    assert refused(bench) == "cases_not_passed"
    bench.run("f2")
    assert bench.sign_off().passed == 2


def test_who_reported_a_defect_does_not_accept_it(bench: Bench) -> None:
    bench.tester = bench.approver
    with pytest.raises(Refused, match="自己"):
        accept(bench, bench.failed())


def test_the_database_takes_no_sign_off_that_is_untrue(bench: Bench) -> None:
    bench.failed()
    words = {"passed": 2, "demanded": 2, "opinion": "x", "digest": "0" * 64, "by": "x", "at": NOW}
    for act in (
        lambda: SignOff.objects.create(plan=bench.plan, **words),
        lambda: TestPlan.objects.filter(pk=bench.plan.pk).update(state="signed_off"),
        lambda: TestRun.objects.filter(result="fail").update(result="pass"),
        lambda: TestRun.objects.all().delete(),
        lambda: Defect.objects.update(state="accepted", settled_at=NOW),
        lambda: Defect.objects.update(state="closed", settled_at=NOW, retest=TestRun.objects.first()),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_stranger_sees_no_plan(bench: Bench) -> None:
    with pytest.raises(NotFound):
        selectors.get_plan(staff((TEST_VIEW,)), bench.plan.number)
