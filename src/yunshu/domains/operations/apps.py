"""Django's door sign of operations; registers its pages, flows and metrics."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """运行保障。"""

    name = "yunshu.domains.operations"
    label = "operations"
    verbose_name = "运行保障"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.operations import assets_menu, incident_menu, menu, metrics, observed
        from yunshu.lib.kernel.measure import register_metric

        menu.register()
        observed.register()
        incident_menu.register()
        assets_menu.register()
        for metric in metrics.METRICS:
            register_metric(metric)
