"""Reading loans: terms as the library wants them, the account replayed from its entries, the books, budget and reserve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import F, Q, QuerySet, Sum

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.projects.contracts import LOAN_VIEW
from yunshu.domains.projects.loan_choices import EntryKind
from yunshu.domains.projects.models import ExchangeRate, Loan, LoanBudget, LoanEntry, LoanTerms, Project
from yunshu.domains.projects.rules import loans as rules
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.loans import (
    CNY,
    JPY,
    Account,
    DayCount,
    Fee,
    FeeBase,
    Money,
    Observation,
    Opening,
    Penalty,
    PenaltyBase,
    Position,
    PrepaymentOrder,
    Proposal,
    Quote,
    Receipt,
    Remainder,
    Rounding,
    Standing,
    Tail,
    Terms,
    Variance,
    propose,
    tail,
    variance,
)
from yunshu.lib.loans.terms import plus_months

HUNDRED = 100


def visible_loans(viewer: Viewer) -> QuerySet[Loan]:
    """Return the loans of the organisations in ``viewer``'s reach."""
    return Loan.objects.filter(within(viewer, LOAN_VIEW, "org__path")).select_related("org")


def loans_with_balance(viewer: Viewer) -> QuerySet[Loan]:
    """Return the visible loans with ``balance`` (yen) and ``carrying`` (yuan), blank before the books are open."""
    return visible_loans(viewer).annotate(
        balance=Sum(F("entries__opened") - F("entries__principal") - F("entries__prepaid")),
        carrying=Sum(
            F("entries__opened_yuan")
            - F("entries__cost_principal_yuan")
            - F("entries__realised_yuan")
            - F("entries__unrealised_yuan")
        ),
    )


def where_closed(viewer: Viewer, value: str) -> Q:
    """Return the condition that a loan is closed, or is not."""
    return Q(closed_on__isnull=value != "1")


def get_loan(viewer: Viewer, number: str) -> Loan:
    """Return one loan; raise NotFound (``loan_not_found``)."""
    row = visible_loans(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("loan_not_found")
    return row


def loans_of(org_code: str) -> QuerySet[Loan]:
    """Return the loans of one organisation: for measurements, which no person looks at."""
    return Loan.objects.filter(org__code=org_code).select_related("org").order_by("pk")


def loan_of_code(code: str) -> Loan | None:
    """Return the loan that the city pack calls ``code``."""
    return Loan.objects.filter(code=code).first()


def project_number(code: str) -> str:
    """Return the number of the project that the city pack calls ``code``, blank if there is none."""
    return Project.objects.filter(code=code).values_list("number", flat=True).first() or "" if code else ""


def borrowers(viewer: Viewer, permission: Permission) -> QuerySet[Org]:
    """Return the organisations for which the viewer may enter a loan."""
    return Org.objects.filter(within(viewer, permission, "path"), is_active=True).exclude(kind=Org.Kind.CITY)


def visible_rates(viewer: Viewer) -> QuerySet[ExchangeRate]:
    """Return the rates that stand; they belong to nobody, whoever sees a loan sees them."""
    rows = ExchangeRate.objects.filter(replaced_by__isnull=True)
    return rows if viewer.reach(LOAN_VIEW) else rows.none()


def get_rate(viewer: Viewer, number: str) -> ExchangeRate:
    """Return a rate that stands; raise NotFound (``rate_not_found``)."""
    row = visible_rates(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("rate_not_found")
    return row


def rate_on(kind: str, on: date) -> ExchangeRate | None:
    """Return the last rate of ``kind`` published up to ``on``, None where that is too long ago."""
    since = on - timedelta(days=rules.MOST_STALE_DAYS)
    rows = ExchangeRate.objects.filter(kind=kind, on__range=(since, on), replaced_by__isnull=True)
    return rows.order_by("-on").first()


def terms_of(row: LoanTerms) -> Terms:
    """Return a version of the terms as the library reads them; raise LoanFault naming what cannot be."""
    return Terms(
        principal=Money(row.principal, JPY),
        rate=Fraction(row.rate_percent) / HUNDRED,
        starts_on=row.starts_on,
        grace_months=row.grace_months,
        instalments=row.instalments,
        months=row.months,
        day=row.day,
        day_count=DayCount(row.day_count),
        unit=row.unit,
        remainder=Remainder(row.remainder),
        rounding=Rounding(row.rounding),
        fee=Fee(Fraction(row.fee_percent) / HUNDRED, FeeBase(row.fee_base)),
        penalty=Penalty(
            Fraction(row.penalty_percent) / HUNDRED, PenaltyBase(row.penalty_base), replaces=row.penalty_replaces
        ),
        prepayment=PrepaymentOrder(row.prepayment),
    )


def terms_in_force(loan: Loan) -> LoanTerms | None:
    """Return the last version, None while they are 待补."""
    return loan.terms.order_by("-ordinal").first()


def entries_of(loan: Loan) -> list[LoanEntry]:
    """Return every entry in its order, reversals included."""
    return list(loan.entries.select_related("reverses", "reversed_by", "terms").order_by("ordinal"))


def account_of(row: LoanTerms, entries: Sequence[LoanEntry]) -> Account:
    """Return the account under a version of the terms with the repayments in force; raise LoanFault if they do not fit."""
    opening = None
    if row.opening_on is not None and row.opening_balance is not None:
        opening = Opening(row.opening_on, Money(row.opening_balance, JPY))
    account = Account(terms_of(row), opening)
    for entry in rules.in_force(entries):
        if entry.kind == EntryKind.REPAY:
            account.receive(receipt_of(entry))
    return account


def receipt_of(entry: LoanEntry) -> Receipt:
    """Return a repayment as the library receives it."""
    return Receipt(entry.on, Money(amount_of(entry), JPY), prepay=entry.may_prepay)


def amount_of(entry: LoanEntry) -> int:
    """Return the yen of an entry."""
    return entry.principal + entry.prepaid + entry.interest + entry.fee + entry.penalty


def position_of(entries: Sequence[LoanEntry]) -> Position | None:
    """Return where the books stand, None before they are opened."""
    if not rules.in_force(entries):
        return None
    last = entries[-1]
    rate = Quote(last.carrying_rate).unit
    return Position(Money(last.balance_after, JPY), Money.of(last.carrying_after, CNY), rate)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What the account adds up to; ``opened - paid - realised - unrealised = carrying`` to the fen."""

    opened: Decimal
    paid: Decimal
    realised: Decimal
    unrealised: Decimal
    carrying: Decimal
    cost: Decimal
    """Everything paid in yuan, interest and fees included."""

    @property
    def difference(self) -> Decimal:
        """Return by how much the identity fails: always nothing, the table's constraints see to it."""
        return self.opened - self.paid - self.realised - self.unrealised - self.carrying


def sums_of(entries: Sequence[LoanEntry]) -> Sums:
    """Return the sums over every entry; a reversal takes away what it undoes."""
    zero = Decimal(0)
    return Sums(
        opened=sum((e.opened_yuan for e in entries), zero),
        paid=sum((e.cost_principal_yuan for e in entries), zero),
        realised=sum((e.realised_yuan for e in entries), zero),
        unrealised=sum((e.unrealised_yuan for e in entries), zero),
        carrying=entries[-1].carrying_after if entries else zero,
        cost=sum((e.cost_yuan for e in entries), zero),
    )


@dataclass(frozen=True, kw_only=True)
class LoanSheet:
    """A loan on a day: what is due, what is owed, what the books say. Blank parts are 待补."""

    loan: Loan
    terms: LoanTerms | None
    entries: tuple[LoanEntry, ...]
    standing: Standing | None
    position: Position | None
    sums: Sums

    @property
    def tail(self) -> Tail | None:
        """Return what is left, None while the terms are missing or the books are not open."""
        return tail(self.standing, self.position) if self.standing and self.position else None


def sheet_of(loan: Loan, as_of: date) -> LoanSheet:
    """Return the loan on ``as_of`` (or on the day of its last repayment, if that is later)."""
    entries = entries_of(loan)
    row = terms_in_force(loan)
    standing = None
    if row is not None:
        account = account_of(row, entries)
        standing = account.standing(max(as_of, account.at))
    return LoanSheet(
        loan=loan,
        terms=row,
        entries=tuple(entries),
        standing=standing,
        position=position_of(entries),
        sums=sums_of(entries),
    )


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year's budget against what was paid; ``split`` is None while yen or rate of the budget are 待补."""

    year: int
    budget: LoanBudget | None
    paid: int
    cost_yuan: Decimal
    split: Variance | None

    @property
    def left_yuan(self) -> Decimal | None:
        """Return what the approved budget leaves."""
        return None if self.budget is None else self.budget.amount_yuan - self.cost_yuan

    @property
    def own_rate(self) -> Decimal | None:
        """Return the year's average rate, yuan for 100 yen."""
        return (self.cost_yuan * HUNDRED / self.paid).quantize(Decimal("0.000001")) if self.paid else None


def years_of(loan: Loan) -> list[Year]:
    """Return every year that has a budget or a repayment, the latest first."""
    paid = [e for e in rules.in_force(entries_of(loan)) if e.kind == EntryKind.REPAY]
    budgets: dict[int, LoanBudget] = {}
    for row in loan.budgets.order_by("year", "ordinal"):
        budgets[row.year] = row
    found = sorted({*budgets, *(e.on.year for e in paid)}, reverse=True)
    return [_year(n, budgets.get(n), [e for e in paid if e.on.year == n]) for n in found]


def _year(year: int, budget: LoanBudget | None, paid: Sequence[LoanEntry]) -> Year:
    yen, cost = sum(amount_of(e) for e in paid), sum((e.cost_yuan for e in paid), Decimal(0))
    split = None
    if budget is not None and budget.planned is not None and budget.rate is not None:
        split = variance(Money(budget.planned, JPY), Quote(budget.rate), Money(yen, JPY), Money.of(cost, CNY))
    return Year(year=year, budget=budget, paid=yen, cost_yuan=cost, split=split)


@dataclass(frozen=True, kw_only=True)
class ReserveAsk:
    """For what a reserve is asked: which rates, which share of past moves, how many months ahead."""

    kind: str
    share_percent: int = 95
    months: int = 6


def observations(kind: str, until: date) -> list[Observation]:
    """Return the rates of ``kind`` that stand, up to a day, the oldest first."""
    rows = ExchangeRate.objects.filter(kind=kind, on__lte=until, replaced_by__isnull=True).order_by("on")
    return [Observation(row.on, Quote(row.rate, on=row.on, source=row.source)) for row in rows]


def reserve_of(sheet: LoanSheet, ask: ReserveAsk, today: date) -> Proposal | None:
    """Return the reserve for what falls due in the time ahead; None while the terms are 待补.

    Raises LoanFault (``history_short``).
    """
    if sheet.terms is None or sheet.standing is None:
        return None
    history = observations(ask.kind, today)
    due = rules.exposure(sheet.standing.items, plus_months(today, ask.months, today.day), terms_of(sheet.terms))
    quote = history[-1].quote if history else Quote(Decimal(1))
    return propose(due, quote, CNY, history, Fraction(ask.share_percent, HUNDRED), ask.months)
