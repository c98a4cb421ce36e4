"""What projects tells the frame: its entries in the navigation."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.projects.contracts import LOAN_VIEW, PROJECT_VIEW
from yunshu.lib.ui import nav

SECTION = _l("项目管理")
ENTRIES = (
    ("projects:projects", _l("信息化项目"), "briefcase", "g p", PROJECT_VIEW),
    ("projects:loans", _l("外币贷款"), "banknote", "", LOAN_VIEW),
)


def register() -> None:
    """Register what other floors ask for."""
    for order, (url_name, name, icon, shortcut, permission) in enumerate(ENTRIES, 70):
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
