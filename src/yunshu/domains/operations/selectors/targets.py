"""Reading what is watched."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.choices import BLANK, SILENT, TargetState, condition_word
from yunshu.domains.operations.contracts import TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.models import Need, StatusChange, Target
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_targets(viewer: Viewer) -> QuerySet[Target]:
    """Return what ``viewer`` may see watched: targets of the organisations in reach."""
    return Target.objects.filter(within(viewer, TARGET_VIEW, "org__path")).select_related(
        "org", "status", "status__cause"
    )


def get_target(viewer: Viewer, number: str) -> Target:
    """Return one target; raise NotFound (``target_not_found``)."""
    row = visible_targets(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("target_not_found")
    return row


def counted_targets(org_code: str, kinds: Collection[str], scope: str = "") -> QuerySet[Target]:
    """Return what counts for an organisation's figures: its own and its subordinates' targets that are or were watched."""
    return _targets_of(org_code, kinds, scope).exclude(state=TargetState.PLANNED)


def planned_targets(org_code: str, kinds: Collection[str], scope: str = "") -> QuerySet[Target]:
    """Return what would count for an organisation's figures if its address were known (待补)."""
    return _targets_of(org_code, kinds, scope).filter(state=TargetState.PLANNED)


def _targets_of(org_code: str, kinds: Collection[str], scope: str) -> QuerySet[Target]:
    paths = Org.objects.filter(code=org_code).values_list("path", flat=True)
    rows = Target.objects.filter(org__path__startswith=paths[0]) if paths else Target.objects.none()
    rows = rows.filter(kind__in=kinds)
    return (rows.filter(scopes__contains=[scope]) if scope else rows).select_related("org").order_by("number")


def editable_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations whose targets the viewer may keep."""
    orgs = Org.objects.filter(within(viewer, TARGET_EDIT, "path"), is_active=True)
    return orgs.exclude(kind=Org.Kind.CITY).order_by("code")


CHANGES_SHOWN = 20
ADDRESS = ("url", "host", "name")


def condition_of(row: Target) -> str:
    """Return the condition of a target; where none is known ``blank`` (its address is missing) or ``silent``; empty if retired."""
    status = getattr(row, "status", None)
    if row.state == TargetState.RETIRED:
        return ""
    if row.state == TargetState.ACTIVE and status:
        return str(status.condition)
    return SILENT if row.state == TargetState.ACTIVE and row.check_form else BLANK


def condition_name(row: Target) -> str:
    """Return the condition of a target in a word: 待补 where no address is known, empty where it is retired."""
    found = condition_of(row)
    return condition_word(found) if found else ""


def since_of(row: Target) -> datetime | None:
    """Return since when the condition stands."""
    status = getattr(row, "status", None)
    return status.since if status and row.state == TargetState.ACTIVE else None


def address_of(row: Target) -> str:
    """Return what is looked at, without any secret."""
    form = row.check_form
    text = next((str(form[name]) for name in ADDRESS if form.get(name)), "")
    return f"{text}:{form['port']}" if text and "url" not in form and form.get("port") else text


def shown(row: Target) -> dict[str, Any]:
    """Return a target as its form shows it."""
    names = ("name", "kind", "code", "interval_s", "timeout_s", "confirm", "boundary", "slow_ms", "promise")
    plain = {name: getattr(row, name) for name in (*names, "provider", "contract", "is_public", "source", "note")}
    return plain | {"in_service_on": row.in_service_on, "org": row.org.code, "scopes": " ".join(row.scopes)}


def user_codes(row: Target | None) -> list[str]:
    """Return the codes of the organisations that use a target."""
    return list(row.users.values_list("code", flat=True)) if row is not None else []


def needs_of_target(row: Target) -> list[Need]:
    """Return what a target needs."""
    return list(row.needs.select_related("upstream", "upstream__status").order_by("group", "upstream__name"))


def needed_by(row: Target) -> list[Target]:
    """Return what needs a target directly."""
    return list(Target.objects.filter(needs__upstream=row).select_related("status").order_by("name"))


def recent_changes(row: Target) -> list[StatusChange]:
    """Return the last changes of a target's condition."""
    return list(row.changes.all()[:CHANGES_SHOWN])


def offered_upstreams(viewer: Viewer, row: Target) -> QuerySet[Target]:
    """Return what a target may be said to need."""
    return visible_targets(viewer).exclude(pk=row.pk).exclude(state=TargetState.RETIRED).order_by("kind", "name")
