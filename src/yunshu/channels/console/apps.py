"""Django's door sign."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """工作台 — the staff shell, home, worklist, search, help."""

    name = "yunshu.channels.console"
    label = "console"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Put the console's own pages into the navigation."""
        from yunshu.channels.console import menu

        menu.register()
