"""Pages of deliveries: the list, one delivery with its timeline and receipt, the route of an agreement, the city's flows."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import DeliveryState
from yunshu.domains.exchange.contracts import (
    CATALOGUE_VIEW,
    DELIVERY_VIEW,
    NODE_OPERATE,
    PROOF_KIND,
    REQUEST_ANSWER,
    REQUEST_EDIT,
)
from yunshu.domains.exchange.forms import OrderForm, RouteForm, StepForm
from yunshu.domains.exchange.rules import deliveries as rules
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.flows import Flow, diagram
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

DELIVERIES = Listing(
    name="deliveries",
    title=_l("数据交付"),
    rows=selectors.visible_deliveries,
    default_sort="-ordered_at",
    columns=(
        Column("number", _l("交付编号"), link=True),
        Column("agreement__resource__name", _l("数据")),
        Column("agreement__provider", _l("提供方")),
        Column("agreement__consumer", _l("使用方")),
        Column("state", _l("状态"), template="exchange/_delivery_state.html", value=lambda r: r),
        Column("is_whole", _l("全量"), kind="yesno"),
        Column("rows", _l("行数"), kind="number", sort="rows"),
        Column("quarantined", _l("隔离行数"), kind="number", sort="quarantined"),
        Column("ordered_at", _l("发起时间"), kind="instant", sort="ordered_at"),
        Column("ended_at", _l("结束时间"), kind="instant", sort="ended_at"),
    ),
    filters=(
        Search("number", "agreement__number", "agreement__resource__name", "agreement__consumer__name"),
        Choice("state", _l("状态"), DeliveryState.choices),
        DateRange("ordered_at", _l("发起时间")),
    ),
    row_url=lambda r: reverse("exchange:delivery", args=[r.number]),
    empty_title=_l("还没有数据交付"),
    empty_text=_l("协议生效并设置好两端节点后，按周期自动交付，也可以在协议页面点“立即交付”。"),
)


@staff(DELIVERY_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Deliveries of one's own organisations on either side."""
    return list_page(request, DELIVERIES)


@staff(DELIVERY_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One delivery from order to receipt."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_delivery(viewer, number)
    agreement = row.agreement
    steps = [
        {"name": _(rules.STEP_NAMES.get(each.code, each.code)), "at": each.at, "said": _said(each.words)}
        for each in row.steps.all()
    ]
    hint = rules.FAILURES.get(row.failure_code, "")
    context = {
        "row": row,
        "steps": list(reversed(steps)),
        "receipt": (row.receipt or {}).get("receipt"),
        "hint": _(hint) if hint else "",
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, clock.now()),
        "may_stop": row.ended_at is None
        and (viewer.may(REQUEST_ANSWER, agreement.provider.path) or viewer.may(REQUEST_EDIT, agreement.consumer.path)),
        "refusal": refusal,
    }
    return show(request, "exchange/delivery.html", context, status=422 if refusal else 200)


def _said(words: dict[str, Any]) -> str:
    """Return what a step has to tell, in a line."""
    if "differences" in words:
        return "；".join(
            _("%(column)s：约定 %(agreed)s，实际 %(found)s")
            % {"column": d["column"], "agreed": d["agreed"], "found": d["found"] or _("没有")}
            for d in words["differences"]
        )
    told = [str(words[key]) for key in ("node", "by", "text", "code", "record") if words.get(key)]
    if words.get("rows") is not None:
        told.append(_("%(n)s 行") % {"n": words["rows"]})
    return " · ".join([*told, *words.get("faults", [])])


@staff(DELIVERY_VIEW)
@require_POST
def stop(request: HttpRequest, number: str) -> HttpResponse:
    """Stop a running delivery."""
    form = StepForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    with attempt() as stopping:
        services.stop_delivery(actor=viewer_of(request), number=number, reason=reason, now=clock.now())
        return redirect("exchange:delivery", number)
    return _detail(request, number, stopping.refusal)


@staff()
@require_http_methods(["GET", "POST"])
def route(request: HttpRequest, number: str) -> HttpResponse:
    """The way an agreement's data takes: each side sets its own end."""
    viewer = viewer_of(request)
    row = selectors.get_agreement(viewer, number)
    found = services.route_of(row, clock.now())
    operates = viewer.may(NODE_OPERATE, row.provider.path) and viewer.may(NODE_OPERATE, row.consumer.path)
    owns = operates or viewer.may(REQUEST_ANSWER, row.provider.path)
    uses = operates or viewer.may(REQUEST_EDIT, row.consumer.path)
    if not (owns or uses):
        raise NotPermitted("route_foreign", _("只有协议双方可以设置交付。"))
    sources, targets = services.nodes_of(row)
    form = RouteForm(request.POST or None, initial=_initial(found), sources=sources, targets=targets)
    form.keep_only(owns=owns, uses=uses)
    if form.is_valid():
        with attempt(form):
            services.save_route(
                actor=viewer, agreement=number, spec=services.RouteSpec(**form.cleaned_data), now=clock.now()
            )
            return redirect("exchange:agreement", number)
    context = {"row": row, "route": found, "form": form}
    return show(request, "exchange/route.html", context, status=422 if form.errors else 200)


def _initial(found: Any) -> dict[str, Any]:
    names = (
        "source_database",
        "source_table",
        "watermark",
        "target_database",
        "target_table",
        "mode",
        "suite",
        "is_active",
    )
    nodes = {end: getattr(getattr(found, end), "name", "") for end in ("source_node", "target_node")}
    return {name: getattr(found, name) for name in names} | nodes


@staff()
@require_POST
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Deliver now."""
    form = OrderForm(request.POST)
    whole = form.is_valid() and form.cleaned_data["whole"]
    delivery = services.order_delivery(actor=viewer_of(request), agreement=number, whole=whole, now=clock.now())
    return redirect("exchange:delivery", delivery.number)


@staff(CATALOGUE_VIEW)
@require_safe
def flows(request: HttpRequest) -> HttpResponse:
    """The city's flow map: who gives what to whom, how much, how late."""
    found = selectors.flows(viewer_of(request), clock.now())
    pairs: dict[tuple[str, str], list[Any]] = {}
    for each in found:
        pairs.setdefault((each.provider, each.consumer), []).append(each)
    lines = [
        Flow(source=source, target=target, weight=sum(each.rows for each in group), warns=any(g.is_late for g in group))
        for (source, target), group in pairs.items()
    ]
    context = {"flows": found, "diagram": diagram(lines), "late": sum(each.is_late for each in found)}
    return show(request, "exchange/flows.html", context)
