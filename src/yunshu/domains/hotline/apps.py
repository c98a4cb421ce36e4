"""Django's door sign of the hotline; registers its flow, pages and files."""

from django.apps import AppConfig


class HotlineConfig(AppConfig):
    """12345 热线。"""

    name = "yunshu.domains.hotline"
    label = "hotline"
    verbose_name = "12345 热线"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.hotline import menu

        menu.register()
