"""Django's door sign: an app without tables, for its commands ``city check`` and ``city load``."""

from django.apps import AppConfig


class CityConfig(AppConfig):
    """城市包。"""

    name = "yunshu.config.city"
    label = "city"
    verbose_name = "城市包"

    def ready(self) -> None:
        """Give the frames the city's name and marks."""
        from yunshu.config.city.face import face
        from yunshu.lib.ui import city

        city.provide(face)
