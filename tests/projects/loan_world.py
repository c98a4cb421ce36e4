"""A loan of 100 million yen for the tests: 41 instalments from 2003-04-20, its bureau, and who may do what."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.projects.contracts import LOAN_APPROVE, LOAN_EDIT, LOAN_VIEW
from yunshu.domains.projects.models import Loan, LoanEntry
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loan_entries, loan_rates, loans

NOW = datetime(2024, 6, 1, 2, tzinfo=UTC)
SOURCE = "Central parity, as printed"


class LoanWorld:
    """A bureau, its clerk and its head, and what they do."""

    def __init__(self, org: Org | None = None) -> None:
        self.org = org or OrgFactory()
        self.clerk = staff([LOAN_VIEW, LOAN_EDIT], org=self.org)
        self.head = staff([LOAN_VIEW, LOAN_APPROVE], org=self.org)
        self.vouchers = 0

    @cached_property
    def stranger(self) -> Staff:
        """Somebody of another organisation who holds everything there."""
        return staff([LOAN_VIEW, LOAN_EDIT, LOAN_APPROVE])

    def loan(self, **more: Any) -> Loan:
        """A loan of which only the name is known."""
        spec = loans.LoanSpec(**({"name": "Loan", "org": self.org.code} | more))
        return loans.save_loan(actor=self.head, spec=spec, now=NOW)

    def terms(self, loan: Loan, **more: Any) -> Any:
        """The check loan's terms."""
        words: dict[str, Any] = {
            "principal": 100_000_000,
            "rate_percent": Decimal("2.5"),
            "starts_on": date(2002, 10, 20),
            "grace_months": 6,
            "instalments": 41,
            "basis": "Agreement, art. 3",
        }
        return loans.set_terms(actor=self.head, number=loan.number, spec=loans.TermsSpec(**(words | more)), now=NOW)

    def rates(self, rates: dict[date, str], kind: str = "parity") -> None:
        """Rates of yuan for 100 yen."""
        lines = [(on, Decimal(rate)) for on, rate in rates.items()]
        loan_rates.add_rates(actor=self.clerk, kind=kind, source=SOURCE, lines=lines, now=NOW)

    def opened(self, on: date = date(2003, 1, 1), rate: str = "5", **terms: Any) -> Loan:
        """A loan whose books are open."""
        loan = self.loan()
        self.terms(loan, **terms)
        self.rates({on: rate})
        loan_entries.open_account(actor=self.clerk, number=loan.number, on=on, kind="parity", now=NOW)
        return loan

    def repay(self, loan: Loan, on: date, amount: int, cost: str, **more: Any) -> LoanEntry:
        """A repayment."""
        self.vouchers += 1
        words = {"voucher": f"V{self.vouchers}", "rate_source": "Bank, selling"} | more
        spec = loan_entries.RepaymentSpec(on=on, amount=amount, cost_yuan=Decimal(cost), **words)
        return loan_entries.repay_loan(actor=self.clerk, number=loan.number, spec=spec, now=NOW)

    def revalue(self, loan: Loan, on: date, rate: str) -> LoanEntry:
        """A revaluation at a rate of its own day."""
        self.rates({on: rate})
        return loan_entries.revalue_loan(actor=self.clerk, number=loan.number, on=on, kind="parity", now=NOW)

    def reverse(self, loan: Loan, entry: LoanEntry, reason: str = "Wrong") -> LoanEntry:
        """A reversal."""
        return loan_entries.reverse_entry(
            actor=self.clerk, number=loan.number, entry=entry.number, reason=reason, now=NOW
        )


OF_LOAN = (
    *("loan", "edit_loan", "print_loan", "loan_terms", "new_loan_terms", "loan_account", "open_loan_account"),
    *("repay_loan", "revalue_loan", "loan_budget", "new_loan_budget", "loan_reserve", "loan_closing"),
)


def addresses(org: Org) -> dict[str, tuple[str, ...]]:
    """The arguments of every page about a loan, for whoever walks all pages."""
    world = LoanWorld(org)
    loan = world.opened()
    entry, rate = loan.entries.get(), selectors.visible_rates(world.clerk).get()
    pages = {f"projects:{name}": (loan.number,) for name in OF_LOAN}
    return pages | {
        "projects:reverse_loan_entry": (loan.number, entry.number),
        "projects:correct_rate": (rate.number,),
    }
