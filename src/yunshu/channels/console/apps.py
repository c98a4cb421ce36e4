"""Django's door sign."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from yunshu.lib.ui import nav
from yunshu.lib.ui.nav import NavItem


class ConsoleConfig(AppConfig):
    """工作台 — the staff shell, home, worklist, search, help."""

    name = "yunshu.channels.console"
    label = "console"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Put the console's own pages into the navigation."""
        day, more = _("我的一天"), _("帮助")
        nav.register(NavItem(section=day, label=_("工作台"), url_name="console:home", order=1, icon="house", shortcut="g h"))
        nav.register(
            NavItem(section=more, label=_("使用帮助"), url_name="console:help", order=990, icon="circle-help", shortcut="g ?")
        )
        nav.register(NavItem(section=more, label=_("关于"), url_name="console:about", order=991, icon="info"))
