"""Lists that clerks keep for findings: how long a unit has, who may imitate a site."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.inspection.contracts import REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.models import DueRule, Suspect
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
    ReferenceList(
        slug="inspection-suspects",
        model=Suspect,
        key="host",
        fields=("host", "site", "note"),
        columns=("host", "site", "source", "result", "checked_at", "first_seen", "seen_on", "note"),
        search=("host", "note", "site__name"),
        view=VIEW,
        edit=REVIEW,
        help=_("每次全面检查都访问这些域名的首页，和本市网站的首页比对；内容相同的记为“仿冒网站”。停用即不再访问。"),
    ),
)
