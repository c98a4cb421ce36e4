"""Django's door sign."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """绩效目标表。"""

    name = "yunshu.domains.evaluation"
    label = "evaluation"
    verbose_name = "绩效目标表"
