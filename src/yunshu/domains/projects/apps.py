"""Django's door sign of projects; registers its pages, flows, files and metrics."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """项目管理。"""

    name = "yunshu.domains.projects"
    label = "projects"
    verbose_name = "项目管理"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from yunshu.domains.notify.api import declare
        from yunshu.domains.projects import menu, metrics
        from yunshu.domains.projects.services import reminders
        from yunshu.lib.kernel.measure import register_metric

        menu.register()
        declare(reminders.DUE)
        for metric in metrics.METRICS:
            register_metric(metric)
