"""Reading the hotline's lists: which limit holds, what the duty directory says today."""

from datetime import date, datetime

from django.db.models import Q, QuerySet

from yunshu.domains.hotline.models import DutyRule, Ticket, TimeLimit
from yunshu.domains.hotline.rules import limits, routing
from yunshu.domains.hotline.rules.clocks import Limit, Unit
from yunshu.domains.hotline.rules.limits import LimitRow
from yunshu.domains.hotline.rules.routing import Demand, DutyRow, Suggestion
from yunshu.lib.kernel import clock


def limit_rows() -> list[LimitRow]:
    """Return every limit in use."""
    return [
        LimitRow(
            code=row.code,
            clock=row.clock,
            amount=row.amount,
            unit=Unit(row.unit),
            kind=row.kind,
            urgency=row.urgency,
            channel=row.channel,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in TimeLimit.objects.filter(is_active=True)
    ]


def limit_for(row: Ticket, name: str, at: datetime) -> tuple[str, Limit] | None:
    """Return (code, limit) that holds for a ticket's clock at a moment; None if the table says nothing."""
    found = limits.choose(limit_rows(), name, row.kind, row.urgency, row.channel, clock.city_date(at))
    return (found.code, Limit(amount=found.amount, unit=found.unit)) if found else None


def rules_in_force(on: date) -> QuerySet[DutyRule]:
    """Return the lines of the duty directory in force on a day."""
    rows = DutyRule.objects.filter(is_active=True, valid_from__lte=on, org__is_active=True)
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on)).select_related("org", "category")


def duty_rows(on: date) -> list[DutyRow]:
    """Return the directory of a day as the router reads it."""
    return [
        DutyRow(
            code=row.code,
            matter=row.matter,
            category=row.category.code if row.category else "",
            words=tuple(row.words),
            division=row.division,
            org_id=row.org_id,
            org_name=row.org.name,
            role=row.role,
            department_only=row.department_only,
            basis=row.basis,
        )
        for row in rules_in_force(on)
    ]


def demand_of(row: Ticket) -> Demand:
    """Return what the router looks at of a ticket."""
    return Demand(
        text=f"{row.title}\n{row.content}",
        category=row.category.code if row.category else "",
        division=row.division,
    )


def suggestions(row: Ticket, on: date) -> list[Suggestion]:
    """Return the units that the directory names for a ticket, best first, with reasons."""
    return routing.suggest(duty_rows(on), demand_of(row))
