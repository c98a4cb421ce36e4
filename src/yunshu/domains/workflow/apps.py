"""Django's door sign of the workflow."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """流程与待办。"""

    name = "yunshu.domains.workflow"
    label = "workflow"
    verbose_name = "流程与待办"

    def ready(self) -> None:
        """Offer the worklist in the navigation."""
        from django.utils.translation import gettext_lazy as _

        from yunshu.domains.workflow.contracts import WORKLIST_VIEW
        from yunshu.domains.workflow.metrics import ON_TIME
        from yunshu.lib.kernel.measure import register_metric
        from yunshu.lib.ui import nav

        register_metric(ON_TIME)

        mine = nav.NavItem(
            section=_("工作"), label=_("我的待办"), url_name="workflow:worklist", order=5, icon="inbox", shortcut="g w"
        )
        organisation = nav.NavItem(
            section=_("工作"),
            label=_("单位待办"),
            url_name="workflow:organisation",
            permission=WORKLIST_VIEW,
            order=6,
            icon="users",
            shortcut="g u",
        )
        supervisions = nav.NavItem(
            section=_("工作"),
            label=_("督办"),
            url_name="workflow:supervisions",
            permission=WORKLIST_VIEW,
            order=7,
            icon="gavel",
        )
        for item in (mine, organisation, supervisions):
            nav.register(item)
