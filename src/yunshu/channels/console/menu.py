"""The console's own entries in the navigation."""

from django.utils.translation import gettext_lazy as _

from yunshu.lib.taking.contracts import TAKING_VIEW
from yunshu.lib.ui import nav
from yunshu.lib.ui.nav import NavItem

DAY = _("我的一天")
HELP = _("帮助")
OPERATING = _("系统运行")

ITEMS = (
    NavItem(section=DAY, label=_("工作台"), url_name="console:home", order=1, icon="house", shortcut="g h"),
    NavItem(
        section=OPERATING,
        label=_("数据接管"),
        url_name="console:takings",
        permission=TAKING_VIEW,
        order=804,
        icon="upload",
    ),
    NavItem(section=HELP, label=_("使用帮助"), url_name="console:help", order=990, icon="circle-help"),
    NavItem(section=HELP, label=_("关于"), url_name="console:about", order=991, icon="info"),
)


def register() -> None:
    """Called once from ``AppConfig.ready``."""
    for item in ITEMS:
        nav.register(item)
