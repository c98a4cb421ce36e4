"""What projects shows others, as plain values: its rights, what it proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

PROJECT_VIEW = declare("projects.project.view", label("查看信息化项目"))
PROJECT_EDIT = declare("projects.project.edit", label("申报与维护信息化项目"))
PROJECT_APPROVE = declare("projects.project.approve", label("审查项目申报、登记批复"))
CONTRACT_EDIT = declare("projects.contract.edit", label("登记合同、变更与付款分期"))
ACCEPTANCE_EDIT = declare("projects.acceptance.edit", label("确认验收与付款节点"))
BUDGET_EDIT = declare("projects.budget.edit", label("登记项目预算与结转"))
PAYMENT_EDIT = declare("projects.payment.edit", label("登记项目付款"))
REVIEW_ORGANISE = declare("projects.review.organise", label("组织第三方评审"))
REVIEW_SCORE = declare("projects.review.score", label("评审打分"))

DOCUMENT_KIND = "projects.document"
"""How the attachments of a project's document are filed."""
PROOF_KIND = "projects."
"""How every kind of ledger record of this domain begins."""


class Proven(StrEnum):
    """What of projects is proven by the ledger."""

    PROJECT = "project"
    STEP = "step"
    APPROVAL = "approval"
    BUDGET = "budget"
    CONTRACT = "contract"
    CHANGE = "change"
    CONFIRMATION = "confirmation"
    PAYMENT = "payment"
    PENALTY = "penalty"
    DRAW = "draw"
    DRAW_REVEAL = "draw_reveal"
    REVIEW = "review"


PROVEN_NAMES = {
    Proven.PROJECT: label("信息化项目"),
    Proven.STEP: label("项目阶段"),
    Proven.APPROVAL: label("立项批复"),
    Proven.BUDGET: label("项目预算"),
    Proven.CONTRACT: label("项目合同"),
    Proven.CHANGE: label("合同变更"),
    Proven.CONFIRMATION: label("验收与节点确认"),
    Proven.PAYMENT: label("项目付款"),
    Proven.PENALTY: label("合同扣款"),
    Proven.DRAW: label("专家抽取承诺"),
    Proven.DRAW_REVEAL: label("专家抽取结果"),
    Proven.REVIEW: label("第三方评审"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A payment of a project or (below zero, ``reverses`` a number) its reversal, for whoever reads the book."""

    number: str
    project: str
    on: date
    amount_yuan: Decimal
    voucher: str
    statement: str
    reverses: str
    made_by: str


@dataclass(frozen=True, kw_only=True)
class Due:
    """What a contract makes due in a year, less what was deducted; ``on`` is None where only the year is known."""

    project: str
    on: date | None
    amount_yuan: Decimal
    basis: str


# loans ----------------------------------------------------------------------------------------------------------------

LOAN_VIEW = declare("projects.loan.view", label("查看外币贷款"))
LOAN_EDIT = declare("projects.loan.edit", label("登记外汇牌价、还本付息与汇率重估"))
LOAN_APPROVE = declare("projects.loan.approve", label("登记贷款条款、还款预算与结清"))


class LoanProven(StrEnum):
    """What of loans is proven by the ledger."""

    LOAN = "loan"
    TERMS = "loan_terms"
    RATE = "loan_rate"
    BUDGET = "loan_budget"
    ENTRY = "loan_entry"
    CLOSING = "loan_closing"


LOAN_PROVEN_NAMES = {
    LoanProven.LOAN: label("外币贷款"),
    LoanProven.TERMS: label("贷款条款"),
    LoanProven.RATE: label("外汇牌价"),
    LoanProven.BUDGET: label("还款预算"),
    LoanProven.ENTRY: label("贷款账目"),
    LoanProven.CLOSING: label("贷款结清"),
}
for _loan_proven, _loan_name in LOAN_PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_loan_proven.value}", _loan_name)
