"""Loans of the pack: entered once with what their source says; what people did with them since is left alone."""

from django.db import transaction

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.loan_facts import LoanFacts
from yunshu.config.city.pack import Pack
from yunshu.domains.projects.selectors.loans import loan_of_code, project_number
from yunshu.domains.projects.services import loans as services
from yunshu.lib.kernel import clock


def load_loans(pack: Pack) -> Tally:
    """Load loans.toml; a loan that exists is kept as it is."""
    tally = Tally(file="loans.toml")
    for facts in pack.loans.loans:
        with transaction.atomic():
            tally.counts["created" if _loan(facts) else "same"] += 1
    return tally


def _loan(facts: LoanFacts) -> bool:
    if loan_of_code(facts.code):
        return False
    now = clock.now()
    spec = services.LoanSpec(**facts.model_dump(exclude={"budgets", "project"}), project=project_number(facts.project))
    number = services.save_loan(actor=ACTOR, spec=spec, now=now).number
    for row in facts.budgets:
        services.set_budget(actor=ACTOR, number=number, spec=services.BudgetSpec(**row.model_dump()), now=now)
    return True
