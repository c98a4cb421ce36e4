"""What the directory puts into the navigation and into search."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yunshu.domains.directory import selectors
from yunshu.domains.directory.contracts import (
    API_KEY_EDIT,
    AUDIT_VIEW,
    ORG_VIEW,
    ROLE_EDIT,
    SECURITY_EDIT,
    Viewer,
)
from yunshu.lib.ui import nav, search
from yunshu.lib.ui.nav import NavItem
from yunshu.lib.ui.search import Hit, SearchSource

SECTION = _("组织与权限")
OPERATING = _("系统运行")

ITEMS = (
    NavItem(section=SECTION, label=_("组织机构"), url_name="directory:orgs", permission=ORG_VIEW, order=700, icon="network", shortcut="g d"),
    NavItem(section=SECTION, label=_("人员与账号"), url_name="directory:people", permission=ORG_VIEW, order=701, icon="users", shortcut="g p"),
    NavItem(section=SECTION, label=_("角色"), url_name="directory:roles", permission=ROLE_EDIT, order=702, icon="shield-check"),
    NavItem(section=SECTION, label=_("谁能做什么"), url_name="directory:access", permission=ORG_VIEW, order=703, icon="user-check"),
    NavItem(section=SECTION, label=_("委托"), url_name="directory:delegations", order=704, icon="handshake"),
    NavItem(section=SECTION, label=_("工作日历"), url_name="directory:calendar", order=705, icon="calendar-days", shortcut="g c"),
    NavItem(section=OPERATING, label=_("接口密钥"), url_name="directory:api_keys", permission=API_KEY_EDIT, order=800, icon="key-round"),
    NavItem(section=OPERATING, label=_("登录记录"), url_name="directory:sign_ins", permission=AUDIT_VIEW, order=801, icon="log-in"),
    NavItem(section=OPERATING, label=_("登录安全"), url_name="directory:security", permission=SECURITY_EDIT, order=799, icon="lock"),
    NavItem(section=OPERATING, label=_("个人信息查看记录"), url_name="directory:personal_looks", permission=AUDIT_VIEW, order=804, icon="eye"),
    NavItem(section=OPERATING, label=_("审计日志"), url_name="directory:audit", permission=AUDIT_VIEW, order=802, icon="scroll-text", shortcut="g a"),
    NavItem(section=OPERATING, label=_("运行状态"), url_name="directory:status", permission=AUDIT_VIEW, order=803, icon="activity"),
)  # fmt: skip


def register() -> None:
    """Called once from ``AppConfig.ready``."""
    for item in ITEMS:
        nav.register(item)
    search.register(SearchSource(name=_("组织机构"), search=find_orgs))
    search.register(SearchSource(name=_("人员"), search=find_people))


def find_orgs(viewer: Viewer, query: str, limit: int) -> Sequence[Hit]:
    """Return organisations by name, code or pinyin."""
    rows = selectors.matching_orgs(viewer, query).filter(is_active=True)[:limit]
    return [
        Hit(
            title=r.name, url=reverse("directory:org", args=[r.code]), summary=r.get_kind_display(), kind=str(_("组织"))
        )
        for r in rows
    ]


def find_people(viewer: Viewer, query: str, limit: int) -> Sequence[Hit]:
    """Return people by name, number or pinyin."""
    rows = selectors.matching_people(viewer, query).filter(is_active=True)[:limit]
    return [
        Hit(
            title=r.name,
            url=reverse("directory:person", args=[r.number]),
            summary=f"{r.org.name} {r.title}",
            kind=str(_("人员")),
        )
        for r in rows
    ]
