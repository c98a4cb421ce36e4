"""What the pages of incidents choose from and show beside the incident itself."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import INCIDENT_HANDLE, INCIDENT_REPORT, TARGET_VIEW
from yunshu.domains.operations.models import Incident, Target
from yunshu.domains.operations.rules.incidents import STEP_NAMES
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.permissions import Permission

MOST = 500


def orgs_with(viewer: Viewer, permission: Permission) -> list[tuple[str, str]]:
    """Return the organisations where the viewer has a permission, their own first, as choices."""
    rows = Org.objects.filter(_reach(viewer, permission), is_active=True).order_by("path")[:MOST]
    mine = getattr(viewer, "org_code", "")
    return sorted(((row.code, row.name) for row in rows), key=lambda row: row[0] != mine)


def _reach(viewer: Viewer, permission: Permission) -> Q:
    return within(viewer, permission, "path")


def reporting_orgs(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the units the viewer may report for."""
    return orgs_with(viewer, INCIDENT_REPORT)


def reportable_targets(viewer: Viewer) -> list[tuple[str, str]]:
    """Return what the viewer's units use or watch, as choices, with a blank one."""
    used = within(viewer, INCIDENT_REPORT, "users__path") | within(viewer, TARGET_VIEW, "org__path")
    rows = Target.objects.filter(used).exclude(state="retired").distinct().order_by("kind", "name")[:MOST]
    return [("", _("不确定")), *((row.number, f"{row.get_kind_display()} · {row.name}") for row in rows)]


def able_people(row: Incident, now: datetime) -> list[tuple[str, str]]:
    """Return everybody who may mend an incident, as choices."""
    return [
        (str(card.id), f"{card.name} · {card.org.name}")
        for card in people_with(INCIDENT_HANDLE.code, row.org.path, now)
    ]


def facts_of(row: Incident) -> dict[str, Any]:
    """Return what stands around an incident: its timeline, targets, standstills, what was merged, problems."""
    return {
        "steps": [(_(STEP_NAMES.get(step.verb, step.verb)), step) for step in row.steps.order_by("-seq")],
        "members": list(row.members.select_related("target").order_by("since", "pk")),
        "stills": list(row.stills.order_by("-starts_at")),
        "request": row.pause_requests.last() if row.stage == "asking" else None,
        "reports": list(row.reports.select_related("org")),
        "merged": list(row.merged.all()),
        "problems": list(row.problems.all()),
        "review": getattr(row, "post_mortem", None),
    }
