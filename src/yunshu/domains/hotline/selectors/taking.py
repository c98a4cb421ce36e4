"""What stands of tickets that were taken over, field by field as their source says it. What is sealed stays sealed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from yunshu.domains.hotline.models import Category, Contact, Ticket, TicketStep

PLAIN = (
    "source_number", "kind", "title", "content", "state", "channel", "urgency", "division", "street", "address", "answer",
    "is_confidential", "received_at", "accepted_at", "dispatched_at", "signed_at", "replied_at", "closed_at", "reworks",
)  # fmt: skip
SAID = ("solved", "result_score", "process_score")


def read(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of tickets by number."""
    rows = list(Ticket.objects.filter(number__in=set(numbers)).select_related("category", "unit").defer("search"))
    keys = [row.pk for row in rows]
    contacts = {c.pk: c for c in Contact.objects.filter(ticket__in=keys)}
    first = TicketStep.objects.filter(ticket__in=keys, verb="take_over")
    said = dict(first.values_list("ticket", "data"))
    found = {}
    for row in rows:
        caller = contacts.get(row.pk)
        found[row.number] = {name: getattr(row, name) for name in PLAIN} | {
            "category": row.category.code if row.category else "",
            "unit": row.unit.code if row.unit else "",
            "due_at": row.due_at if row.is_past else None,
            "name": caller.name if caller else "",
            "phone": caller.phone if caller else "",
            "called_at": _instant(said.get(row.pk, {}).get("called_at")),
            **{name: said.get(row.pk, {}).get(name) for name in SAID},
        }
    return found


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def categories() -> dict[str, list[str]]:
    """Return the codes of categories by code, by path and by name (a name may be that of several)."""
    found: dict[str, list[str]] = {}
    for code, path, name in Category.objects.filter(is_active=True).values_list("code", "path", "name"):
        for word in {code, path, name}:
            found.setdefault(word, []).append(code)
    return found
