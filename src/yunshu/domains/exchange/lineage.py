"""A resource's lineage (来龙去脉): who collects its items, who receives them, which entries are made of them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import AgreementState, DeliveryState
from yunshu.domains.exchange.models import Agreement, Item, Resource
from yunshu.domains.exchange.rules import deliveries as delivering

SINCE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Source:
    """An organisation that collects some of the items, and the agreements in force by which they come."""

    org: str
    items: list[str]
    agreements: list[str]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One consumer's copy under one agreement; ``rows`` of the last thirty days."""

    org: str
    agreement: str
    items: int
    rows: int
    last: datetime | None
    is_late: bool
    is_query: bool


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A published entry of another organisation that takes data elements from this one."""

    number: str
    name: str
    org: str
    items: int


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """All of it, for one resource."""

    sources: list[Source]
    copies: list[Copy]
    derived: list[Derived]


def lineage(resource: Resource, now: datetime, *, inside: bool) -> Lineage:
    """Return the lineage of the published items; who holds copies is for the owner and the bureau only (``inside``)."""
    return Lineage(
        sources=_sources(resource, inside=inside),
        copies=_copies(resource, now) if inside else [],
        derived=_derived(resource),
    )


def _sources(resource: Resource, *, inside: bool) -> list[Source]:
    """Return the collecting organisations, the entry's own among them, those with the most items first."""
    titles: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    for item in resource.items.select_related("source_org", "element__source_org").order_by("ordinal"):
        collector = item.source_org or (item.element.source_org if item.element else None) or resource.org
        titles.setdefault(collector.name, []).append(item.title)
        codes[collector.name] = collector.code
    by: dict[str, list[str]] = {}
    if inside:
        coming = Agreement.objects.filter(consumer=resource.org, state=AgreementState.ACTIVE)
        for code, number in coming.order_by("number").values_list("provider__code", "number"):
            by.setdefault(code, []).append(number)
    return [
        Source(org=name, items=found, agreements=by.get(codes[name], []))
        for name, found in sorted(titles.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def _copies(resource: Resource, now: datetime) -> list[Copy]:
    recent = Q(deliveries__state=DeliveryState.DONE, deliveries__ended_at__gt=now - SINCE)
    rows = (
        Agreement.objects.filter(resource=resource, state=AgreementState.ACTIVE)
        .select_related("consumer")
        .annotate(moved=Coalesce(Sum("deliveries__rows", filter=recent), 0))
    )
    copies = [
        Copy(
            org=row.consumer.name,
            agreement=row.number,
            items=len(row.terms["fields"]),
            rows=row.moved,
            last=row.last_delivered_at,
            is_query=row.terms["delivery"] == "query",
            is_late=row.terms["delivery"] != "query"
            and delivering.is_late(row.terms["cycle"], row.last_delivered_at, row.deliver_by, now),
        )
        for row in rows
    ]
    return sorted(copies, key=lambda each: (-each.rows, each.agreement))


def _derived(resource: Resource) -> list[Derived]:
    """Return the entries of others whose items are of data elements that this entry's organisation collects here."""
    elements = resource.items.filter(element__source_org=resource.org).values("element")
    taken = Item.objects.filter(element__in=elements, resource__in=selectors.published()).exclude(
        resource__org=resource.org
    )
    counted = taken.values("resource__number", "resource__name", "resource__org__name").annotate(items=Count("pk"))
    return [
        Derived(
            number=row["resource__number"],
            name=row["resource__name"],
            org=row["resource__org__name"],
            items=row["items"],
        )
        for row in counted.order_by("-items", "resource__number")
    ]


def by_consumer(copies: list[Copy]) -> list[Copy]:
    """Return one line for each organisation: its rows added up, late if one is."""
    found: dict[str, Copy] = {}
    for each in copies:
        known = found.get(each.org)
        found[each.org] = (
            each
            if known is None
            else replace(known, rows=known.rows + each.rows, is_late=known.is_late or each.is_late)
        )
    return list(found.values())
