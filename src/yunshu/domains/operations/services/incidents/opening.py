"""Incidents open: reported by people, passed on by the hotline, found by probes. One fault, one incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import INCIDENT_REPORT
from yunshu.domains.operations.incident_choices import Origin, Priority, Tier
from yunshu.domains.operations.models import Incident, IncidentReport, IncidentTarget, Target
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import levels
from yunshu.domains.operations.selectors.duty import on_duty
from yunshu.domains.operations.services.incidents import steps, telling
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """What a person reports. ``target`` is a target's number or empty: not every caller knows what failed."""

    title: str
    description: str = ""
    priority: str = Priority.P3
    target: str = ""
    contact: str = ""
    happened_at: datetime | None = None
    ticket: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an incident begins with, whoever found it. ``tags`` are those of each target that is down."""

    title: str
    priority: str
    origin: str
    org: Org
    reporter: Org
    target: Target | None
    scopes: Sequence[str]
    happened_at: datetime
    opened_at: datetime
    tags: Sequence[Sequence[str]] = ()


@transaction.atomic
def report_incident(*, actor: Viewer, org_code: str, spec: ReportSpec, now: datetime) -> Incident:
    """Report a fault for a unit. If the target already stands under an open incident, the report joins it.

    Raises NotFound (``org_not_found``, ``target_not_found``), NotPermitted and Refused (``title_missing``,
    ``happened_in_future``, ``priority_unknown``, ``no_service_level``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(INCIDENT_REPORT, org.path)
    return take_in(actor, org, spec, Origin.PERSON, now)


def take_in(actor: Viewer, org: Org, spec: ReportSpec, origin: Origin, now: datetime) -> Incident:
    """Join what is open for the target, or open a new incident; the same ticket of the hotline is the same incident."""
    if spec.ticket:
        with connection.cursor() as cursor:  # the same ticket passed on twice at once
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"operations.ticket.{spec.ticket}"])
        known = IncidentReport.objects.filter(ticket=spec.ticket).first()
        if known is not None:
            return known.incident
    _demand_sound(spec, now)
    target = _target(spec.target)
    running = open_for(target) if target else None
    if running is not None:
        return _join(running, actor, org, spec, now)
    facts = Facts(
        title=spec.title.strip(),
        priority=spec.priority,
        origin=origin,
        org=target.org if target else _keeper(org),
        reporter=org,
        target=target,
        scopes=[*(target.scopes if target else ()), *spec.scopes],
        happened_at=spec.happened_at or now,
        opened_at=now,
    )
    return open_incident(facts, actor, now, description=spec.description.strip(), report=spec)


def open_incident(
    facts: Facts, actor: Viewer, now: datetime, *, description: str, report: ReportSpec | None = None
) -> Incident:
    """Write a new incident, put it into its flow, give it to who is on duty, start its clocks."""
    scopes = list(dict.fromkeys(facts.scopes))
    tags = facts.tags or ([facts.target.scopes] if facts.target else [])
    level, promises = levels.strictest(levels.levels_for(scopes, tags), facts.priority, facts.opened_at)
    row = Incident.objects.create(
        number=public_number("GZ", clock.city_date(now)),
        title=facts.title[:120],
        description=description,
        origin=facts.origin,
        priority=facts.priority,
        target=facts.target,
        scopes=scopes,
        org=facts.org,
        reporter=facts.reporter,
        reported_by=actor.name,
        holder=on_duty(facts.org, Tier.FIRST, now),
        level=level,
        promises=promises,
        stage=life.REPORTED,
        happened_at=min(facts.happened_at, facts.opened_at),
        opened_at=facts.opened_at,
    )
    if report is not None:
        _write_report(row, facts.reporter, report, actor, now)
    subject = workflow.Subject(
        number=row.number,
        title=f"{row.priority} {row.title}",
        url=telling.address(row),
        parties={life.HANDLER: row.org_id, life.REPORTER: row.reporter_id},
    )
    workflow.start(actor=actor, flow=life.CODE, subject=subject, now=now)
    step = steps.append(row, "open", actor, now, row.title, _begun(row))
    steps.settle(row, now)
    telling.of_step(row, now, step.seq)
    return row


def open_for(target: Target) -> Incident | None:
    """Return the open incident that a target stands under, locked: as its cause or as one of those it took down."""
    under = IncidentTarget.objects.filter(target=target, until__isnull=True).values("incident_id")
    rows = Incident.objects.select_for_update(of=("self",)).filter(stage__in=life.MENDING).order_by("opened_at")
    return rows.filter(target=target).first() or rows.filter(pk__in=under).first()


def _begun(row: Incident) -> dict[str, Any]:
    return {
        "origin": row.origin,
        "priority": row.priority,
        "target": row.target.number if row.target else "",
        "opened_at": row.opened_at,
        "happened_at": row.happened_at,
        "level": row.level.code,
        "promises": row.promises,
    }


def _join(row: Incident, actor: Viewer, org: Org, spec: ReportSpec, now: datetime) -> Incident:
    report = _write_report(row, org, spec, actor, now)
    steps.append(row, "also_reported", actor, now, report.words, {"org": org.code, "ticket": spec.ticket})
    steps.widen(row, spec.scopes, row.priority, now)
    steps.settle(row, now)
    return row


def _write_report(row: Incident, org: Org, spec: ReportSpec, actor: Viewer, now: datetime) -> IncidentReport:
    return IncidentReport.objects.create(
        incident=row,
        org=org,
        reported_by=actor.name,
        contact=spec.contact.strip(),
        ticket=spec.ticket,
        words="\n".join(part for part in (spec.title.strip(), spec.description.strip()) if part),
        at=now,
    )


def _demand_sound(spec: ReportSpec, now: datetime) -> None:
    if not spec.title.strip():
        raise Refused("title_missing", _("请写明故障现象。"), where="title")
    if spec.priority not in Priority.values:
        raise Refused("priority_unknown", _("没有这个优先级。"), where="priority")
    if spec.happened_at is not None and spec.happened_at > now:
        raise Refused("happened_in_future", _("发生时间不能晚于现在。"), where="happened_at")


def _target(number: str) -> Target | None:
    """Return a target, locked: of two reports at once the second joins the first."""
    if not number:
        return None
    row = (
        Target.objects.select_for_update(of=("self",), no_key=True).select_related("org").filter(number=number).first()
    )
    if row is None:
        raise NotFound("target_not_found")
    return row


def _keeper(org: Org) -> Org:
    """Return who mends what nobody has registered: the city's data bureau, else the unit itself."""
    return Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first() or org
