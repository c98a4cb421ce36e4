"""Django's door sign."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs: the one place that names the engine."""

    name = "yunshu.lib.jobs"
    label = "jobs"
    verbose_name = "任务队列"
