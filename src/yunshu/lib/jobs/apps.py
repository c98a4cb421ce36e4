"""Django's door sign."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs: the one place that names the engine."""

    name = "yunshu.lib.jobs"
    label = "jobs"
    verbose_name = "任务队列"

    def ready(self) -> None:
        """Register what the queue shows of itself."""
        from yunshu.lib.jobs import observed

        observed.register()
