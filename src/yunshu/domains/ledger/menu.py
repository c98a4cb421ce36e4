"""What the ledger puts into the navigation and into search."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import selectors
from yunshu.domains.ledger.contracts import LEDGER_VIEW
from yunshu.lib.ui import nav, search

SECTION = _("存证账本")
ITEMS = (
    nav.NavItem(section=SECTION, label=_("账本概况"), url_name="ledger:home", permission=LEDGER_VIEW, order=600, icon="layers", shortcut="g b"),
    nav.NavItem(section=SECTION, label=_("存证记录"), url_name="ledger:records", permission=LEDGER_VIEW, order=601, icon="stamp"),
    nav.NavItem(section=SECTION, label=_("账本告警"), url_name="ledger:alarms", permission=LEDGER_VIEW, order=602, icon="shield-alert"),
)  # fmt: skip


def register() -> None:
    """Called once from ``AppConfig.ready``."""
    for item in ITEMS:
        nav.register(item)
    search.register(search.SearchSource(name=_("存证"), search=find_records))


def find_records(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return records by receipt number or subject."""
    if not viewer.may(LEDGER_VIEW):
        return []
    return [
        search.Hit(
            title=row.number,
            url=reverse("ledger:record", args=[row.number]),
            summary=f"{row.kind} {row.subject}",
            kind=str(_("存证")),
        )
        for row in selectors.matching(viewer, query)[:limit]
    ]
