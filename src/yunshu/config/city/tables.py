"""From the pack's table to the shape that the evaluation domain reads, judges and prints."""

from yunshu.config.city.schema import TableFacts
from yunshu.domains.evaluation.contracts import FundLine, Goal, Indicator, TableForm, Task


def form_of(table: TableFacts) -> TableForm:
    """Return the performance table as evaluation's plain form."""
    return TableForm(
        year=table.year,
        title=table.title,
        department=table.department,
        fund_department=table.fund_department,
        staff_count=table.staff_count,
        subunit_count=table.subunit_count,
        funds=tuple(FundLine(side=f.side, category=f.category, amount_yuan=f.amount_yuan) for f in table.funds),
        goals=tuple(Goal(ordinal=g.ordinal, text=g.text) for g in table.goals),
        tasks=tuple(
            Task(kind=t.kind, ordinal=t.ordinal, name=t.name, content=t.content, amount_yuan=t.amount_yuan)
            for t in table.tasks
        ),
        indicators=tuple(
            Indicator(
                ordinal=i.ordinal,
                level1=i.level1,
                level2=i.level2,
                name=i.name,
                explanation=i.explanation,
                comparator=i.comparator,
                target=i.target,
                unit=i.unit,
                comparator_text=i.comparator_text,
            )
            for i in table.indicators
        ),
        requirements=table.requirements,
    )
