"""Pages of hotspots: the list, one with its members and growth; merging, dismissing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.hotline.choices_smart import DismissReason, HotspotState
from yunshu.domains.hotline.contracts import TICKET_DISPATCH
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import hotspots as selectors
from yunshu.domains.hotline.selectors.pages import division_name
from yunshu.domains.hotline.services import hotspots as services
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, tell_done
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

MERGEABLE = set(life.BY_VERB["merge"].sources)
HOTSPOTS = Listing(
    name="hotline-hotspots",
    title=_l("热点预警"),
    rows=selectors.visible_hotspots,
    default_sort="-raised_at",
    columns=(
        Column("title", _l("标题"), link=True),
        Column("places", _l("地点"), value=lambda r: "、".join(r.places) or "—"),
        Column("topic", _l("主题")),
        Column("size", _l("工单数"), kind="number", sort="size"),
        Column("state", _l("状态"), kind="choice"),
        Column("first_at", _l("首次反映时间"), kind="instant", sort="first_at", hidden=True),
        Column("last_at", _l("最近反映时间"), kind="instant", sort="last_at"),
        Column("raised_at", _l("预警时间"), kind="instant", sort="raised_at"),
        Column("least", _l("预警门限"), kind="number", hidden=True),
        Column("number", _l("热点编号"), hidden=True),
    ),
    filters=(
        Search("title", "number", "topic"),
        Choice("state", _l("状态"), HotspotState.choices),
        DateRange("raised_at", _l("预警时间")),
    ),
    row_url=lambda r: reverse("hotline:hotspot", args=[r.number]),
    empty_title=_l("没有热点"),
    empty_text=_l("同一地点、同一件事的工单达到门限时，一分钟内出现在这里，并通知派单员。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every hotspot in sight."""
    return list_page(request, HOTSPOTS)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One hotspot: who says what, where, since when, why they were put together."""
    return _detail(request, number)


def _detail(request: HttpRequest, number: str, refusal: Exception | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    spot = selectors.get_hotspot(viewer, number)
    rows = selectors.members_of(viewer, spot)
    mergeable = [row.ticket.number for row in rows if row.ticket.state in MERGEABLE and row.ticket.parent is None]
    open_ones = [row.ticket.number for row in rows if row.ticket.state in life.OPEN and row.ticket.parent is None]
    main = spot.main.number if spot.main and spot.main.number in open_ones else next(iter(open_ones), "")
    context: dict[str, Any] = {
        "spot": spot,
        "place": division_name(spot.division),
        "rows": rows,
        "state_names": {code: _(name) for code, name in life.STATE_NAMES.items()},
        "chart": selectors.growth_of(rows, _("每天新增"), _("日期"), _("工单")),
        "may_act": viewer.may(TICKET_DISPATCH, spot.desk.path),
        "mergeable": mergeable,
        "open_ones": open_ones,
        "main": main,
        "dismissals": DismissReason.choices,
        "refusal": refusal,
    }
    return show(request, "hotline/smart/hotspot.html", context, status=422 if refusal else 200)


@staff(TICKET_DISPATCH)
@require_POST
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Merge the ticked tickets into the main one."""
    with attempt() as step:
        done = services.merge(
            actor=viewer_of(request),
            number=number,
            main=request.POST.get("main", ""),
            tickets=request.POST.getlist("tickets"),
            reason=request.POST.get("reason", "")[:1000],
            now=clock.now(),
        )
        messages.success(request, _("已并案 %(n)s 件，主单办结时每位诉求人各自得到答复。") % {"n": done.count})
        for each, why in done.left:
            messages.warning(request, f"{each}：{why}")
        return redirect("hotline:hotspot", number)
    return _detail(request, number, step.refusal)


@staff(TICKET_DISPATCH)
@require_POST
def dismiss(request: HttpRequest, number: str) -> HttpResponse:
    """Say that it is no hotspot."""
    with attempt() as step:
        services.dismiss(
            actor=viewer_of(request),
            number=number,
            dismissal=request.POST.get("dismissal", ""),
            words=request.POST.get("words", ""),
            now=clock.now(),
        )
        tell_done(request, label("不是热点"))
        return redirect("hotline:hotspot", number)
    return _detail(request, number, step.refusal)
