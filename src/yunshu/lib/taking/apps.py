"""Django's door sign."""

from django.apps import AppConfig


class TakingConfig(AppConfig):
    """数据接管：the journal."""

    name = "yunshu.lib.taking"
    label = "taking"
    verbose_name = "数据接管"
