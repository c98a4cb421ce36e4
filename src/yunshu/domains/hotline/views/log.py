"""The operation log: who did what when on which ticket."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from yunshu.domains.hotline.contracts import LOG_VIEW
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import log as selectors
from yunshu.lib.ui.access import staff
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, list_page

LOG = Listing(
    name="hotline-log",
    title=_l("热线操作日志"),
    rows=selectors.visible_steps,
    default_sort="-at",
    columns=(
        Column("at", _l("时间"), kind="instant", sort="at"),
        Column("ticket__number", _l("工单编号"), link=True),
        Column("verb", _l("动作"), value=lambda row: _(life.STEP_NAMES.get(row.verb, row.verb))),
        Column("state", _l("状态"), value=lambda row: _(life.STATE_NAMES.get(row.state, row.state))),
        Column("actor", _l("办理人"), value=selectors.who_did),
        Column("org", _l("办理单位")),
        Column("words", _l("意见"), value=selectors.words_of),
        Column("record", _l("存证编号"), hidden=True),
        Column("ticket__unit", _l("承办单位"), hidden=True),
    ),
    filters=(
        selectors.Exactly("number", _l("工单编号"), "ticket__number"),
        selectors.Exactly("actor", _l("办理人"), "actor"),
        Choice("verb", _l("动作"), lambda _viewer: [(code, _(name)) for code, name in life.STEP_NAMES.items()]),
        DateRange("at", _l("时间")),
    ),
    row_url=lambda row: reverse("hotline:ticket", args=[row.ticket.number]),
    empty_title=_l("没有操作记录"),
    empty_text=_l("换一个时期，或者去掉筛选条件。"),
)


@staff(LOG_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every step on tickets in sight, the newest first."""
    return list_page(request, LOG, template="hotline/figures/log.html")
