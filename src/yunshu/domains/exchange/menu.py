"""What the exchange tells the frame: its entries in the navigation, its flows with their clocks, what search finds."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.contracts import (
    CATALOGUE_VIEW,
    DELIVERY_VIEW,
    REQUEST_ANSWER,
    REQUEST_CHECK,
    REQUEST_EDIT,
)
from yunshu.domains.exchange.rules import cascade, corrections, life, requests
from yunshu.domains.workflow import api as workflow
from yunshu.lib.ui import nav, search


def register() -> None:
    """Register what other floors ask for."""
    workflow.register(life.ENTRY_LIFE, selectors.clocks_of(life.CODE))
    workflow.register(requests.REQUEST_LIFE, selectors.clocks_of(requests.CODE))
    workflow.register(corrections.CORRECTION_LIFE, selectors.clocks_of(corrections.CODE))
    workflow.register(cascade.DEBT_LIFE, selectors.clocks_of(cascade.DEBT))
    workflow.register(cascade.TASK_LIFE, selectors.clocks_of(cascade.TASK))
    search.register(search.SearchSource(name=_l("数据目录"), search=search_catalogue))
    section = _l("数据共享")
    entries = (
        ("exchange:catalogue", _l("数据目录"), "library", "g m", CATALOGUE_VIEW),
        ("exchange:lists", _l("共享清单"), "list-checks", "", CATALOGUE_VIEW),
        ("exchange:requests", _l("共享申请"), "inbox", "g q", None),
        ("exchange:agreements", _l("共享协议"), "handshake", "", None),
        ("exchange:deliveries", _l("数据交付"), "send", "", DELIVERY_VIEW),
        ("exchange:calls", _l("接口调用"), "activity", "", None),
        ("exchange:programs", _l("调用方应用"), "key-round", "", REQUEST_EDIT),
        ("exchange:corrections", _l("数据异议"), "message-square", "", None),
        ("exchange:flows", _l("数据流向"), "share-2", "", CATALOGUE_VIEW),
        ("exchange:holdings", _l("我的数据在哪里"), "map-pin", "", REQUEST_ANSWER),
        ("exchange:debts", _l("数据回流"), "undo-2", "", None),
        ("exchange:upper", _l("级联"), "git-branch", "", None),
        ("exchange:nodes", _l("前置节点"), "server", "", DELIVERY_VIEW),
    )
    nav.register_section(section, entries, 30, takes_part)


def takes_part(viewer: Viewer) -> bool:
    """Say whether the viewer asks for data, answers or checks."""
    return any(viewer.reach(permission) for permission in (REQUEST_EDIT, REQUEST_ANSWER, REQUEST_CHECK))


def search_catalogue(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return the entries that fit best."""
    if not viewer.reach(CATALOGUE_VIEW):
        return []
    rows = selectors.best(selectors.visible_resources(viewer), query).part(0, limit)
    return [
        search.Hit(
            title=row.name,
            url=reverse("exchange:resource", args=[row.number]),
            summary=f"{row.org.name} · {row.get_sharing_type_display()}",
            kind=_("数据目录"),
        )
        for row in rows
    ]
