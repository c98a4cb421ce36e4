"""Django's door sign of inspection; registers its pages, flows, files and metrics."""

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    """网站与新媒体检查。"""

    name = "yunshu.domains.inspection"
    label = "inspection"
    verbose_name = "网站与新媒体检查"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.inspection import menu, menu_findings, metrics, observed
        from yunshu.domains.inspection.services import far_visits
        from yunshu.lib.kernel.measure import register_metric
        from yunshu.lib.probe import guests

        menu.register()
        observed.register()
        menu_findings.register()
        guests.register(far_visits.Visits())
        for metric in metrics.METRICS:
            register_metric(metric)
