"""Django's door sign."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The interface: tokens, shell, components, list pages, the reference-list engine."""

    name = "yunshu.lib.ui"
    label = "ui"
    verbose_name = "界面"
