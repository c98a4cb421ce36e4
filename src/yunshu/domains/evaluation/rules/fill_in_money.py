"""Fill-in checks of amounts: the sum to the fen, the balance of funds, amounts that the content contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from yunshu.domains.evaluation.contracts import TableForm, Task
from yunshu.domains.evaluation.rules.facts import FactKind, due_in_year, facts, wrong_subtotals
from yunshu.domains.evaluation.rules.fill_in_hits import Check, Hit, Parameters, Seen, number, wan
from yunshu.domains.evaluation.rules.links import place


def project_expenditure_missing(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """项目支出 is blank."""
    if seen.form.project_expenditure is None:
        yield Hit(where="funds:项目支出", values={"total": wan(seen.form.task_total)})


def project_expenditure_sum(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """项目支出 is not the sum of all task amounts, to the fen."""
    project, total = seen.form.project_expenditure, seen.form.task_total
    if project is not None and project != total:
        yield Hit(
            where="funds:项目支出",
            values={"project": wan(project), "total": wan(total), **_apart(project - total)},
            difference=project - total,
        )


def fund_line_blank(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A fund line other than 项目支出 has no amount."""
    for line in seen.form.funds:
        if line.amount_yuan is None and line.category != "项目支出":
            yield Hit(where=f"funds:{line.category}", values={"category": line.category})


def fund_line_negative(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A fund line below zero."""
    for line in seen.form.funds:
        if line.amount_yuan is not None and line.amount_yuan < 0:
            values = {"category": line.category, "amount": wan(line.amount_yuan)}
            yield Hit(where=f"funds:{line.category}", values=values, difference=line.amount_yuan)


def funds_balance(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """基本支出 + 项目支出 is not 财政拨款 + 其他资金, where all four are given."""
    expenditure = _sum(seen.form, "基本支出", "项目支出")
    revenue = _sum(seen.form, "财政拨款", "其他资金")
    if expenditure is not None and revenue is not None and expenditure != revenue:
        apart = expenditure - revenue
        values = {"expenditure": wan(expenditure), "revenue": wan(revenue), **_apart(apart)}
        yield Hit(where="funds", values=values, difference=apart)


def project_over_revenue(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """项目支出 alone exceeds the revenue, where 基本支出 is blank and the revenue is given."""
    project, revenue = seen.form.project_expenditure, _sum(seen.form, "财政拨款", "其他资金")
    if _sum(seen.form, "基本支出") is None and project is not None and revenue is not None and project > revenue:
        values = {"project": wan(project), "revenue": wan(revenue), **_apart(project - revenue)}
        yield Hit(where="funds", values=values, difference=project - revenue)


def amount_not_positive(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A task with nothing or less to spend."""
    for task in seen.form.tasks:
        if task.amount_yuan <= 0:
            yield Hit(where=place(task), values=_task(task), difference=task.amount_yuan)


def task_dominates(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """One task of several takes more than the given share of the whole."""
    total = seen.form.task_total
    for task in seen.form.tasks:
        if len(seen.form.tasks) > 1 and total > 0 and task.amount_yuan / total > Decimal(parameters["share"]):
            share = (task.amount_yuan / total * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
            yield Hit(where=place(task), values={"name": task.name, "share": number(share)})


def content_amount_rounding(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """The content's amount for the year differs from the table by less than a rounding in 万元."""
    yield from (h for h in _contradictions(seen) if _rounds(h, parameters))


def content_amount_differs(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """The content's amount for the year differs from the table by more than a rounding."""
    yield from (h for h in _contradictions(seen) if not _rounds(h, parameters))


def content_subtotal_wrong(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A 合计 inside the content that is not the sum of the items before it."""
    for task in seen.form.tasks:
        for fact, total in wrong_subtotals(task.content, seen.form.year):
            values = {"name": task.name, "subtotal": fact.text, "sum": _yuan(total)}
            yield Hit(where=place(task), values=values, difference=fact.amount_yuan - total)


def content_over_cap(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """The amount exceeds what the content calls the most."""
    for task in seen.form.tasks:
        for fact in facts(task.content, seen.form.year):
            over = task.amount_yuan - fact.amount_yuan
            if fact.kind is FactKind.CAP and over > 0:
                values = {**_task(task), "cap": fact.text, "difference": _yuan(over)}
                yield Hit(where=place(task), values=values, difference=over)


def _contradictions(seen: Seen) -> Iterator[Hit]:
    for task in seen.form.tasks:
        stated = due_in_year(task, seen.form.year)
        if stated is None or stated[0] == task.amount_yuan:
            continue
        apart = task.amount_yuan - stated[0]
        values = {
            **_task(task),
            "stated": stated[1],
            "due": _yuan(stated[0]),
            "difference": _yuan(abs(apart)),
            "more": "表列多" if apart > 0 else "表列少",
        }
        yield Hit(where=place(task), values=values, difference=apart)


def _rounds(hit: Hit, parameters: Parameters) -> bool:
    return abs(hit.difference or Decimal(0)) < Decimal(parameters["rounding_below_yuan"])


def _sum(form: TableForm, *categories: str) -> Decimal | None:
    given = {f.category: f.amount_yuan for f in form.funds}
    amounts = [given.get(c) for c in categories]
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal("0.00")) if len(known) == len(amounts) else None


def _apart(difference: Decimal) -> dict[str, str]:
    return {"difference": wan(abs(difference)), "more": "多" if difference > 0 else "少"}


def _task(task: Task) -> dict[str, str]:
    return {"name": task.name, "amount": wan(task.amount_yuan)}


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


CHECKS: Mapping[str, Check] = {
    f.__name__: f
    for f in (
        project_expenditure_missing,
        project_expenditure_sum,
        fund_line_blank,
        fund_line_negative,
        funds_balance,
        project_over_revenue,
        amount_not_positive,
        task_dominates,
        content_amount_rounding,
        content_amount_differs,
        content_subtotal_wrong,
        content_over_cap,
    )
}
