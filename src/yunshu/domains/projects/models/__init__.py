"""Tables of projects."""

from yunshu.domains.projects.models.contracts import (
    Acceptance,
    Approval,
    Confirmation,
    Contract,
    ContractChange,
    Guarantee,
    Instalment,
    Penalty,
)
from yunshu.domains.projects.models.life import DocumentRule, ProjectDocument
from yunshu.domains.projects.models.loans import ExchangeRate, Loan, LoanBudget, LoanEntry, LoanTerms
from yunshu.domains.projects.models.money import BudgetLine, BudgetMove, Limit, Payment
from yunshu.domains.projects.models.projects import CostLine, Project
from yunshu.domains.projects.models.review import Expert, Finding, Review, ReviewScore, ReviewSeat

__all__ = [
    "Acceptance",
    "Approval",
    "BudgetLine",
    "BudgetMove",
    "Confirmation",
    "Contract",
    "ContractChange",
    "CostLine",
    "DocumentRule",
    "ExchangeRate",
    "Expert",
    "Finding",
    "Guarantee",
    "Instalment",
    "Limit",
    "Loan",
    "LoanBudget",
    "LoanEntry",
    "LoanTerms",
    "Payment",
    "Penalty",
    "Project",
    "ProjectDocument",
    "Review",
    "ReviewScore",
    "ReviewSeat",
]
