"""loans.toml of a city pack: what a source says of a loan; what it does not say is left out, and shown as 待补."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from yunshu.config.city.facts import Facts, Text
from yunshu.lib.kernel import money


class LoanBudgetFacts(Facts):
    """What a year was given for a loan."""

    year: Annotated[int, Field(ge=1990, le=2100)]
    amount_yuan: Annotated[Decimal, AfterValidator(money.yuan)]
    basis: Text


class LoanFacts(Facts):
    """A loan; terms are never guessed, an official enters them from the agreement."""

    code: Text
    name: Text
    org: Text
    project: str = ""
    """The code of the project that it is repaid under, as ``load_projects`` made it: the table's year and task."""
    lender: str = ""
    guarantor: str = ""
    purpose: str = ""
    basis: str = ""
    source: Text
    budgets: tuple[LoanBudgetFacts, ...] = ()


class LoansFacts(Facts):
    """loans.toml."""

    loans: tuple[LoanFacts, ...] = ()
