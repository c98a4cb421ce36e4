"""Django's door sign."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    """The outbox: facts written in the caller's transaction, relayed to JetStream, handled once."""

    name = "yunshu.lib.outbox"
    label = "outbox"
    verbose_name = "事实发件箱"

    def ready(self) -> None:
        """Meet the listeners of every app (``handlers.py``)."""
        from yunshu.lib.outbox import observed

        autodiscover_modules("handlers")
        observed.register()
