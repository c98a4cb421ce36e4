"""Reading the exchange: the published catalogue is for everybody who works here, drafts for those who write and check.

Requests and agreements are seen by both sides and by the bureau.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import AgreementState, DeliveryState, ListKind, NodeState
from yunshu.domains.exchange.contracts import (
    CATALOGUE_CHECK,
    CATALOGUE_EDIT,
    CATALOGUE_VIEW,
    DELIVERY_VIEW,
    NODE_OPERATE,
    REQUEST_ANSWER,
    REQUEST_CHECK,
    REQUEST_DECIDE,
    REQUEST_EDIT,
    EntryForm,
    Fault,
    SharingType,
)
from yunshu.domains.exchange.models import (
    Agreement,
    Category,
    ClockRule,
    Delivery,
    Element,
    ListLine,
    Node,
    Request,
    Resource,
    ResourceVersion,
)
from yunshu.domains.exchange.rules import completeness, forms, life, lists, sources, words
from yunshu.domains.exchange.rules import deliveries as delivering
from yunshu.domains.workflow.contracts import DeadlineSpec, Unit
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui.lists.tiers import Tiers

LEVELS = ("city", "province", "national")
"""Whose clock rule holds, the nearest first; this system runs a city."""
TRIGRAM = 3
"""Shorter texts have no trigram: looked for inside names they would be looked for in every row."""


def within(viewer: Viewer, permission: Permission, path: str) -> Q:
    """Return the condition that the organisation at ``path`` is one where the viewer has the permission."""
    reach = Q(pk__in=())
    for where, subtree in viewer.reach(permission):
        reach |= Q((f"{path}__startswith", where)) if subtree else Q((path, where))
    return reach


# the catalogue --------------------------------------------------------------------------------------------------------


def visible_resources(viewer: Viewer) -> QuerySet[Resource]:
    """Return what was published and is not retired; drafts for those who write or check them."""
    seen = Q(version__gt=0) & ~Q(stage=life.RETIRED)
    seen |= within(viewer, CATALOGUE_EDIT, "org__path") | within(viewer, CATALOGUE_CHECK, "org__path")
    return Resource.objects.filter(seen).select_related("org", "category")


def published() -> QuerySet[Resource]:
    """Return what is in the catalogue now."""
    return Resource.objects.filter(version__gt=0, stage__in=life.VISIBLE).select_related("org", "category")


def readable(viewer: Any) -> QuerySet[Resource]:
    """Return what is in the catalogue for a reader from outside: staff and their programs read all, others what is open."""
    rows = published()
    return rows if viewer is not None and viewer.reach(CATALOGUE_VIEW) else rows.filter(is_open=True)


def get_resource(viewer: Viewer, number: str) -> Resource:
    """Return one entry by its number; raise NotFound (``resource_not_found``) if absent or out of sight."""
    row = visible_resources(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("resource_not_found")
    return row


def has_entry(org: str, name: str) -> bool:
    """Say whether an organisation has an entry of this name."""
    return Resource.objects.filter(org__code=org, name=name).exists()


def tiers(text: str) -> tuple[Q, ...]:
    """Return what fits ``text``, from the best to the least, each a question to one index; nothing if it has no words.

    Code or number; the name itself; all words in the name; the name in pinyin; all words anywhere in the entry.
    """
    asked, typed = words.asked(text), text.strip()
    if not asked:
        return ()
    latin = typed.replace(" ", "").lower()
    query = _query(asked)
    found = [Q(code=typed) | Q(number=typed), Q(name_words=query), Q(search=query)]
    if len(typed) >= TRIGRAM:
        found.insert(1, Q(name__contains=typed))
    if latin.isascii() and len(latin) >= TRIGRAM:
        found.insert(-1, Q(pinyin__contains=latin))
    elif latin.isascii() and latin.isalpha():
        found.insert(-1, Q(pinyin__startswith=latin) | Q(pinyin__contains=f" {latin}"))
    return tuple(found)


def best(rows: QuerySet[Resource], text: str) -> Tiers:
    """Return the entries of ``rows`` that fit ``text``, the best first, the newest first among equals."""
    return Tiers(rows, tiers(text), ("-changed_at", "-pk"))


def _query(asked: Sequence[str]) -> SearchQuery:
    query = SearchQuery(asked[0], config="simple")
    for word in asked[1:]:
        query &= SearchQuery(word, config="simple")
    return query


def form_of(resource: Resource) -> EntryForm:
    """Return what the entry says as published; of one never published, its draft."""
    if resource.version:
        return forms.from_json(version_of(resource, resource.version).form)
    return draft_of(resource)


def coded_form(resource: Resource) -> EntryForm:
    """Return what the entry says now, with its code."""
    return replace(form_of(resource), code=resource.code or "")


def draft_of(resource: Resource) -> EntryForm:
    """Return the draft, or what is published where nothing is being written."""
    return forms.from_json(resource.draft) if resource.draft else form_of(resource)


def version_of(resource: Resource, ordinal: int) -> ResourceVersion:
    """Return one published version; raise NotFound (``version_not_found``)."""
    row = resource.versions.filter(ordinal=ordinal).first()
    if row is None:
        raise NotFound("version_not_found")
    return row


def faults_of(form: EntryForm) -> tuple[Fault, ...]:
    """Return what is wrong with an entry, with what only the registers know: unknown elements, a second source."""
    return (*completeness.faults(form), *_element_faults(form))


def _element_faults(form: EntryForm) -> list[Fault]:
    codes = {item.element for item in form.items if item.element}
    known = {
        e.code: (e.name, e.source_org.code if e.source_org else "", e.source_org.name if e.source_org else "")
        for e in Element.objects.filter(code__in=codes).select_related("source_org")
    }
    return sources.element_faults(form, known)


def categories() -> QuerySet[Category]:
    """Return the classes in use, in the order of their codes."""
    return Category.objects.filter(is_active=True)


def providers() -> list[tuple[str, str]]:
    """Return code and name of every organisation that has an entry."""
    return list(Org.objects.filter(pk__in=Resource.objects.values("org")).values_list("code", "name"))


def editable_orgs(viewer: Viewer, permission: Permission = CATALOGUE_EDIT) -> QuerySet[Org]:
    """Return the organisations for which the viewer may act."""
    return Org.objects.filter(within(viewer, permission, "path"), is_active=True).exclude(kind=Org.Kind.CITY)


def clocks_of(flow: str) -> Any:
    """Return the function that tells the workflow how long a state of ``flow`` may take."""
    return lambda state: clock_of(f"{flow}.{state}")


def clock_of(step: str) -> DeadlineSpec | None:
    """Return the limit of a step: the nearest level's rule in use, None where there is none."""
    rows = {row.level: row for row in ClockRule.objects.filter(step=step, is_active=True)}
    row = next((rows[level] for level in LEVELS if level in rows), None)
    return DeadlineSpec(amount=row.amount, unit=Unit(row.unit), source=row.source) if row else None


def lines(viewer: Viewer, kind: str) -> QuerySet[ListLine]:
    """Return the lines of one list; all who see the catalogue see the lists."""
    return ListLine.objects.filter(kind=kind).select_related("org", "counterpart", "resource", "element")


def get_line(viewer: Viewer, number: str) -> ListLine:
    """Return one line of a list; raise NotFound (``line_not_found``)."""
    row = ListLine.objects.select_related("org", "resource").filter(number=number).first()
    if row is None:
        raise NotFound("line_not_found")
    return row


def answering_orgs() -> list[tuple[str, str]]:
    """Return code and name of every organisation that answers for data: those with an entry in the catalogue."""
    rows = Org.objects.filter(pk__in=published().values("org"), is_active=True).order_by("order", "code")
    return list(rows.values_list("code", "name"))


def line_orgs(kind: str) -> list[tuple[str, str]]:
    """Return code and name of every organisation that has a line of this kind."""
    return list(Org.objects.filter(pk__in=ListLine.objects.filter(kind=kind).values("org")).values_list("code", "name"))


def list_counts() -> dict[str, int]:
    """Return how many lines each of the four lists has in force."""
    counted = ListLine.objects.filter(is_active=True).values_list("kind").annotate(n=Count("pk"))
    return {"catalogue": published().count(), **dict.fromkeys(ListKind.values, 0), **dict(counted)}


def list_conflicts() -> list[lists.Contradiction]:
    """Return where the four lists contradict each other now."""
    entries = (
        lists.Entry(number=number, name=name, org=org, sharing_type=SharingType(sharing))
        for number, name, org, sharing in published()
        .filter(Q(sharing_type=SharingType.NONE.value) | Q(lines__is_active=True))
        .values_list("number", "name", "org__code", "sharing_type")
        .distinct()
    )
    standing = ListLine.objects.filter(is_active=True).values_list(
        "number", "kind", "org__code", "name", "resource__number"
    )
    return lists.contradictions(
        entries,
        (
            lists.Line(number=number, kind=kind, org=org, name=name, resource=resource or "")
            for number, kind, org, name, resource in standing
        ),
    )


# requests and agreements ----------------------------------------------------------------------------------------------


def visible_requests(viewer: Viewer) -> QuerySet[Request]:
    """Return the requests of one's own organisations, those made to them, and for the bureau those of the organisations it checks."""
    rows = Request.objects.select_related("resource", "resource__org", "applicant")
    theirs = within(viewer, REQUEST_ANSWER, "resource__org__path") & ~Q(stage="draft")
    checked = within(viewer, REQUEST_CHECK, "applicant__path") | within(viewer, REQUEST_DECIDE, "applicant__path")
    return rows.filter(within(viewer, REQUEST_EDIT, "applicant__path") | theirs | checked)


def get_request(viewer: Viewer, number: str) -> Request:
    """Return one request; raise NotFound (``request_not_found``)."""
    row = visible_requests(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("request_not_found")
    return row


def visible_agreements(viewer: Viewer) -> QuerySet[Agreement]:
    """Return the agreements of one's own organisations on either side, and for the bureau those of the organisations it checks."""
    rows = Agreement.objects.select_related("resource", "provider", "consumer", "request")
    mine = within(viewer, REQUEST_EDIT, "consumer__path") | within(viewer, REQUEST_ANSWER, "provider__path")
    return rows.filter(mine | within(viewer, REQUEST_CHECK, "consumer__path"))


def get_agreement(viewer: Viewer, number: str) -> Agreement:
    """Return one agreement; raise NotFound (``agreement_not_found``)."""
    row = visible_agreements(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("agreement_not_found")
    return row


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Who holds my data: one agreement as its provider sees it."""

    agreement: Agreement
    items: int
    overdue: bool
    last_delivery: str


def holdings(viewer: Viewer, now: datetime) -> list[Holding]:
    """Return every agreement under which others hold the viewer's data (我的数据在哪里), the latest first."""
    mine = within(viewer, REQUEST_ANSWER, "provider__path")
    done = Delivery.objects.filter(agreement=OuterRef("pk"), state=DeliveryState.DONE).order_by("-ended_at")
    rows = (
        Agreement.objects.filter(mine)
        .select_related("resource", "consumer", "provider")
        .annotate(last_delivery=Subquery(done.values("number")[:1]))
    )
    return [
        Holding(
            agreement=row,
            items=len(row.terms["fields"]),
            last_delivery=row.last_delivery or "",
            overdue=row.state == AgreementState.ACTIVE
            and row.terms["delivery"] != "query"
            and delivering.is_late(row.terms["cycle"], row.last_delivered_at, row.deliver_by, now),
        )
        for row in rows
    ]


# nodes and deliveries -------------------------------------------------------------------------------------------------


def visible_nodes(viewer: Viewer) -> QuerySet[Node]:
    """Return the nodes of one's own organisations, and for the bureau those it operates."""
    mine = within(viewer, DELIVERY_VIEW, "org__path") | within(viewer, NODE_OPERATE, "org__path")
    return Node.objects.filter(mine).select_related("org")


def get_node(viewer: Viewer, org: str, name: str) -> Node:
    """Return one node; raise NotFound (``node_not_found``)."""
    row = visible_nodes(viewer).filter(org__code=org, name=name).first()
    if row is None:
        raise NotFound("node_not_found")
    return row


def active_nodes(org: Org) -> QuerySet[Node]:
    """Return an organisation's nodes that are let in."""
    return Node.objects.filter(org=org, state=NodeState.ACTIVE).order_by("name")


def by_node(node: Node) -> Q:
    """Return the condition for deliveries in which a node has a part."""
    return Q(source_node=node) | Q(target_node=node)


def visible_deliveries(viewer: Viewer) -> QuerySet[Delivery]:
    """Return the deliveries of one's own organisations on either side, and for the bureau those it oversees."""
    rows = Delivery.objects.select_related(
        "agreement",
        "agreement__resource",
        "agreement__provider",
        "agreement__consumer",
        "source_node__org",
        "target_node__org",
    )
    mine = within(viewer, DELIVERY_VIEW, "agreement__provider__path")
    return rows.filter(mine | within(viewer, DELIVERY_VIEW, "agreement__consumer__path"))


def get_delivery(viewer: Viewer, number: str) -> Delivery:
    """Return one delivery; raise NotFound (``delivery_not_found``)."""
    row = visible_deliveries(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("delivery_not_found")
    return row


@dataclass(frozen=True, kw_only=True)
class ResourceFlow:
    """One agreement in the city's flow map: rows of the last thirty days, whether it is later than promised."""

    number: str
    resource: str
    provider: str
    consumer: str
    rows: int
    deliveries: int
    last: datetime | None
    is_late: bool


def flows(viewer: Viewer, now: datetime) -> list[ResourceFlow]:
    """Return the agreements in force that the viewer sees, with what was delivered in the last thirty days, the most first."""
    since = now - timedelta(days=30)
    recent = Q(deliveries__state=DeliveryState.DONE, deliveries__ended_at__gt=since)
    rows = visible_agreements(viewer).filter(state=AgreementState.ACTIVE)
    counted = rows.annotate(
        moved=Sum("deliveries__rows", filter=recent), times=Count("deliveries", filter=recent)
    ).exclude(terms__delivery="query")
    found = [
        ResourceFlow(
            number=row.number,
            resource=row.resource.name,
            provider=row.provider.name,
            consumer=row.consumer.name,
            rows=row.moved or 0,
            deliveries=row.times,
            last=row.last_delivered_at,
            is_late=delivering.is_late(row.terms["cycle"], row.last_delivered_at, row.deliver_by, now),
        )
        for row in counted
    ]
    return sorted(found, key=lambda each: (-each.rows, each.number))


def quality_of(resource: Resource) -> delivering.Quality:
    """Return what the last thirty deliveries of a resource show."""
    rows = Delivery.objects.filter(agreement__resource=resource, ended_at__isnull=False).exclude(
        state=DeliveryState.STOPPED
    )
    lines = []
    for row in rows.select_related("agreement").order_by("-ended_at")[:30]:
        arrived = row.state == DeliveryState.DONE
        late = (
            row.agreement.first_delivered_at == row.ended_at
            and (row.ended_at or row.ordered_at) > row.agreement.deliver_by
        )
        lines.append((arrived, arrived and not late, row.rows or 0, row.quarantined or 0))
    return delivering.quality(lines)
