"""Django's door sign of the notices."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """通知。"""

    name = "yunshu.domains.notify"
    label = "notify"
    verbose_name = "通知"

    def ready(self) -> None:
        """Declare the kinds, hang up the bell."""
        from yunshu.domains.notify import kinds, selectors
        from yunshu.lib.ui import context

        kinds.declare_all()
        context.register_notices(selectors.unread, "notify:inbox")
