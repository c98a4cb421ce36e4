"""What programs may read: services that were opened, their questions, and tickets as far as they are public.

Never public: reports and complaints, whoever is sealed, tickets that name a unit complained about, parts between units, words of callers
who did not file openly, words nobody of the desk has read yet. Words that are public have their numbers masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Kind, Relation
from yunshu.domains.hotline.models import Category, OpenQuestion, OpenRequest, OpenService, Ticket
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.selectors.pages import division_name
from yunshu.lib import privacy

PUBLIC_KINDS = (Kind.CONSULT, Kind.HELP, Kind.SUGGEST, Kind.PRAISE)
PLACES = 3
"""Decimals of a degree (about 100 m) of a place that nobody gave openly."""


def jurisdiction() -> str:
    """Return the city's division code (GB/T 2260), or its code where it has none."""
    row = Org.objects.filter(kind=Org.Kind.CITY, is_active=True).order_by("path").first()
    return (row.division_code or row.code) if row else "city"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A class without classes below it, under the service that opens it."""

    category: Category
    service: OpenService
    group: str


def opened() -> dict[str, Opened]:
    """Return what can be filed, by the code of its class; the nearest service above a class holds for it."""
    services = {row.category.code: row for row in OpenService.objects.filter(is_active=True).select_related("category")}
    if not services:
        return {}
    rows = list(Category.objects.filter(is_active=True).order_by("code"))
    codes = [row.code for row in rows]
    found: dict[str, Opened] = {}
    for place, row in enumerate(rows):
        has_more = place + 1 < len(codes) and codes[place + 1].startswith(row.code)
        above = [code for code in services if row.code.startswith(code)]
        if above and not has_more:
            group = row.path.rpartition("/")[0]
            found[row.code] = Opened(category=row, service=services[max(above, key=len)], group=group)
    return found


def questions(code: str) -> list[OpenQuestion]:
    """Return what is asked for a class: its own questions and those of the classes above it."""
    above = [code[:end] for end in range(1, len(code) + 1)]
    rows = OpenQuestion.objects.filter(is_active=True, category__code__in=above)
    return list(rows.order_by("category__code", "order", "code"))


def asking_codes() -> frozenset[str]:
    """Return the codes of the classes that ask for something."""
    return frozenset(OpenQuestion.objects.filter(is_active=True).values_list("category__code", flat=True))


def changed_at() -> datetime | None:
    """Return when services or classes last changed, as the trail knows it."""
    found = [
        rows.aggregate(at=Max("events__pgh_created_at"))["at"]
        for rows in (Category.objects.all(), OpenService.objects.all(), OpenQuestion.objects.all())
    ]
    return max((at for at in found if at is not None), default=None)


def public_rows(known: Mapping[str, Opened]) -> QuerySet[Ticket]:
    """Return the tickets of which something is public, the newest first."""
    shown = [code for code, each in known.items() if each.service.is_public]
    filed = Q(opened__isnull=False)
    quiet = Q(state__in=(life.REJECTED, life.WITHDRAWN))
    rows = Ticket.objects.filter(
        Q(category__code__in=list(known)) & (filed | (Q(category__code__in=shown) & ~quiet)),
        kind__in=PUBLIC_KINDS,
        is_confidential=False,
        accused__isnull=True,
        relation__in=(Relation.NONE, Relation.MERGED),
    )
    return rows.select_related("category", "unit", "opened", "contact").order_by("-received_at", "-pk")


@dataclass(frozen=True, kw_only=True)
class Public:
    """A ticket as everybody may read it."""

    number: str
    code: str
    name: str
    state: str
    is_closed: bool
    received_at: datetime
    updated_at: datetime
    due_at: datetime | None
    description: str
    answer: str
    agency: str
    address: str
    lat: float | None
    lon: float | None


def publish(row: Ticket, known: Mapping[str, Opened]) -> Public:
    """Return what is public of a row of ``public_rows``."""
    code = row.category.code if row.category else ""
    is_public = known[code].service.is_public
    is_quiet = row.state in (life.RECEIVED, life.REJECTED, life.WITHDRAWN)
    is_open = is_public and hasattr(row, "opened") and not is_quiet
    lat, lon = _place(row, is_open=is_open) if is_public and not is_quiet else (None, None)
    return Public(
        number=row.number,
        code=code,
        name=known[code].category.name,
        state=row.state,
        is_closed=row.state in life.OVER,
        received_at=row.received_at,
        updated_at=row.closed_at or row.state_since,
        due_at=row.due_at,
        description=_published(row, row.content) if is_open else "",
        answer=_published(row, row.answer) if is_open and row.state in life.OVER else "",
        agency=row.unit.name if row.unit and is_public else "",
        address=_address(row, is_open=is_open) if is_public and not is_quiet else "",
        lat=lat,
        lon=lon,
    )


def _published(row: Ticket, text: str) -> str:
    """Return words without numbers, home addresses and the caller's own name."""
    name = row.contact.name if hasattr(row, "contact") else ""
    text = text.replace(name, words.mask_name(name)) if len(name) > 1 else text
    return words.mask_text(privacy.masked(text, privacy.scan(text)))


def _place(row: Ticket, *, is_open: bool) -> tuple[float | None, float | None]:
    if row.lat is None or row.lon is None or is_open:
        return row.lat, row.lon
    return round(row.lat, PLACES), round(row.lon, PLACES)


def _address(row: Ticket, *, is_open: bool) -> str:
    broad = f"{division_name(row.division)}{row.street}"
    return _published(row, f"{broad}{row.address}") if is_open else broad


def filed_by_token(token: str) -> OpenRequest | None:
    """Return what was filed under a token."""
    return OpenRequest.objects.filter(token=token).select_related("ticket").first()


def narrowed(rows: QuerySet[Ticket], *, ids: Sequence[str], **asked: Any) -> QuerySet[Ticket]:
    """Narrow to ``ids``, or else to ``codes``, ``statuses`` (open, closed) and ``start <= received < end``."""
    if ids:
        return rows.filter(number__in=list(ids))
    rows = rows.filter(received_at__gte=asked["start"], received_at__lt=asked["end"])
    if asked["codes"]:
        rows = rows.filter(category__code__in=list(asked["codes"]))
    if list(asked["statuses"]) == ["open"]:
        rows = rows.exclude(state__in=life.OVER)
    if list(asked["statuses"]) == ["closed"]:
        rows = rows.filter(state__in=life.OVER)
    return rows
