"""What inspection tells the frame: its entries in the navigation."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection import menu_findings, registry_menu
from yunshu.domains.inspection.contracts import VIEW
from yunshu.lib.ui import nav

SECTION = _l("网站与新媒体检查")
RESULTS: tuple[nav.Entry, ...] = (
    ("inspection:board", _l("检查态势"), "gauge", "", VIEW),
    ("inspection:assessments", _l("检查考评"), "clipboard-check", "", VIEW),
    ("inspection:schemes", _l("检查指标"), "list-checks", "", VIEW),
)
RUNS = (("inspection:runs", _l("检查批次"), "play", "", VIEW),)
ENTRIES = (RESULTS[0], *menu_findings.FINDING_ENTRIES, *RESULTS[1:], *RUNS, *registry_menu.ENTRIES)
"""(address, name, icon, shortcut, permission), in the order of the menu."""
PAGES = {
    "inspection:findings": ("inspection:finding",),
    "inspection:notices": ("inspection:notice",),
    "inspection:appeals": ("inspection:appeal",),
    "inspection:mending": tuple(
        f"inspection:{page}"
        for page in ("finding", "notice", "submit_finding", "extend_finding", "appeal_finding", "appeal")
    ),
    "inspection:sites": ("inspection:import/sites",),
    "inspection:accounts": ("inspection:import/accounts",),
    "inspection:posts": ("inspection:import/posts", "inspection:post"),
    "inspection:board": ("inspection:unit_results",),
}
"""Pages of entries, whatever their addresses; of a page that two name, the first that the viewer may open."""


def register() -> None:
    """Register what other floors ask for."""
    nav.register_section(SECTION, ENTRIES, 100, pages=PAGES)
