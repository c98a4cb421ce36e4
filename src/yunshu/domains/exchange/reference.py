"""Lists that the bureau keeps: classes of the catalogue, data elements, clock rules."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.exchange.contracts import CATALOGUE_CONFIGURE, CATALOGUE_VIEW
from yunshu.domains.exchange.models import Category, ClockRule, Element
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="exchange-categories",
        model=Category,
        fields=("code", "name", "org", "source"),
        search=("code", "name"),
        view=CATALOGUE_VIEW,
        edit=CATALOGUE_CONFIGURE,
        sort="code",
        help=_("类1位、项2位、目3位，细目不限长；下级代码以上级代码开头。"),
    )
)
register(
    ReferenceList(
        slug="exchange-elements",
        model=Element,
        fields=("code", "name", "definition", "data_type", "source_org", "basis"),
        search=("code", "name", "definition"),
        view=CATALOGUE_VIEW,
        edit=CATALOGUE_CONFIGURE,
        sort="code",
        help=_("一个数据元只有一个数源部门；其他部门通过共享取得，不重复采集。"),
    )
)
register(
    ReferenceList(
        slug="exchange-clocks",
        model=ClockRule,
        fields=("code", "step", "level", "amount", "unit", "source", "verified"),
        search=("code", "step", "source"),
        view=CATALOGUE_VIEW,
        edit=CATALOGUE_CONFIGURE,
        sort="code",
        help=_("同一环节有多级规则时，用离本市最近的一级；修改只影响以后开始的环节。"),
        refusals={
            "exchange_clock_amount": ("amount", _("时限须大于 0。")),
        },
    )
)
