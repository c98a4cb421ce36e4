"""Tables of projects."""

from yunshu.domains.projects.models.loans import ExchangeRate, Loan, LoanBudget, LoanEntry, LoanTerms
from yunshu.domains.projects.models.projects import Project

__all__ = ["ExchangeRate", "Loan", "LoanBudget", "LoanEntry", "LoanTerms", "Project"]
