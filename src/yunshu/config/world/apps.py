"""Django's door sign of the sample world; it has commands only."""

from django.apps import AppConfig


class WorldConfig(AppConfig):
    """示例世界。"""

    name = "yunshu.config.world"
    label = "world"
    verbose_name = "演示"
