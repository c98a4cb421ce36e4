"""Django's door sign of the exchange; registers its flows, clocks, pages and search."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """数据共享与交换。"""

    name = "yunshu.domains.exchange"
    label = "exchange"
    verbose_name = "数据共享与交换"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.exchange import menu, observed
        from yunshu.domains.exchange.services import telling
        from yunshu.domains.notify.api import declare

        menu.register()
        observed.register()
        declare(telling.KIND)
        declare(telling.CORRECTED)
        declare(telling.UPPER)
