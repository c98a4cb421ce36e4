"""Pages of the nodes: who is connected, in which version, how far behind; enrolling one, cutting one off."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import NodeState
from yunshu.domains.exchange.contracts import DELIVERY_VIEW, NODE_OPERATE
from yunshu.domains.exchange.forms import EnrolForm, NodeStepForm
from yunshu.domains.exchange.rules import deliveries as rules
from yunshu.domains.exchange.switching import hub_card
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

NODES = Listing(
    name="nodes",
    title=_l("前置节点"),
    rows=selectors.visible_nodes,
    default_sort="org__order",
    columns=(
        Column("org", _l("所属单位"), link=True, sort="org__order"),
        Column("name", _l("节点名称"), link=True, sort="name"),
        Column("online", _l("在线"), template="exchange/_online.html", value=lambda r: standing(r)),
        Column("program_version", _l("程序版本")),
        Column("running", _l("进行中的传输"), kind="number", value=lambda r: len(r.health.get("running") or {})),
        Column("lag", _l("最久未动（秒）"), kind="number", value=lambda r: lag_of(r.health)),
        Column("depth", _l("待上报"), kind="number", value=lambda r: r.health.get("journal_depth")),
        Column("last_seen_at", _l("最近在线"), kind="instant", sort="last_seen_at"),
    ),
    filters=(Search("name", "org__name", "org__code", "fingerprint"), Choice("state", _l("状态"), NodeState.choices)),
    row_url=lambda r: reverse("exchange:node", args=[r.org.code, r.name]),
    empty_title=_l("还没有前置节点"),
    empty_text=_l("在部门的前置机上执行 yunshu node create，再在这里登记节点证件。"),
)


def standing(node: Any) -> str:
    """Return ``barred``, ``never``, ``away`` or ``online``: away after thirty seconds of silence, six reports missed."""
    if node.state == NodeState.BARRED:
        return "barred"
    if node.last_seen_at is None:
        return "never"
    return "online" if clock.now() - node.last_seen_at < timedelta(seconds=rules.SILENT_S) else "away"


def lag_of(health: dict[str, Any]) -> int | None:
    """Return for how long the slowest running transfer has not moved, in seconds; None if nothing runs."""
    running = health.get("running") or {}
    return max((each.get("lag_s", 0) for each in running.values()), default=None)


@staff(DELIVERY_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every node one may see."""
    may_enrol = bool(viewer_of(request).reach(NODE_OPERATE))
    return list_page(request, NODES, template="exchange/nodes.html", context={"may_enrol": may_enrol})


@staff(DELIVERY_VIEW)
@require_safe
def detail(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """One node: who it is, how it is, what it moved, what one can do."""
    return _detail(request, org, name, None)


def _detail(request: HttpRequest, org: str, name: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    node = selectors.get_node(viewer, org, name)
    running = (node.health.get("running") or {}).items()
    context = {
        "node": node,
        "card": services.card_of(node),
        "standing": standing(node),
        "running": [{"number": number, **words} for number, words in running],
        "deliveries": selectors.visible_deliveries(viewer).filter(selectors.by_node(node))[:20],
        "may_operate": viewer.may(NODE_OPERATE, node.org.path),
        "refusal": refusal,
    }
    return show(request, "exchange/node.html", context, status=422 if refusal else 200)


@staff(DELIVERY_VIEW)
@require_safe
def card(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """A node's card as a file, for other nodes to trust once its fingerprint was compared."""
    node = selectors.get_node(viewer_of(request), org, name)
    return _file(node.card.encode(), f"{org}_{name}.json")


@staff(NODE_OPERATE)
@require_POST
def move(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """Cut a node off, or let it in again."""
    acts = {"bar": services.bar_node, "readmit": services.readmit_node}
    with attempt() as step:
        words = step_of(NodeStepForm(request.POST))
        act = acts[words.pop("verb")]
        act(actor=viewer_of(request), org=org, name=name, now=clock.now(), **words)
        return redirect("exchange:node", org, name)
    return _detail(request, org, name, step.refusal)


@staff(NODE_OPERATE)
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Let a node in: its card from the node's operator, its fingerprint by telephone."""
    form = EnrolForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with attempt(form, otherwise="card"):
            node = services.enrol_node(
                actor=viewer_of(request),
                card=form.cleaned_data["card"].read(),
                fingerprint=form.cleaned_data["fingerprint"],
                now=clock.now(),
            )
            return redirect("exchange:node", node.org.code, node.name)
    return show(
        request, "exchange/enrol.html", {"form": form, "hub_url": hub_card()[2]}, status=422 if form.errors else 200
    )


@staff(DELIVERY_VIEW)
@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    """The hub's card: what a node's operator compares before trusting its orders."""
    data, shown, url = hub_card()
    if request.GET.get("file") and data:
        return _file(data, "hub.json")
    return show(request, "exchange/hub.html", {"card": shown, "url": url})


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
