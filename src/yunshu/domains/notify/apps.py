"""Django's door sign."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """通知 — notices inside the platform and the preferences of those who get them."""

    name = "yunshu.domains.notify"
    label = "notify"
    verbose_name = "通知"
