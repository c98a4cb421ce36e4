"""Reading the places that probes look from, and what each of them looks at."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import TargetKind, TargetState
from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.models import Target, Vantage
from yunshu.domains.operations.selectors.live import SILENT_AFTER
from yunshu.lib import probe
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.probe import guests


def visible_vantages(viewer: Viewer) -> QuerySet[Vantage]:
    """Return the vantages: for whoever may see what is watched."""
    return Vantage.objects.all() if viewer.may(TARGET_VIEW) else Vantage.objects.none()


def get_vantage(viewer: Viewer, name: str) -> Vantage:
    """Return one vantage; raise NotFound (``vantage_not_found``)."""
    row = visible_vantages(viewer).filter(name=name).first()
    if row is None:
        raise NotFound("vantage_not_found")
    return row


def watched_from(vantage: Vantage) -> list[Target]:
    """Return what a far vantage looks at: targets with one of its labels (without a label: all), never Yunshu's own parts or heartbeats."""
    rows = Target.objects.filter(state=TargetState.ACTIVE).exclude(kind=TargetKind.PART).exclude(check_form={})
    rows = rows.exclude(check_form__kind="push").order_by("number")
    return list(rows.filter(scopes__overlap=vantage.scopes) if vantage.scopes else rows)


def plan_words(targets: list[Target]) -> list[dict[str, Any]]:
    """Return targets as a far vantage needs them, their secrets opened; one that cannot be meant is left out."""
    out = []
    for row in targets:
        try:
            check = checks.opened(row.check_form)
        except probe.BadTarget:
            continue
        if check is not None:
            timeout = float(min(row.timeout_s, row.interval_s))
            form = probe.to_json(check)
            out.append({"number": row.number, "check": form, "interval_s": row.interval_s, "timeout_s": timeout})
    return out


def guest_words(vantage: Vantage) -> list[dict[str, Any]]:
    """Return what other domains have a far vantage look at."""
    return [words for guest in guests.of(vantage.scopes) for words in guest.targets()]


def is_heard(row: Vantage, now: datetime) -> bool:
    """Say whether a vantage was heard lately."""
    return row.seen_at is not None and now - row.seen_at < SILENT_AFTER
