"""The list that an official keeps: at which share of a deadline who is told."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.workflow.contracts import FLOW_RULE_EDIT
from yunshu.domains.workflow.models import EscalationRule
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="escalation-rules",
        model=EscalationRule,
        key="code",
        fields=("code", "flow", "percent", "whom", "words"),
        search=("code", "words", "flow"),
        view=FLOW_RULE_EDIT,
        edit=FLOW_RULE_EDIT,
        help=_(
            "时限百分比：80 为用去八成时间，100 为到期，120 为超期两成。预置的三条是默认值，未见统一规定，请按本市制度修改。"
        ),
    )
)
