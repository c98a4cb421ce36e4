"""Django's door sign."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """流程 — flows, deadlines, the shared worklist 待办, reminders and supervision 督办."""

    name = "yunshu.domains.workflow"
    label = "workflow"
    verbose_name = "流程与待办"
