"""The door of operations for channels and higher domains: what runs and since when, faults, windows that excuse."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations import reporting
from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.contracts import IncidentCard
from yunshu.domains.operations.incident_choices import Origin, Priority
from yunshu.domains.operations.models import Campaign, Incident, IncidentReport
from yunshu.domains.operations.reporting import PublicTarget
from yunshu.domains.operations.selectors import live
from yunshu.domains.operations.selectors.changes import maintenance, overruns
from yunshu.domains.operations.services import campaigns, importing
from yunshu.domains.operations.services.campaigns import CampaignSpec
from yunshu.domains.operations.services.incidents import ReportSpec, take_in
from yunshu.domains.operations.services.targets import NeedSpec, TargetSpec
from yunshu.lib.kernel.errors import NotFound

__all__ = [
    "CampaignSpec",
    "NeedSpec",
    "PublicTarget",
    "TargetSpec",
    "add_missing_campaign",
    "add_missing_targets",
    "incident_of_ticket",
    "maintenance",
    "overruns",
    "public_status",
    "report_from_hotline",
    "target_kinds",
]


PUBLIC_KEPT_S = 60


def public_status(now: datetime) -> Sequence[PublicTarget]:
    """Return what citizens may know of how services run; drawn anew once a minute, and when a condition changes."""
    targets = list(live.public_targets())
    facts = "\n".join(f"{t.number} {t.name} {getattr(t, 'status', '')} {live.since(t)}" for t in targets)
    key = f"operations.public.{get_language()}.{hashlib.sha256(facts.encode()).hexdigest()}"
    found: Sequence[PublicTarget] | None = cache.get(key)
    if found is None:
        found = reporting.public_status(targets, now)
        cache.set(key, found, PUBLIC_KEPT_S)
    return found


def target_kinds() -> list[str]:
    """Return the kinds of what is watched."""
    return list(TargetKind.values)


def add_missing_targets(*, actor: Viewer, lines: Sequence[Mapping[str, str]], now: datetime) -> int:
    """Enter targets whose code is not known yet, all or none; return how many. The lines' fields are the sheet's.

    Raises NotPermitted and Refused (``rows_bad``, naming the line and why).
    """
    return importing.write_missing(actor, [dict(line) for line in lines], now)


@transaction.atomic
def add_missing_campaign(*, actor: Viewer, org: str, spec: CampaignSpec, units: Sequence[str], now: datetime) -> bool:
    """Begin a replacement campaign with its units, planned and not frozen; False if the organisation has one of that name.

    Raises NotFound (``org_not_found``), NotPermitted and Refused (``name_missing``).
    """
    if Campaign.objects.filter(org__code=org, name=spec.name).exists():
        return False
    made = campaigns.create_campaign(actor=actor, org=org, spec=spec, now=now)
    for unit in units:
        campaigns.add_unit(actor=actor, campaign=made.number, org=unit, now=now)
    return True


@transaction.atomic
def report_from_hotline(
    *,
    actor: Viewer,
    ticket: str,
    org_code: str,
    title: str,
    now: datetime,
    description: str = "",
    contact: str = "",
    target: str = "",
    priority: str = Priority.P3,
    scopes: tuple[str, ...] = (),
) -> IncidentCard:
    """Open an incident for a ticket of the hotline, or join what is open for the target. The same ticket twice is one incident.

    ``org_code`` is the unit whose system fails; the caller answers for who may pass a ticket on.
    Raises NotFound (``org_not_found``, ``target_not_found``) and Refused (``title_missing``, ``priority_unknown``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    spec = ReportSpec(
        title=title,
        description=description,
        contact=contact,
        target=target,
        priority=priority,
        ticket=ticket,
        scopes=scopes,
    )
    return _card(take_in(actor, org, spec, Origin.HOTLINE, now))


def incident_of_ticket(ticket: str) -> IncidentCard | None:
    """Return the incident of a ticket of the hotline, also after it was merged; None if it has none."""
    row = IncidentReport.objects.filter(ticket=ticket).select_related("incident").first() if ticket else None
    return _card(row.incident) if row else None


def _card(row: Incident) -> IncidentCard:
    return IncidentCard(
        number=row.number,
        title=row.title,
        stage=row.stage,
        priority=row.priority,
        opened_at=row.opened_at,
        responded_at=row.responded_at,
        restored_at=row.restored_at,
        closed_at=row.closed_at,
    )
