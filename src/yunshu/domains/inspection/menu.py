"""What inspection tells the frame: its entries in the navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection import menu_findings, registry_menu
from yunshu.domains.inspection.contracts import VIEW
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui import nav

SECTION = _l("网站与新媒体检查")
RESULTS: tuple[tuple[str, Any, str, str, Permission], ...] = (
    ("inspection:board", _l("检查态势"), "gauge", "", VIEW),
    ("inspection:assessments", _l("检查考评"), "clipboard-check", "", VIEW),
    ("inspection:schemes", _l("检查指标"), "list-checks", "", VIEW),
)
RUNS = (("inspection:runs", _l("检查批次"), "play", "", VIEW),)
ENTRIES = (RESULTS[0], *menu_findings.FINDING_ENTRIES, *RESULTS[1:], *RUNS, *registry_menu.ENTRIES)
"""(address, name, icon, shortcut, permission), in the order of the menu."""


def register() -> None:
    """Register what other floors ask for."""
    for order, (url_name, name, icon, shortcut, permission) in enumerate(ENTRIES, 100):
        nav.register(
            nav.NavItem(
                section=SECTION,
                label=name,
                url_name=url_name,
                permission=permission,
                order=order,
                icon=icon,
                shortcut=shortcut,
            )
        )
