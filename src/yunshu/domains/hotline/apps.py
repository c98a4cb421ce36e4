"""Django's door sign of the hotline; registers its flow, pages and files."""

from django.apps import AppConfig


class HotlineConfig(AppConfig):
    """12345 热线。"""

    name = "yunshu.domains.hotline"
    label = "hotline"
    verbose_name = "12345 热线"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.hotline import menu, metrics, observed
        from yunshu.domains.hotline.selectors import counting_calls, counting_more
        from yunshu.lib.kernel.measure import register_metric

        menu.register()
        observed.register()
        counting_calls.register()
        counting_more.register()
        for metric in metrics.METRICS:
            register_metric(metric)
