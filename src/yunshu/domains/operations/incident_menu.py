"""What incidents tell the frame: their flows, files, notices, entries in the navigation and the search."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.notify.api import declare
from yunshu.domains.operations.contracts import INCIDENT_HANDLE, INCIDENT_REPORT, TARGET_VIEW
from yunshu.domains.operations.rules import changes, incidents
from yunshu.domains.operations.selectors.incidents import (
    INCIDENT_FILES,
    may_add,
    may_see,
    org_path_of,
    visible_incidents,
)
from yunshu.domains.operations.services import platform_watch
from yunshu.domains.operations.services.incidents import telling
from yunshu.domains.operations.services.incidents.telling import STAGE_NAMES
from yunshu.domains.workflow import api as workflow
from yunshu.lib.ui import nav, search

FILES = files.Owner(
    kind=INCIDENT_FILES,
    label=_l("故障处置证据"),
    may_view=may_see,
    may_add=may_add,
    org_path=org_path_of,
    years=10,
    basis=_l("故障处置证据未见专门的保管期限，参照会计档案最短期限，待核"),
)

SECTION = _l("运行保障")
ENTRIES = (
    ("operations:board", _l("故障看板"), "siren", "g f", None),
    ("operations:incidents", _l("故障单"), "triangle-alert", "", None),
    ("operations:problems", _l("问题单"), "lightbulb", "", TARGET_VIEW),
    ("operations:changes", _l("变更窗口"), "wrench", "", TARGET_VIEW),
    ("operations:duty", _l("值班"), "phone-call", "", INCIDENT_HANDLE),
    ("operations:penalties", _l("服务扣款"), "receipt", "", TARGET_VIEW),
)


def takes_part(viewer: Viewer) -> bool:
    """Say whether the viewer watches, reports or mends."""
    return any(viewer.reach(permission) for permission in (TARGET_VIEW, INCIDENT_REPORT, INCIDENT_HANDLE))


def search_incidents(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return incidents whose number, words or target hold the query."""
    if not takes_part(viewer):
        return []
    found = visible_incidents(viewer).filter(
        Q(number__icontains=query) | Q(title__icontains=query) | Q(target__name__icontains=query)
    )
    return [
        search.Hit(
            title=row.title,
            url=reverse("operations:incident", args=[row.number]),
            summary=f"{row.number} · {row.priority} · {_(STAGE_NAMES[row.stage])}",
            kind=_("故障单"),
        )
        for row in found[:limit]
    ]


def register() -> None:
    """Register what other floors ask for."""
    search.register(search.SearchSource(name=_l("故障单"), search=search_incidents))
    nav.register_section(SECTION, ENTRIES, 56, takes_part)
    workflow.register(incidents.INCIDENT_LIFE)
    workflow.register(changes.CHANGE_LIFE)
    files.register(FILES)
    declare(telling.KIND)
    declare(telling.CALL)
    declare(telling.BURN)
    declare(platform_watch.PLATFORM)
