"""Loans: entered, terms by version, account opened, revalued, repaid, reversed, closed. Each fact goes to the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger import api as ledger
from yunshu.domains.projects.contracts import LOAN_APPROVE, PROOF_KIND, LoanProven
from yunshu.domains.projects.loan_choices import EntryKind
from yunshu.domains.projects.models import Loan, LoanBudget, LoanEntry, LoanTerms
from yunshu.domains.projects.rules import loans as rules
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.loans import Account, LoanFault


@dataclass(frozen=True, kw_only=True)
class LoanSpec:
    """What is known of a loan; what is not known stays blank."""

    name: str
    org: str
    lender: str = ""
    guarantor: str = ""
    purpose: str = ""
    basis: str = ""
    source: str = ""
    project: str = ""
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class TermsSpec:
    """A version of the terms; rates in percent. Defaults: as in ``lib.loans.terms``, to be corrected by the agreement."""

    principal: int
    rate_percent: Decimal
    starts_on: date
    grace_months: int
    instalments: int
    basis: str
    months: int = 6
    day: int = 20
    day_count: int = 365
    unit: int = 1000
    remainder: str = "first"
    rounding: str = "down"
    fee_percent: Decimal = Decimal(0)
    fee_base: str = "balance"
    penalty_percent: Decimal = Decimal(0)
    penalty_base: str = "principal"
    penalty_replaces: bool = False
    prepayment: str = "last_first"
    opening_on: date | None = None
    opening_balance: int | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetSpec:
    """A year's approved budget; yen and rate (yuan for 100 yen) if they are known."""

    year: int
    amount_yuan: Decimal
    basis: str
    planned: int | None = None
    rate: Decimal | None = None


@transaction.atomic
def save_loan(*, actor: Viewer, spec: LoanSpec, now: datetime, number: str = "") -> Loan:
    """Enter a loan, or correct what is known of it; raise NotFound (``org_not_found``, ``loan_not_found``), NotPermitted."""
    org = Org.objects.filter(code=spec.org, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(LOAN_APPROVE, org.path)
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写贷款名称。"), where="name")
    words = {name: value for name, value in asdict(spec).items() if name not in ("org", "code")}
    if number:
        row = locked(actor, number, LOAN_APPROVE)
        for name, value in words.items():
            setattr(row, name, value)
        row.org = org
        row.save()
    else:
        row = Loan.objects.create(
            number=public_number("DK", clock.city_date(now)),
            org=org,
            code=spec.code,
            created_by=actor.name,
            created_at=now,
            **words,
        )
    prove(LoanProven.LOAN, row, {**words, "org": org.code}, actor, now)
    return row


@transaction.atomic
def set_terms(*, actor: Viewer, number: str, spec: TermsSpec, now: datetime) -> LoanTerms:
    """Add a version of the terms.

    Raises Refused: ``terms_invalid`` naming the field, ``opening_invalid``, ``basis_missing``, and ``terms_contradict`` where
    what has been repaid would have paid something else under them (reverse the entries first).
    """
    loan = locked(actor, number, LOAN_APPROVE)
    if not spec.basis.strip():
        raise Refused("basis_missing", _("请写明依据哪份协议的哪一条。"), where="basis")
    if (spec.opening_on is None) != (spec.opening_balance is None):
        raise Refused("opening_invalid", _("接账日和接账本金余额须同时填写。"), where="opening_balance")
    last = loan.terms.aggregate(last=Max("ordinal"))["last"] or 0
    row = LoanTerms(loan=loan, ordinal=last + 1, made_by=actor.name, made_at=now, **asdict(spec))
    with refusing():
        selectors.account_of(row, ())
    _demand_agreement(row, selectors.entries_of(loan))
    row.save()
    words = {k: str(v) for k, v in asdict(spec).items()}
    prove(LoanProven.TERMS, loan, words | {"ordinal": row.ordinal}, actor, now)
    return row


def _demand_agreement(row: LoanTerms, entries: list[LoanEntry]) -> None:
    """Refuse terms under which the entries in force would have been others."""
    sentence = _("按这些条款，已登记的账目应是另一结果（%(number)s）。请先冲销，再改条款，再重新登记。")
    account = selectors.account_of(row, ())
    for entry in rules.in_force(entries):
        try:
            balance = account.standing(entry.on).balance.minor
            same = entry.balance_before == balance
            if entry.kind == EntryKind.OPEN:
                same = entry.opened == balance
            elif entry.kind == EntryKind.REPAY:
                same = same and split_of(account, entry) == [getattr(entry, name) for name in PARTS]
        except LoanFault:
            same = False
        if not same:
            raise Refused("terms_contradict", sentence % {"number": entry.number})


FIELDS = {"rate": "rate_percent", "fee": "fee_percent", "penalty": "penalty_percent", "balance": "opening_balance"}
PARTS = ("principal", "prepaid", "interest", "fee", "penalty")


def split_of(account: Account, entry: LoanEntry) -> list[int]:
    """Let the account receive a repayment; return what it paid, in the order of ``PARTS``."""
    paid = account.receive(selectors.receipt_of(entry))
    return [getattr(paid, name).minor for name in PARTS]


@transaction.atomic
def set_budget(*, actor: Viewer, number: str, spec: BudgetSpec, now: datetime) -> LoanBudget:
    """Enter a year's budget, or a new version of it; raise Refused (``budget_invalid``, ``basis_missing``)."""
    loan = locked(actor, number, LOAN_APPROVE)
    if not spec.basis.strip():
        raise Refused("basis_missing", _("请写明预算批复的文号或表格。"), where="basis")
    for name, wrong in {
        "year": not 1990 <= spec.year <= 2100,
        "amount_yuan": spec.amount_yuan < 0 or spec.amount_yuan != round(spec.amount_yuan, 2),
        "planned": spec.planned is not None and spec.planned < 0,
        "rate": spec.rate is not None and spec.rate <= 0,
    }.items():
        if wrong:
            raise Refused("budget_invalid", _("请填写有效的数值。"), where=name)
    last = loan.budgets.filter(year=spec.year).aggregate(last=Max("ordinal"))["last"] or 0
    row = LoanBudget.objects.create(loan=loan, ordinal=last + 1, made_by=actor.name, made_at=now, **asdict(spec))
    prove(LoanProven.BUDGET, loan, {k: str(v) for k, v in asdict(spec).items()}, actor, now)
    return row


@transaction.atomic
def close_loan(*, actor: Viewer, number: str, on: date, archive: str, now: datetime) -> Loan:
    """Close a loan of which nothing is left; raise Refused (``not_settled``, ``archive_missing``, ``date_invalid``)."""
    loan = locked(actor, number, LOAN_APPROVE)
    if not archive.strip():
        raise Refused("archive_missing", _("请填写结清证明和档案号。"), where="archive")
    if on > clock.city_date(now):
        raise Refused("date_invalid", _("日期不能晚于今天。"), where="on")
    left = selectors.sheet_of(loan, clock.city_date(now))
    if left.tail is None or not left.tail.may_close:
        raise Refused("not_settled", _("本金、利息、费用和账面余额都清零后才能结清。"))
    if on < left.entries[-1].on:
        raise Refused("date_invalid", _("结清日期不能早于最后一笔账目。"), where="on")
    loan.closed_on, loan.archive = on, archive.strip()
    loan.save(update_fields=["closed_on", "archive"])
    prove(LoanProven.CLOSING, loan, {"on": on.isoformat(), "archive": loan.archive}, actor, now)
    return loan


def locked(actor: Viewer, number: str, permission: Permission) -> Loan:
    """Return a loan under lock; raise NotFound, NotPermitted and Conflict (``loan_closed``)."""
    loan = selectors.visible_loans(actor).select_for_update(of=("self",)).filter(number=number).first()
    if loan is None:
        raise NotFound("loan_not_found")
    actor.require(permission, loan.org.path)
    if loan.closed_on is not None:
        raise Conflict("loan_closed", _("贷款已结清，不能再登记。"))
    return loan


def prove(kind: LoanProven, loan: Loan, words: dict[str, Any], by: Viewer, now: datetime) -> None:
    """Record one fact about a loan in the ledger, in the caller's transaction."""
    ledger.record(kind=f"{PROOF_KIND}{kind.value}", subject=loan.number, payload=words, by=by, now=now)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a fault of the library into a refusal in the user's words."""
    try:
        yield
    except LoanFault as fault:
        raise Refused(fault.code, sentence_of(fault), where=FIELDS.get(fault.where, fault.where)) from fault


def sentence_of(fault: LoanFault) -> str:
    """Return what a fault of the library means for who typed the figures."""
    sentences = {
        "terms_invalid": _("这一项条款不成立，请核对数值。"),
        "opening_invalid": _("接账日须不早于起息日，接账余额须在零和本金之间。"),
        "amount_invalid": _("金额须大于零。"),
        "out_of_order": _("日期早于上一笔账目（%(detail)s），请先冲销其后的账目。"),
        "overpaid": _("比应付多 %(detail)s 日元。确为提前还本的，请勾选“多余部分提前还本”。"),
        "rate_invalid": _("汇率须大于零。"),
        "history_short": _("历史牌价不足：至少要有 20 个可比的变动才能测算。"),
    }
    return sentences.get(fault.code, _("数值不成立。")) % {"detail": fault.detail}
