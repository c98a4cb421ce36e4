"""The loan in the performance table and in the city pack: what is measured, what stays blank."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.projects.loan_world import LoanWorld

from yunshu.config.city.load_loans import load_loans
from yunshu.config.city.pack import read
from yunshu.domains.directory.models import Org
from yunshu.domains.projects.loan_metrics import repaid_on_time
from yunshu.domains.projects.models import Loan
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.lib.kernel.measure import Scope
from yunshu.lib.loans import schedule

pytestmark = pytest.mark.django_db
FIRST = date(2003, 4, 20)


@pytest.fixture
def world(db: None) -> LoanWorld:
    return LoanWorld()


def test_repayment_on_time_is_measured_with_every_due_date_behind_it(world: LoanWorld) -> None:
    loan = world.opened()
    world.repay(loan, FIRST, 3_686_575, "184328.75")
    second = world_schedule(loan)[1]
    world.repay(loan, second.due_on + timedelta(days=1), second.amount.minor, "184000.00")

    found = repaid_on_time(scope(world, date(2003, 1, 1), date(2003, 12, 31)))

    assert (found.value, found.numerator, found.denominator) == (50, 1, 2)
    assert [r.number for r in found.records] == [f"{loan.number}/2003-04-20", f"{loan.number}/2003-10-20"]
    assert repaid_on_time(scope(world, date(2002, 1, 1), date(2002, 12, 31))).value is None


def test_nothing_is_measured_while_the_terms_are_unknown(world: LoanWorld) -> None:
    world.loan()

    found = repaid_on_time(scope(world, date(2022, 1, 1), date(2022, 12, 31)))
    assert found.value is None
    assert "待补" in found.note


def scope(world: LoanWorld, first: date, last: date) -> Scope:
    return Scope(org_code=world.org.code, starts_on=first, ends_on=last)


def world_schedule(loan: Loan) -> Any:
    return schedule(selectors.terms_of(loan.terms.get()))


def test_the_city_pack_enters_the_loan_with_its_blanks_and_never_twice(world: LoanWorld) -> None:
    pack, problems = read(Path(__file__).parents[2] / "cities/jieyang")
    assert pack is not None, problems
    Org.objects.filter(pk=world.org.pk).update(code="445200-001")

    assert load_loans(pack).counts == {"created": 1}
    assert load_loans(pack).counts == {"same": 1}
    loan = Loan.objects.get(code="yen-3")
    assert (loan.basis, loan.lender, loan.terms.count()) == ("揭府函〔1992〕64号", "", 0)
    [year] = selectors.years_of(loan)
    assert year.budget is not None
    assert (year.budget.amount_yuan, year.budget.planned, year.split) == (Decimal(100_000), None, None)
