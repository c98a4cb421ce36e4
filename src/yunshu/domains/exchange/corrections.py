"""Reading corrections: who sees them, where the corrected copies stand."""

from dataclasses import dataclass

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import AgreementState, DeliveryState
from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_CHECK, REQUEST_DECIDE, REQUEST_EDIT
from yunshu.domains.exchange.models import Agreement, Correction, Delivery, Item, Resource
from yunshu.lib.kernel.errors import NotFound


def visible_corrections(viewer: Viewer) -> QuerySet[Correction]:
    """Return what one's own organisations reported or must answer, and for the bureau those of the organisations it checks."""
    rows = Correction.objects.select_related("resource", "reporter", "source")
    mine = selectors.within(viewer, REQUEST_EDIT, "reporter__path") | selectors.within(
        viewer, REQUEST_ANSWER, "source__path"
    )
    checked = selectors.within(viewer, REQUEST_CHECK, "reporter__path") | selectors.within(
        viewer, REQUEST_DECIDE, "source__path"
    )
    return rows.filter(mine | checked)


def get_correction(viewer: Viewer, number: str) -> Correction:
    """Return one correction; raise NotFound (``correction_not_found``)."""
    row = visible_corrections(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("correction_not_found")
    return row


def source_of(resource: Resource, items: list[str]) -> Org:
    """Return who collects the items (一数一源): the source that all of them name, else whoever provides the resource."""
    named = {row.source_org for row in resource.items.filter(name__in=items).select_related("source_org")}
    only = named.pop() if len(named) == 1 else None
    return only if only is not None and only.is_active else resource.org


def agreements_with(correction: Correction) -> list[Agreement]:
    """Return the agreements in force by which somebody holds a copy: of the items, or of their elements from their source."""
    wrong = Item.objects.filter(resource=correction.resource, name__in=correction.items)
    elements = [each for each in wrong.values_list("element", flat=True) if each]
    names: dict[int, set[str]] = {correction.resource_id: set(correction.items)}
    same = Item.objects.filter(element__in=elements, resource__org=correction.source)
    for resource, name in same.values_list("resource_id", "name"):
        names.setdefault(resource, set()).add(name)
    rows = Agreement.objects.filter(resource__in=names, state=AgreementState.ACTIVE).exclude(terms__delivery="query")
    rows = rows.select_related("resource", "provider", "consumer").order_by("pk")
    return [row for row in rows if names[row.resource_id] & {field["name"] for field in row.terms["fields"]}]


@dataclass(frozen=True, kw_only=True)
class CopyState:
    """Where one copy stands: ``reached``, ``ended`` (its agreement is over), ``under_way`` or ``waiting``."""

    agreement: Agreement
    state: str
    delivery: Delivery | None
    trouble: str


def copies_of(correction: Correction) -> list[CopyState]:
    """Return every copy that the correction must reach."""
    rows = correction.copies.select_related("agreement__resource", "agreement__consumer").order_by("pk")
    return [_copy(correction, row.agreement, row.trouble) for row in rows]


def _copy(correction: Correction, agreement: Agreement, trouble: str) -> CopyState:
    since = Delivery.objects.filter(agreement=agreement, is_whole=True, ordered_at__gte=correction.corrected_at)
    done = since.filter(state=DeliveryState.DONE).order_by("ended_at").first()
    last = done or since.order_by("-ordered_at").first()
    if done is not None:
        state = "reached"
    elif agreement.state not in (AgreementState.ACTIVE, AgreementState.SUSPENDED):
        state = "ended"
    else:
        state = "under_way" if last is not None and last.ended_at is None else "waiting"
    return CopyState(agreement=agreement, state=state, delivery=last, trouble=trouble if state == "waiting" else "")
