"""Django's door sign."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """The outbox: facts written in the caller's transaction, relayed to JetStream, handled once."""

    name = "yunshu.lib.outbox"
    label = "outbox"
    verbose_name = "事实发件箱"
