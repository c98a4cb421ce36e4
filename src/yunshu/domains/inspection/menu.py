"""What inspection tells the frame: its entries in the navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.menu_findings import FINDING_ENTRIES
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui import nav

SECTION = _l("网站与新媒体检查")
ENTRIES: tuple[tuple[str, Any, str, str, Permission], ...] = (*FINDING_ENTRIES,)
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
