"""Django's door sign."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """工作台 — the staff shell, home, worklist, search, help."""

    name = "yunshu.channels.console"
    label = "console"
    verbose_name = "工作台"
