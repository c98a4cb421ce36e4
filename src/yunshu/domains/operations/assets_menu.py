"""What assets, the campaign, tests and trainings tell the frame: entries in the navigation, flows, what search finds."""

from collections.abc import Callable, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.operations.contracts import ASSET_VIEW, CAMPAIGN_VIEW, TERMINAL_SIGN, TEST_VIEW, TRAINING_VIEW
from yunshu.domains.operations.menu import SECTION
from yunshu.domains.operations.rules import campaign_flows
from yunshu.domains.operations.selectors import assets, trainings
from yunshu.domains.operations.services.trainings import MATERIAL
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui import nav, search

ENTRIES = (
    ("operations:assets", _l("资产"), "monitor-smartphone", (ASSET_VIEW,)),
    ("operations:stocktakes", _l("资产盘点"), "scan-line", (ASSET_VIEW,)),
    ("operations:campaigns", _l("终端替代"), "refresh-cw", (CAMPAIGN_VIEW, TERMINAL_SIGN)),
    ("operations:test_plans", _l("系统测试"), "clipboard-check", (TEST_VIEW,)),
    ("operations:trainings", _l("培训"), "users-round", (TRAINING_VIEW,)),
)
PAGES = {
    "operations:assets": ("seen",),
    "operations:campaigns": (
        *("terminals", "terminal", "unit", "propose_change", "request_exception", "sign", "handover"),
        *("base_changes", "base_change", "exceptions", "exception", "keys", "enrol_key", "key", "retire_key"),
    ),
    "operations:trainings": ("sign_in",),
}
"""Pages of an entry whose addresses do not begin as its own."""
TRAINING_FILES = files.Owner(
    kind=MATERIAL,
    label=_l("培训材料"),
    may_view=trainings.may_view,
    may_add=trainings.may_add,
    org_path=trainings.org_path_of,
    years=10,
    basis=_l("默认值，未见规定；供绩效佐证，与绩效佐证同期保存"),
)


def register() -> None:
    """Register what other floors ask for."""
    for flow in campaign_flows.FLOWS:
        workflow.register(flow)
    files.register(TRAINING_FILES)
    search.register(search.SearchSource(name=_l("资产"), search=search_assets))
    for order, (url_name, name, icon, permissions) in enumerate(ENTRIES, 56):
        nav.register(
            nav.NavItem(
                section=SECTION,
                label=name,
                url_name=url_name,
                visible=_holding(permissions),
                pages=frozenset(f"operations:{page}" for page in PAGES.get(url_name, ())),
                order=order,
                icon=icon,
            )
        )


def _holding(permissions: Sequence[Permission]) -> Callable[[Viewer], bool]:
    return lambda viewer: any(viewer.reach(each) for each in permissions)


def search_assets(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return the assets whose number, serial, place or holder holds the words."""
    if not viewer.reach(ASSET_VIEW):
        return []
    return [
        search.Hit(
            title=f"{row.get_kind_display()} {row.number}",
            url=reverse("operations:asset", args=[row.number]),
            summary=f"{row.org.name} · {row.get_state_display()}",
            kind=_("资产"),
        )
        for row in assets.matching_assets(viewer, query)[:limit]
    ]
