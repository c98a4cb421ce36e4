"""What the hotline tells the frame: its flow, files, notices, entries in the navigation and the search."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline import phone_menu
from yunshu.domains.hotline.contracts import (
    DESK_RIGHTS,
    FIGURES_VIEW,
    JUDGE,
    KB_RIGHTS,
    LOG_VIEW,
    PHONE_RIGHTS,
    REPORT_MAKE,
    SCREEN_VIEW,
    SMART_MANAGE,
    TICKET_CALL_BACK,
    TICKET_DISPATCH,
    TICKET_MANAGE,
    TICKET_REGISTER,
    UNIT_RIGHTS,
)
from yunshu.domains.hotline.rules import kb, life
from yunshu.domains.hotline.selectors.kb_search import answers
from yunshu.domains.hotline.selectors.searching import found
from yunshu.domains.hotline.selectors.tickets import TICKET_FILES, may_add, may_see, org_path_of, visible_tickets
from yunshu.domains.hotline.services import province_tickets, quality_telling, roster_telling, telling
from yunshu.domains.notify.api import declare
from yunshu.domains.workflow import api as workflow
from yunshu.lib.ui import nav, search

FILES = files.Owner(
    kind=TICKET_FILES,
    label=_l("热线工单材料"),
    may_view=may_see,
    may_add=may_add,
    org_path=org_path_of,
    years=10,
    basis=_l("热线工单材料未见专门的保管期限，参照会计档案最短期限，待核"),
)
SECTION = _l("12345 热线")
ENTRIES: tuple[nav.Entry, ...] = (
    ("hotline:desk", _l("热线工作台"), "phone", "", None),
    ("hotline:tickets", _l("热线工单"), "inbox", "", None),
    ("hotline:new_ticket", _l("登记诉求"), "phone-call", "", TICKET_REGISTER),
    ("hotline:new_letter", _l("登记信件"), "mail", "", TICKET_REGISTER),
    ("hotline:objections", _l("退单审核"), "gavel", "", TICKET_DISPATCH),
    ("hotline:callbacks", _l("回访"), "phone-call", "", TICKET_CALL_BACK),
    ("hotline:kb", _l("知识库"), "book-open", "", None),
    ("hotline:kb_demands", _l("知识任务"), "list-checks", "", None),
    ("hotline:roster", _l("热线排班"), "calendar-days", "", None),
    ("hotline:checks", _l("热线质检"), "clipboard-check", "", None),
    ("hotline:province", _l("省平台"), "git-branch", "", TICKET_MANAGE),
    ("hotline:hotspots", _l("热点预警"), "radar", "", TICKET_DISPATCH),
    ("hotline:outlook", _l("未诉先办"), "trending-up", "", TICKET_DISPATCH),
    ("hotline:models", _l("智能模型"), "sparkles", "", SMART_MANAGE),
    ("hotline:judgements", _l("不纳入评价认定"), "scale", "", JUDGE),
    ("hotline:figures", _l("热线指标"), "gauge", "", FIGURES_VIEW),
    ("hotline:reports", _l("热线报告"), "file-text", "", REPORT_MAKE),
    ("hotline:log", _l("热线操作日志"), "history", "", LOG_VIEW),
    ("hotline:screen", _l("热线大屏"), "monitor", "", SCREEN_VIEW),
)


def takes_part(viewer: Viewer) -> bool:
    """Say whether the viewer works at a desk or in a unit."""
    return any(viewer.reach(permission) for permission in (*DESK_RIGHTS, *PHONE_RIGHTS, *UNIT_RIGHTS, *KB_RIGHTS))


def search_tickets(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return tickets whose number or words hold the query."""
    if not takes_part(viewer):
        return []
    return [
        search.Hit(
            title=row.title,
            url=reverse("hotline:ticket", args=[row.number]),
            summary=f"{row.number} · {row.get_kind_display()} · {_(life.STATE_NAMES[row.state])}",
            kind=_("热线工单"),
        )
        for row in found(visible_tickets(viewer), query).order_by("-received_at", "-pk")[:limit]
    ]


def search_articles(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return the articles of the knowledge base that answer the query; expired ones last and flagged."""
    if not takes_part(viewer):
        return []
    return [
        search.Hit(
            title=each.article.face.title if each.article.face else each.article.number,
            url=reverse("hotline:article", args=[each.article.number]),
            summary=" · ".join([each.article.owner.name, *([_("已失效")] if each.is_expired else [])]),
            kind=_("知识条目"),
        )
        for each in answers(viewer, query, limit)
    ]


def register() -> None:
    """Register what other floors ask for."""
    search.register(search.SearchSource(name=_l("热线工单"), search=search_tickets))
    nav.register_section(SECTION, ENTRIES, 44, takes_part)
    search.register(search.SearchSource(name=_l("知识库"), search=search_articles))
    phone_menu.register(SECTION)
    workflow.register(life.TICKET_LIFE, opens=may_see)
    workflow.register(kb.ARTICLE_REVIEW)
    workflow.register(kb.DEMAND)
    files.register(FILES)
    declare(telling.KIND)
    declare(roster_telling.KIND)
    declare(quality_telling.KIND)
    province_tickets.register()
    declare(telling.HOTSPOT)
