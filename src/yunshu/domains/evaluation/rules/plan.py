"""A payment plan as a task's content words it: dated instalments, instalments by month, or one amount for the year.

A proposal for a person to confirm: nothing is added that the words do not say.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from yunshu.domains.evaluation.contracts import Task
from yunshu.domains.evaluation.rules.budget import Instalment
from yunshu.domains.evaluation.rules.facts import FactKind, due_in_year, facts


def proposed_plan(task: Task, year: int) -> tuple[Instalment, ...]:
    """Return the instalments that the content states; empty where it states none.

    Dated instalments of every year come with their day; an instalment by month is due on the month's last day of
    ``year``; an amount for the year without a day has ``due_on`` None.
    """
    stated = facts(task.content, year)
    dated = [(f.due_on.isoformat(), f.amount_yuan, f.due_on) for f in stated if f.due_on is not None]
    monthly = [
        (f"{year}年{month}月", f.amount_yuan, date(year, month, monthrange(year, month)[1]))
        for f in stated
        if f.kind is FactKind.MONTHS
        for month in f.months
    ]
    rows: list[Instalment] = [
        Instalment(ordinal=n, period=period, amount_yuan=amount, due_on=due_on)
        for n, (period, amount, due_on) in enumerate(dated or monthly, start=1)
    ]
    whole = due_in_year(task, year)
    if not rows and whole is not None:
        rows.append(Instalment(ordinal=1, period=f"{year}年：{whole[1]}", amount_yuan=whole[0]))
    return tuple(rows)
