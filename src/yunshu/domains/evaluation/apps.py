"""Django's door sign of evaluation; registers its flow, its metric, its page and its search."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """绩效目标表。"""

    name = "yunshu.domains.evaluation"
    label = "evaluation"
    verbose_name = "绩效目标表"

    def ready(self) -> None:
        """Register what other floors ask for."""
        from django.utils.translation import gettext_lazy as _

        from yunshu.domains.evaluation import menu, metrics
        from yunshu.domains.evaluation.contracts import TABLE_VIEW
        from yunshu.domains.evaluation.rules.life import LIFE
        from yunshu.domains.evaluation.rules.rebinding import REBINDING
        from yunshu.domains.files import api as files
        from yunshu.domains.workflow import api as workflow
        from yunshu.lib.kernel.measure import register_metric
        from yunshu.lib.ui import nav, search

        workflow.register(LIFE)
        workflow.register(REBINDING)
        files.register(menu.EVIDENCE_FILES)
        register_metric(metrics.BUDGET_EXECUTION)
        nav.register(
            nav.NavItem(
                section=_("绩效"),
                label=_("绩效目标表"),
                url_name="evaluation:tables",
                permission=TABLE_VIEW,
                order=20,
                icon="table",
                shortcut="g e",
            )
        )
        search.register(search.SearchSource(name=_("绩效目标表"), search=menu.search_tables))
