"""Lists that the bureau keeps: the numbers of rules."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_VIEW
from yunshu.domains.projects.models import DocumentRule, Limit
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
