"""Pages of what is watched."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from yunshu.domains.operations.choices import TargetKind, TargetState
from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.selectors import targets as selectors
from yunshu.lib.ui.access import staff
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page

TARGETS = Listing(
    name="targets",
    title=_l("监测对象"),
    rows=selectors.visible_targets,
    default_sort="name",
    columns=(
        Column("name", _l("名称")),
        Column("kind", _l("类别"), value=lambda r: r.get_kind_display()),
        Column("org", _l("主管单位")),
        Column("state", _l("状态"), value=lambda r: r.get_state_display()),
    ),
    filters=(
        Search("number", "name", "code", "provider", "contract"),
        Choice("kind", _l("类别"), list(TargetKind.choices)),
        Choice("state", _l("状态"), list(TargetState.choices)),
    ),
    empty_title=_l("没有监测对象"),
    empty_text=_l("登记线路、机房、系统等对象后，这里显示它们的运行情况。"),
)


@staff(TARGET_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What is watched."""
    return list_page(request, TARGETS)
