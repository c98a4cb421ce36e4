"""Planned (table) and due (contract) are two amounts; execution is computed on the plan, with what it can reach.

Rates are rounded down to 0.0001, so that 100 % is said only when all is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from yunshu.domains.evaluation.rules.fill_in_hits import wan
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.money import FEN, yuan

RATIO = Decimal("0.0001")
ROUNDING_BELOW = Decimal(100)  # 0.01万元: the last digit the form shows
TaskKey = tuple[str, int]


class Difference(StrEnum):
    """Why the table and the contract differ."""

    NONE = "none"
    ROUNDING = "rounding"
    SAVING = "saving"
    SHORTFALL = "shortfall"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Planned minus due in yuan, its kind, and whether a person must give a reason."""

    kind: Difference
    amount_yuan: Decimal
    reason_required: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Money of one task or of all. ``rate`` is paid / planned; ``reachable`` what it can be at most once all due is paid.

    ``due_yuan`` is None where no contract or plan is known; then all that is planned may still be paid.
    """

    planned_yuan: Decimal
    due_yuan: Decimal | None
    paid_yuan: Decimal
    rate: Decimal | None
    reachable: Decimal | None
    left_yuan: Decimal
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Share:
    """One instalment as a contract words it: a share of the total or an amount, and when."""

    period: str
    ratio: Decimal | None = None
    amount_yuan: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One instalment with its amount in yuan; ``due_on`` None where the contract names no day."""

    ordinal: int
    period: str
    amount_yuan: Decimal
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class PlanCheck:
    """Σ instalments against the contract: ``difference_yuan`` is sum minus contract."""

    total_yuan: Decimal
    difference_yuan: Decimal
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month of the cash calendar, in yuan; cumulative from January."""

    month: int
    due_yuan: Decimal
    paid_yuan: Decimal
    due_so_far_yuan: Decimal
    paid_so_far_yuan: Decimal


@dataclass(frozen=True, kw_only=True)
class CashCalendar:
    """Twelve months, and what is due in the year without a day."""

    months: tuple[Month, ...]
    undated_yuan: Decimal


def compared(planned: Decimal, due: Decimal, rounding_below: Decimal = ROUNDING_BELOW) -> Compared:
    """Return how the table's amount differs from the contract's: under 0.01万元 it is a rounding, else it needs a reason."""
    apart = planned - due
    said = f"表列{wan(planned)}万元，应付{due:,.2f}元"
    if apart == 0:
        return Compared(kind=Difference.NONE, amount_yuan=apart, reason_required=False, sentence=f"{said}，一致。")
    if abs(apart) < rounding_below:
        words = f"{said}，相差{abs(apart):,.2f}元，属万元进位。"
        return Compared(kind=Difference.ROUNDING, amount_yuan=apart, reason_required=False, sentence=words)
    kind = Difference.SAVING if apart > 0 else Difference.SHORTFALL
    words = f"{said}，{'结余' if apart > 0 else '缺口'}{abs(apart):,.2f}元，请说明原因。"
    return Compared(kind=kind, amount_yuan=apart, reason_required=True, sentence=words)


def execution(planned: Decimal, paid: Decimal, due: Decimal | None = None) -> Execution:
    """Return execution on the plan and the maximum it can reach; both None where nothing is planned."""
    rate = _rate(paid, planned)
    top = planned if due is None else min(planned, max(due, paid))
    reachable = _rate(max(top, Decimal(0)), planned)
    return Execution(
        planned_yuan=planned,
        due_yuan=due,
        paid_yuan=paid,
        rate=rate,
        reachable=reachable,
        left_yuan=planned - paid,
        sentence=_execution_sentence(planned, paid, rate, reachable),
    )


def total_execution(tasks: Iterable[Execution]) -> Execution:
    """Return the execution of all tasks: amounts added, rates computed on the sums (not averaged)."""
    rows = list(tasks)
    planned = sum((t.planned_yuan for t in rows), Decimal("0.00"))
    paid = sum((t.paid_yuan for t in rows), Decimal("0.00"))
    payable = sum((_payable(t) for t in rows), Decimal("0.00"))
    return execution(planned, paid, payable)


def resolved(contract_yuan: Decimal, shares: Sequence[Share]) -> tuple[Instalment, ...]:
    """Return instalments in yuan. Ratios are taken of the contract to the fen, the last of them takes the rounding
    if the ratios make up a whole.

    Raises Refused (``share_unclear``) unless each share has either a ratio or an amount, above zero.
    """
    for share in shares:
        given = [v for v in (share.ratio, share.amount_yuan) if v is not None]
        if len(given) != 1 or given[0] <= 0:
            raise Refused("share_unclear", f"“{share.period}”须写明比例或金额之一，且大于0。")
    amounts = [yuan(contract_yuan * s.ratio) if s.ratio is not None else yuan(s.amount_yuan or 0) for s in shares]
    if shares and all(s.ratio is not None for s in shares) and sum(s.ratio or 0 for s in shares) == 1:
        amounts[-1] = contract_yuan - sum(amounts[:-1], Decimal(0))
    return tuple(
        Instalment(ordinal=n, period=s.period, amount_yuan=a, due_on=s.due_on)
        for n, (s, a) in enumerate(zip(shares, amounts, strict=True), start=1)
    )


def plan_check(contract_yuan: Decimal, plan: Sequence[Instalment]) -> PlanCheck:
    """Return Σ instalments against the contract, to the fen."""
    total = sum((i.amount_yuan for i in plan), Decimal("0.00"))
    apart = total - contract_yuan
    said = f"各期合计{total:,.2f}元"
    words = (
        f"{said}，等于合同金额。"
        if apart == 0
        else f"{said}，比合同金额{'多' if apart > 0 else '少'}{abs(apart):,.2f}元。"
    )
    return PlanCheck(total_yuan=total, difference_yuan=apart, sentence=words)


def due_in(plan: Iterable[Instalment], year: int) -> Decimal:
    """Return what the plan makes due in ``year``; instalments without a day are not in it."""
    return sum((i.amount_yuan for i in plan if i.due_on and i.due_on.year == year), Decimal("0.00"))


def cash_calendar(plan: Iterable[Instalment], payments: Iterable[tuple[date, Decimal]], year: int) -> CashCalendar:
    """Return what is due and what was paid month by month in ``year``; undated instalments stand apart."""
    rows, paid_rows = list(plan), list(payments)
    months: list[Month] = []
    due_so_far = paid_so_far = Decimal("0.00")
    for month in range(1, 13):
        due = _sum(i.amount_yuan for i in rows if i.due_on and (i.due_on.year, i.due_on.month) == (year, month))
        paid = _sum(a for on, a in paid_rows if (on.year, on.month) == (year, month))
        due_so_far, paid_so_far = due_so_far + due, paid_so_far + paid
        months.append(
            Month(
                month=month,
                due_yuan=due,
                paid_yuan=paid,
                due_so_far_yuan=due_so_far,
                paid_so_far_yuan=paid_so_far,
            )
        )
    return CashCalendar(months=tuple(months), undated_yuan=_sum(i.amount_yuan for i in rows if i.due_on is None))


def expected_at_year_end(
    paid: Mapping[TaskKey, Decimal], plan: Mapping[TaskKey, Sequence[Instalment]], on: date
) -> Decimal:
    """Return the sum paid by the year's end if every instalment due after ``on`` is paid on its day (by payment plan)."""
    ahead = _sum(
        i.amount_yuan for rows in plan.values() for i in rows if i.due_on and on < i.due_on <= date(on.year, 12, 31)
    )
    return _sum(paid.values()) + ahead


def percent(ratio: Decimal | None) -> str:
    """Return a rate as people read it, two decimals downwards (``99.99%``); ``—`` for None."""
    return "—" if ratio is None else f"{(ratio * 100).quantize(Decimal('0.01'), ROUND_DOWN)}%"


def _payable(task: Execution) -> Decimal:
    return task.planned_yuan if task.due_yuan is None else min(task.planned_yuan, max(task.due_yuan, task.paid_yuan))


def _rate(part: Decimal, whole: Decimal) -> Decimal | None:
    return None if whole <= 0 else (part / whole).quantize(RATIO, ROUND_DOWN)


def _execution_sentence(planned: Decimal, paid: Decimal, rate: Decimal | None, reachable: Decimal | None) -> str:
    if rate is None:
        return "没有预算金额，不计算执行率。"
    said = f"预算{wan(planned)}万元，已付{wan(paid.quantize(FEN))}万元，执行率{percent(rate)}"
    if reachable is not None and reachable < 1:
        return f"{said}；按应付金额最高可达{percent(reachable)}。"
    return f"{said}。"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))
