"""Django's door sign: an app without tables, for its kinds and commands."""

from django.apps import AppConfig


class TakingCommandsConfig(AppConfig):
    """数据接管。"""

    name = "yunshu.config.taking"
    label = "taking_kinds"
    verbose_name = "数据接管"

    def ready(self) -> None:
        """Register the kinds, and where runs are recorded."""
        from yunshu.config.taking import wiring

        wiring.register()
