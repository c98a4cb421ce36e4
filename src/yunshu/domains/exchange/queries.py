"""Reading the query interfaces: programs, calls, consents, and how much each consumer asks."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.choices import AgreementState
from yunshu.domains.exchange.contracts import REQUEST_CHECK, REQUEST_EDIT
from yunshu.domains.exchange.models import Agreement, Allowance, Call, Client, Consent, Interface
from yunshu.domains.exchange.rules import asking, describing
from yunshu.domains.exchange.selectors import visible_agreements, within
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound


def visible_clients(viewer: Viewer) -> QuerySet[Client]:
    """Return the programs of one's own organisations, and for the bureau those of the organisations it checks."""
    mine = within(viewer, REQUEST_EDIT, "org__path") | within(viewer, REQUEST_CHECK, "org__path")
    return Client.objects.filter(mine).select_related("org")


def get_client(viewer: Viewer, number: str) -> Client:
    """Return one program; raise NotFound (``client_not_found``)."""
    row = visible_clients(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("client_not_found")
    return row


def visible_calls(viewer: Viewer) -> QuerySet[Call]:
    """Return the calls under the agreements that the viewer sees."""
    rows = Call.objects.select_related("agreement__resource", "agreement__consumer", "agreement__provider", "client")
    return rows.filter(agreement__in=visible_agreements(viewer).values("pk"))


def visible_consents(viewer: Viewer) -> QuerySet[Consent]:
    """Return the consents under the agreements that the viewer sees."""
    rows = Consent.objects.select_related("agreement__resource", "agreement__consumer")
    return rows.filter(agreement__in=visible_agreements(viewer).values("pk"))


def get_consent(viewer: Viewer, number: str) -> Consent:
    """Return one consent; raise NotFound (``consent_not_found``)."""
    row = visible_consents(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("consent_not_found")
    return row


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How one program, or people by hand (``name`` empty), asked under an agreement; times in milliseconds."""

    name: str
    calls: int
    refused: int
    rows: int
    p50_ms: int
    p99_ms: int
    last: datetime


def usage(agreement: Agreement, since: datetime) -> list[Usage]:
    """Return the use of an agreement since a moment by program, the most calls first."""
    calls = Call.objects.filter(agreement=agreement, at__gte=since)
    found: dict[str, list[tuple[str, int, int, datetime]]] = {}
    for name, code, rows, took, at in calls.values_list("client__name", "code", "rows", "took_ms", "at"):
        found.setdefault(name or "", []).append((code, rows, took, at))
    made = [
        Usage(
            name=name,
            calls=len(lines),
            refused=sum(bool(code) for code, *_rest in lines),
            rows=sum(rows for _code, rows, _took, _at in lines),
            p50_ms=asking.percentile([took for _code, _rows, took, _at in lines], 0.5),
            p99_ms=asking.percentile([took for _code, _rows, took, _at in lines], 0.99),
            last=max(at for *_rest, at in lines),
        )
        for name, lines in found.items()
    ]
    return sorted(made, key=lambda each: (-each.calls, each.name))


def calls_by_day(agreement: Agreement, since: datetime) -> list[tuple[date, int]]:
    """Return how many calls each day had, in the city's days."""
    days = Call.objects.filter(agreement=agreement, at__gte=since).annotate(day=TruncDate("at", tzinfo=clock.CITY_ZONE))
    return list(days.order_by("day").values_list("day").annotate(n=Count("pk")))


def by_outcome(answered: bool) -> Q:  # noqa: FBT001 - a filter's two values
    """Return the condition that a call was answered, or that it was not."""
    return Q(code="") if answered else ~Q(code="")


def used_today(client: Client, now: datetime) -> int:
    """Return how many questions a program has asked today."""
    found = Allowance.objects.filter(client=client, day=clock.city_date(now)).first()
    return found.used if found else 0


def askable_by(consumer: Org) -> QuerySet[Agreement]:
    """Return an organisation's agreements in force whose data is asked for row by row."""
    rows = Agreement.objects.filter(consumer=consumer, terms__delivery="query", state=AgreementState.ACTIVE)
    return rows.select_related("resource", "provider").order_by("ends_on", "pk")


# the description of an interface --------------------------------------------------------------------------------------


def askable(consumer: Org, number: str) -> Agreement:
    """Return an organisation's agreement whose data is asked for row by row; raise NotFound (``agreement_not_found``)."""
    rows = Agreement.objects.select_related("provider", "resource__interface")
    row = rows.filter(number=number, consumer=consumer, terms__delivery="query").first()
    if row is None:
        raise NotFound("agreement_not_found")
    return row


def described(agreement: Agreement, base_url: str) -> describing.Described:
    """Return what the description of an agreement's query needs; raise NotFound (``interface_missing``)."""
    interface: Interface | None = getattr(agreement.resource, "interface", None)
    if interface is None:
        raise NotFound("interface_missing")
    return describing.Described(
        number=agreement.number,
        title=agreement.resource.name,
        provider=agreement.provider.name,
        terms=agreement.terms,
        lookup=interface.lookup,
        most_rows=interface.most_rows,
        needs_consent=interface.needs_consent,
        is_view=interface.is_view,
        base_url=base_url,
    )
