"""Django's door sign."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """门户 — the public face, phone first."""

    name = "yunshu.channels.portal"
    label = "portal"
    verbose_name = "城市门户"
