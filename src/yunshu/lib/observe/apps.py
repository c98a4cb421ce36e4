"""Django's door sign."""

from django.apps import AppConfig


class ObserveConfig(AppConfig):
    """Seeing how it runs."""

    name = "yunshu.lib.observe"
    label = "observe"
    verbose_name = "运行观测"

    def ready(self) -> None:
        """Register the figures of the house itself."""
        from yunshu.lib.observe import house

        house.register()
