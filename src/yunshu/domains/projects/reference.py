"""Lists that the bureau keeps: the numbers of rules."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_VIEW, REVIEW_ORGANISE
from yunshu.domains.projects.models import DocumentRule, Expert, Limit
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="projects-limits",
        model=Limit,
        fields=("code", "name", "value", "unit", "source", "verified"),
        search=("code", "name", "source"),
        view=PROJECT_VIEW,
        edit=PROJECT_APPROVE,
        sort="code",
        help=_("凭记忆写入的数值标明“待核”；核对原文后改正并勾选“已核对原文”。"),
    )
)
register(
    ReferenceList(
        slug="projects-documents",
        model=DocumentRule,
        fields=("code", "verb", "name", "source", "verified"),
        search=("code", "name", "source"),
        view=PROJECT_VIEW,
        edit=PROJECT_APPROVE,
        sort="code",
        help=_("某一环节要求的材料；停用后不再要求。办理该环节时，名称相同的材料已提交才算齐全。"),
    )
)
register(
    ReferenceList(
        slug="projects-experts",
        model=Expert,
        fields=("code", "name", "unit", "field", "ties", "person"),
        columns=("code", "name", "unit", "field", "person"),
        search=("code", "name", "unit", "field"),
        view=REVIEW_ORGANISE,
        edit=REVIEW_ORGANISE,
        sort="code",
        help=_("关系每行一条：名称，空一格，关系终止日期（仍在的不写日期）。抽取时按回避年限自动排除。"),
        refusals={
            "projects_expert_person": ("person", _("这个人员已登记为另一位专家。")),
        },
    )
)
