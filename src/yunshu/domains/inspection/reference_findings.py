"""Lists that clerks keep for findings: how long a unit has."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.inspection.contracts import SUPERVISE, VIEW
from yunshu.domains.inspection.models import DueRule
from yunshu.lib.ui.reference import ReferenceList

LISTS = (
    ReferenceList(
        slug="inspection-dues",
        model=DueRule,
        fields=("code", "name", "amount", "unit", "source", "verified"),
        search=("code", "name", "source"),
        view=VIEW,
        edit=SUPERVISE,
        sort="code",
        help=_("整改、督办和网民找错的时限。没有登记的按系统默认值；核对出处后勾选“已核对原文”。停用后回到默认值。"),
        refusals={
            "inspection_due_some_time": ("amount", _("时限须大于 0。")),
        },
    ),
)
