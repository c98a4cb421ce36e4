"""What an identity or a share betrays: a lost decimal point, yuan typed where 万元 is asked.

Seen in a published form: 724.2318 万元 printed as 7242318 (Guangshui 2021); it shows in the shares only.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from yunshu.domains.evaluation.contracts import FundLine, TableForm
from yunshu.domains.evaluation.sheets.figures import DIGITS_MOST
from yunshu.domains.evaluation.sheets.notes import Notes
from yunshu.lib.kernel.money import FEN, WAN, yuan

SHIFTS = tuple(Decimal(10) ** n for n in range(1, 7))
SHARE_MOST = Decimal("0.999")
PLAUSIBLE_MOST = Decimal(100) * Decimal(10) ** 8
"""Ten billion yuan: more than any department of a prefecture spends on one line; beyond it, ask."""


def suspect(notes: Notes, form: TableForm) -> None:
    """Doubt amounts that would fit if their decimal point stood elsewhere."""
    amounts = {f"tasks.{t.kind}.{t.ordinal}.amount": t.amount_yuan for t in form.tasks}
    project = form.project_expenditure
    suspected: set[str] = set()
    if project is not None and project != form.task_total:
        suspected |= _suspect_sum(notes, "funds.项目支出", project, amounts, "任务金额合计与项目支出")
    suspected |= _suspect_funds(notes, form.funds)
    every = {**amounts, **{f"funds.{f.category}": f.amount_yuan for f in form.funds if f.amount_yuan is not None}}
    for field, amount in every.items():
        if amount > PLAUSIBLE_MOST and field not in suspected:
            message = f"金额为 {amount / WAN:,.2f} 万元，大得不寻常；可能按元填写，或丢了小数点。"
            notes.doubt_field(field, message, notes.typed(field), (_moved(amount, WAN),))


def _suspect_sum(notes: Notes, stated_field: str, stated: Decimal, parts: dict[str, Decimal], what: str) -> set[str]:
    """Doubt the stated sum, or the part, which shifted by a power of ten makes the sum right."""
    total, found = sum(parts.values(), Decimal(0)), set()
    for shift in SHIFTS:
        if total and yuan(stated / shift) == total:
            found.add(stated_field)
            _say(notes, stated_field, stated, shift, what)
        for field, amount in parts.items():
            if amount and total - amount + yuan(amount / shift) == stated:
                found.add(field)
                _say(notes, field, amount, shift, what)
    return found


def _suspect_funds(notes: Notes, funds: Sequence[FundLine]) -> set[str]:
    sides = {
        side: {f"funds.{f.category}": f.amount_yuan for f in funds if f.side == side and f.amount_yuan is not None}
        for side in ("expenditure", "revenue")
    }
    spent, received = (sum(lines.values(), Decimal(0)) for lines in sides.values())
    found: set[str] = set()
    if spent and received and spent != received:
        found |= _suspect_against(notes, sides["expenditure"], spent, received)
        found |= _suspect_against(notes, sides["revenue"], received, spent)
    for lines in sides.values():
        found |= _suspect_share(notes, {k: v for k, v in lines.items() if k not in found})
    return found


def _suspect_against(notes: Notes, parts: dict[str, Decimal], total: Decimal, other: Decimal) -> set[str]:
    found = set()
    for shift in SHIFTS:
        for field, amount in parts.items():
            if amount and total - amount + yuan(amount / shift) == other:
                found.add(field)
                _say(notes, field, amount, shift, "支出合计与收入合计")
    return found


def _suspect_share(notes: Notes, lines: dict[str, Decimal]) -> set[str]:
    """Doubt a line without a decimal point that leaves the others, which have one, almost nothing."""
    total = sum(lines.values(), Decimal(0))
    found = set()
    for field, amount in lines.items():
        others = [notes.typed(k) for k, v in lines.items() if k != field and v]
        pointless = "." not in notes.typed(field) and all("." in text for text in others)
        if others and pointless and amount / total > SHARE_MOST:
            found.add(field)
            message = f"这一项占合计的 {amount / total:.2%}，且没有小数点，其他各项都有：可能丢了小数点。"
            notes.doubt_field(field, message, notes.typed(field), (_moved(amount, WAN),))
    return found


def _say(notes: Notes, field: str, amount: Decimal, shift: Decimal, what: str) -> None:
    message = f"可能丢了小数点（或单位不符）：缩小 {shift:f} 倍后，{what}相等。"
    notes.doubt_field(field, message, notes.typed(field), (_moved(amount, shift),))


def _moved(amount_yuan: Decimal, shift: Decimal) -> str:
    """Return the shifted amount as it would be typed, in 万元."""
    wan = (amount_yuan / shift).quantize(FEN) / WAN
    text = f"{wan.normalize():f}"
    return f"{text}万元" if len(text) <= DIGITS_MOST else text
