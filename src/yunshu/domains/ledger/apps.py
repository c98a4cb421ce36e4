"""Django's door sign of the ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """存证账本。"""

    name = "yunshu.domains.ledger"
    label = "ledger"
    verbose_name = "存证账本"

    def ready(self) -> None:
        """Put the explorer into the navigation."""
        from yunshu.domains.ledger import menu, observed

        menu.register()
        observed.register()
