"""Reading contracts: in one's reach, what an instalment holds, what is confirmed, deducted, paid and payable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Manager, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.models import (
    Acceptance,
    Confirmation,
    Contract,
    ContractChange,
    Guarantee,
    Instalment,
    Payment,
    Penalty,
)
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound

ZERO = Decimal(0)
MONEY: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=18, decimal_places=2)


@dataclass(frozen=True, kw_only=True)
class Part:
    """An instalment with its sums in yuan."""

    row: Instalment
    confirmed_yuan: Decimal
    deducted_yuan: Decimal
    paid_yuan: Decimal

    @property
    def payable_yuan(self) -> Decimal:
        """What may be paid now."""
        return max(self.confirmed_yuan - self.deducted_yuan, ZERO) - self.paid_yuan

    @property
    def open_yuan(self) -> Decimal:
        """What is still to be paid, confirmed or not."""
        return max(self.row.amount_yuan - self.deducted_yuan - self.paid_yuan, ZERO)


def visible_contracts(viewer: Viewer) -> QuerySet[Contract]:
    """Return the contracts of the organisations in ``viewer``'s reach, each with ``paid_yuan`` and ``worth_yuan``."""
    rows = Contract.objects.filter(within(viewer, PROJECT_VIEW, "project__org__path"))
    return rows.select_related("project", "project__org", "approval").annotate(
        worth_yuan=F("amount_yuan") + sum_of(ContractChange.objects, "contract"),
        paid_yuan=sum_of(Payment.objects, "contract"),
    )


def get_contract(viewer: Viewer, number: str) -> Contract:
    """Return one contract; raise NotFound (``contract_not_found``)."""
    row = visible_contracts(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("contract_not_found")
    return row


def worth(row: Contract) -> Decimal:
    """Return the contract's sum with its approved changes."""
    changes: Decimal | None = row.changes.aggregate(total=Sum("amount_yuan"))["total"]
    return row.amount_yuan + (changes or ZERO)


def parts(rows: QuerySet[Instalment]) -> list[Part]:
    """Return instalments with their sums. One query."""
    found = rows.annotate(
        confirmed=sum_of(Confirmation.objects, "instalment"),
        deducted=sum_of(Penalty.objects, "instalment"),
        paid=sum_of(Payment.objects, "instalment"),
    )
    return [
        Part(row=row, confirmed_yuan=row.confirmed, deducted_yuan=row.deducted, paid_yuan=row.paid) for row in found
    ]


def part_of(viewer: Viewer, number: str, ordinal: int) -> Part:
    """Return one instalment of a contract. Raises NotFound (``instalment_not_found``)."""
    contract = get_contract(viewer, number)
    found = parts(Instalment.objects.filter(contract=contract, ordinal=ordinal).select_related("contract"))
    if not found:
        raise NotFound("instalment_not_found")
    return found[0]


def passed_acceptances(contract: Contract) -> QuerySet[Acceptance]:
    """Return the acceptances that a payment of the contract may be confirmed by."""
    rows = contract.project.acceptances.filter(passed=True, corrected_by__isnull=True)
    return rows.filter(contract=contract) | rows.filter(contract__isnull=True)


def due_parts(viewer: Viewer, starts: date, ends: date) -> list[Part]:
    """Return the instalments due in a span that are not wholly paid, of contracts in reach; the earliest first."""
    rows = Instalment.objects.filter(
        within(viewer, PROJECT_VIEW, "contract__project__org__path"), due_on__gte=starts, due_on__lte=ends
    ).exclude(contract__state="ended")
    found = parts(
        rows.select_related("contract", "contract__project", "contract__project__org").order_by("due_on", "pk")
    )
    return [part for part in found if part.open_yuan > 0]


def total(found: Iterable[Part], names: Sequence[str]) -> dict[str, Decimal]:
    """Return the sums of parts by name of a figure."""
    known = list(found)
    return {name: sum((getattr(part, name) for part in known), ZERO) for name in names}


def sum_of(rows: Manager[Any], by: str) -> Coalesce:
    """Return the expression: the sum of ``amount_yuan`` of the rows that point to the outer row by ``by``; 0 without any."""
    sums = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(total=Sum("amount_yuan"))
    return Coalesce(Subquery(sums.values("total"), output_field=MONEY), ZERO, output_field=MONEY)


def confirmations_of(row: Contract) -> QuerySet[Confirmation]:
    """Return what was confirmed and taken back, the latest first."""
    rows = Confirmation.objects.filter(instalment__contract=row).order_by("-pk")
    return rows.select_related("instalment", "acceptance", "reverses", "reversed_by")


def penalties_of(row: Contract) -> QuerySet[Penalty]:
    """Return what was deducted and waived, the latest first."""
    rows = Penalty.objects.filter(instalment__contract=row).order_by("-pk")
    return rows.select_related("instalment", "reverses", "reversed_by")


def expiring_guarantees(starts: date, ends: date) -> QuerySet[Guarantee]:
    """Return the guarantees not given back that run out in a span."""
    rows = Guarantee.objects.filter(returned_on__isnull=True, expires_on__gte=starts, expires_on__lte=ends)
    return rows.select_related("contract", "contract__project", "contract__project__org").order_by("expires_on")
