"""Django's door sign."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    """The interface: tokens, shell, components, list pages, the reference-list engine."""

    name = "yunshu.lib.ui"
    label = "ui"
    verbose_name = "界面"

    def ready(self) -> None:
        """Find every domain's reference lists and put their page into the navigation."""
        from yunshu.lib.ui import nav, reference
        from yunshu.lib.ui.reference.views import may_see_any

        reference.autodiscover()
        nav.register(
            nav.NavItem(
                section=_("系统"),
                label=_("基础数据"),
                url_name="ui:references",
                order=900,
                icon="library",
                shortcut="g l",
                visible=may_see_any,
            )
        )
