"""Entries of a loan's account: opening, revaluation, repayment, reversal. Appended under the loan's lock."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import LOAN_EDIT, LoanProven
from yunshu.domains.projects.loan_choices import EntryKind
from yunshu.domains.projects.models import ExchangeRate, Loan, LoanEntry, LoanTerms
from yunshu.domains.projects.rules import loans as rules
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services.loans import PARTS, locked, prove, refusing
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.loans import CNY, JPY, Money, Position, Quote, Receipt


@dataclass(frozen=True, kw_only=True)
class RepaymentSpec:
    """Yen that were paid, and the yuan that the bank took for them."""

    on: date
    amount: int
    cost_yuan: Decimal
    voucher: str
    rate_source: str
    may_prepay: bool = False
    note: str = ""


@transaction.atomic
def open_account(*, actor: Viewer, number: str, on: date, kind: str, now: datetime) -> LoanEntry:
    """Open the books at the balance of ``on``, carried at the last rate of ``kind``.

    Raises Refused (``terms_missing``, ``rate_missing``, ``date_invalid``, ``nothing_owed``) and Conflict (``account_open``).
    """
    loan, terms, entries = _ready(actor, number, on, now)
    if rules.in_force(entries):
        raise Conflict("account_open", _("账目已建立。"))
    account = selectors.account_of(terms, ())
    first = terms.opening_on or terms.starts_on
    if on < first:
        raise Refused("date_invalid", _("建账日不能早于 %(on)s。") % {"on": first}, where="on")
    rate = _rate(kind, on)
    with refusing():
        balance = account.standing(max(on, account.at)).balance
    if not balance:
        raise Refused("nothing_owed", _("这一天没有本金余额，不需建账。"), where="on")
    after = Position.opened(balance, Quote(rate.rate), CNY)
    more = {"opened": balance.minor, "opened_yuan": after.carrying.amount, "rate_source": _source(rate)}
    return _append(loan, terms, entries, EntryKind.OPEN, on, after, rate.rate, actor, now, **more)


@transaction.atomic
def revalue_loan(*, actor: Viewer, number: str, on: date, kind: str, now: datetime) -> LoanEntry:
    """Carry the balance at the last rate of ``kind`` published up to ``on``; the difference is unrealised.

    Raises Refused (``terms_missing``, ``account_missing``, ``rate_missing``, ``date_invalid``).
    """
    loan, terms, entries = _ready(actor, number, on, now)
    before = _position(entries)
    _demand_order(entries, on)
    rate = _rate(kind, on)
    after, difference = before.revalued(Quote(rate.rate))
    more = {"unrealised_yuan": difference.amount, "rate_source": _source(rate)}
    return _append(loan, terms, entries, EntryKind.REVALUE, on, after, rate.rate, actor, now, **more)


@transaction.atomic
def repay_loan(*, actor: Viewer, number: str, spec: RepaymentSpec, now: datetime) -> LoanEntry:
    """Enter a repayment: split by the terms, its principal measured against the last carrying rate.

    Raises Refused (``amount_invalid``, ``overpaid``, ``out_of_order``, ``cost_invalid``, ``rate_implausible``,
    ``voucher_missing``, ``terms_missing``, ``account_missing``, ``date_invalid``) and Conflict (``voucher_taken``).
    """
    loan, terms, entries = _ready(actor, number, spec.on, now)
    before = _position(entries)
    _demand_order(entries, spec.on)
    _demand_plausible(spec, entries)
    with refusing():
        account = selectors.account_of(terms, entries)
        paid = account.receive(Receipt(spec.on, Money(spec.amount, JPY), prepay=spec.may_prepay))
    cost = rules.principal_cost(spec.cost_yuan, spec.amount, paid.reduction.minor)
    after, difference = before.paid(paid.reduction, cost)
    more: dict[str, Any] = {name: getattr(paid, name).minor for name in PARTS}
    more |= {
        "may_prepay": spec.may_prepay,
        "cost_yuan": spec.cost_yuan,
        "cost_principal_yuan": cost.amount,
        "realised_yuan": difference.amount,
        "rate_source": spec.rate_source.strip(),
        "voucher": spec.voucher.strip(),
        "note": spec.note.strip(),
    }
    return _append(loan, terms, entries, EntryKind.REPAY, spec.on, after, entries[-1].carrying_rate, actor, now, **more)


@transaction.atomic
def reverse_entry(*, actor: Viewer, number: str, entry: str, reason: str, now: datetime) -> LoanEntry:
    """Undo the last entry in force; the account goes back to where it stood before.

    Raises Refused (``reason_missing``) and Conflict (``not_the_last``: undo the later ones first).
    """
    loan = locked(actor, number, LOAN_EDIT)
    entries = selectors.entries_of(loan)
    standing = rules.in_force(entries)
    if not standing or standing[-1].number != entry:
        raise Conflict("not_the_last", _("只能冲销最后一笔有效账目；更早的，请从后往前逐笔冲销。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请填写冲销原因。"), where="reason")
    old = standing[-1]
    before = standing[-2] if len(standing) > 1 else None
    signed = ("opened", "opened_yuan", *PARTS, "cost_yuan", "cost_principal_yuan", "realised_yuan", "unrealised_yuan")
    more: dict[str, Any] = {name: -getattr(old, name) for name in signed}
    more |= {"reverses": old, "note": reason.strip(), "voucher": old.voucher}
    rate = before.carrying_rate if before else old.carrying_rate
    after = Position(Money(old.balance_before, JPY), Money.of(old.carrying_before, CNY), Quote(rate).unit)
    on = before.on if before else old.on
    return _append(loan, old.terms, entries, EntryKind.REVERSE, on, after, rate, actor, now, **more)


def _ready(actor: Viewer, number: str, on: date, now: datetime) -> tuple[Loan, LoanTerms, list[LoanEntry]]:
    loan = locked(actor, number, LOAN_EDIT)
    if on > clock.city_date(now):
        raise Refused("date_invalid", _("日期不能晚于今天。"), where="on")
    terms = selectors.terms_in_force(loan)
    if terms is None:
        raise Refused("terms_missing", _("贷款条款待补，登记条款后才能记账。"))
    return loan, terms, selectors.entries_of(loan)


def _position(entries: list[LoanEntry]) -> Position:
    found = selectors.position_of(entries)
    if found is None:
        raise Refused("account_missing", _("请先建账。"))
    return found


def _demand_order(entries: list[LoanEntry], on: date) -> None:
    if on < entries[-1].on:
        sentence = _("日期早于上一笔账目（%(on)s），请先冲销其后的账目。") % {"on": entries[-1].on}
        raise Refused("out_of_order", sentence, where="on")


def _demand_plausible(spec: RepaymentSpec, entries: list[LoanEntry]) -> None:
    if spec.amount <= 0:
        raise Refused("amount_invalid", _("金额须大于零。"), where="amount")
    if spec.cost_yuan <= 0 or spec.cost_yuan != round(spec.cost_yuan, 2):
        raise Refused("cost_invalid", _("付出的人民币须大于零，最多两位小数。"), where="cost_yuan")
    if not spec.voucher.strip() or not spec.rate_source.strip():
        raise Refused("voucher_missing", _("请填写银行凭证号和汇率来源。"), where="voucher")
    if any(e.voucher == spec.voucher.strip() for e in rules.in_force(entries)):
        raise Conflict("voucher_taken", _("凭证号已登记过，请核对是否重复还款。"))
    near = next((r for kind in ("selling", "parity") if (r := selectors.rate_on(kind, spec.on))), None)
    if near is not None and not rules.is_plausible(spec.cost_yuan, spec.amount, near.rate):
        words = {"rate": near.rate.normalize(), "on": near.on}
        sentence = _("折算汇率与 %(on)s 的牌价（100日元 %(rate)s 元）相差过大，请核对日元和人民币金额。") % words
        raise Refused("rate_implausible", sentence, where="cost_yuan")


def _rate(kind: str, on: date) -> ExchangeRate:
    found = selectors.rate_on(kind, on)
    if found is None:
        sentence = _("%(on)s 及其前 %(n)s 天没有这一种牌价，请先登记。") % {"on": on, "n": rules.MOST_STALE_DAYS}
        raise Refused("rate_missing", sentence, where="kind")
    return found


def _source(rate: ExchangeRate) -> str:
    return f"{rate.get_kind_display()} {rate.on} {rate.source}"[:200]


def _append(
    loan: Loan,
    terms: LoanTerms,
    entries: list[LoanEntry],
    kind: EntryKind,
    on: date,
    after: Position,
    rate: Decimal,
    actor: Viewer,
    now: datetime,
    **more: Any,
) -> LoanEntry:
    last = entries[-1] if entries else None
    row = LoanEntry.objects.create(
        number=public_number("DZ", clock.city_date(now)),
        loan=loan,
        terms=terms,
        ordinal=last.ordinal + 1 if last else 1,
        kind=kind,
        on=on,
        balance_before=last.balance_after if last else 0,
        carrying_before=last.carrying_after if last else Decimal(0),
        balance_after=after.balance.minor,
        carrying_after=after.carrying.amount,
        carrying_rate=rate,
        made_by=actor.name,
        made_at=now,
        **more,
    )
    words = {name: str(value) for name, value in more.items()}
    words |= {"entry": row.number, "ordinal": str(row.ordinal), "kind": kind.value, "on": on.isoformat()}
    words |= {"balance": str(row.balance_after), "carrying": str(row.carrying_after), "rate": str(rate)}
    prove(LoanProven.ENTRY, loan, words, actor, now)
    return row
