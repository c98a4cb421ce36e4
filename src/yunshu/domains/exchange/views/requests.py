"""Pages of requests and agreements: list, write, check, answer item by item, the agreement itself, my data abroad."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import AgreementState, Cycles, DataTypes, Delivery, Grades
from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_DECIDE, REQUEST_EDIT, ItemForm
from yunshu.domains.exchange.forms import AnswerForm, RequestForm, StepForm
from yunshu.domains.exchange.rules import agreeing, requests, rows
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STAGE_NAMES = {s.code: s.name for s in requests.REQUEST_LIFE.states}
MASK_FIELD = re.compile(r"mask\.([A-Za-z_][A-Za-z0-9_]{0,62})")

REQUESTS = Listing(
    name="requests",
    title=_l("共享申请"),
    rows=selectors.visible_requests,
    default_sort="-created_at",
    columns=(
        Column("number", _l("申请编号"), link=True),
        Column("resource__name", _l("申请的数据")),
        Column("applicant", _l("申请单位")),
        Column("resource__org", _l("提供方")),
        Column("stage", _l("状态"), value=lambda r: _(STAGE_NAMES.get(r.stage, r.stage))),
        Column("delivery", _l("共享方式"), kind="choice"),
        Column("ends_on", _l("使用期止"), kind="day", sort="ends_on"),
        Column("created_at", _l("创建时间"), kind="instant", sort="created_at"),
    ),
    filters=(
        Search("number", "resource__name", "applicant__name", "purpose"),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in requests.REQUEST_LIFE.states]),
        Choice("delivery", _l("共享方式"), Delivery.choices),
        DateRange("created_at", _l("创建时间")),
    ),
    row_url=lambda r: reverse("exchange:request", args=[r.number]),
    empty_title=_l("没有共享申请"),
    empty_text=_l("在数据目录中找到需要的数据，打开后点“申请使用”。"),
)
AGREEMENTS = Listing(
    name="agreements",
    title=_l("共享协议"),
    rows=selectors.visible_agreements,
    default_sort="-granted_at",
    columns=(
        Column("number", _l("协议编号"), link=True),
        Column("resource__name", _l("数据")),
        Column("provider", _l("提供方")),
        Column("consumer", _l("使用方")),
        Column("state", _l("状态"), kind="choice"),
        Column("ends_on", _l("到期日期"), kind="day", sort="ends_on"),
        Column("last_delivered_at", _l("最近交付时间"), kind="instant", sort="last_delivered_at"),
        Column("granted_at", _l("签订时间"), kind="instant", sort="granted_at"),
    ),
    filters=(
        Search("number", "resource__name", "provider__name", "consumer__name"),
        Choice("state", _l("状态"), AgreementState.choices),
        DateRange("ends_on", _l("到期日期")),
    ),
    row_url=lambda r: reverse("exchange:agreement", args=[r.number]),
    empty_title=_l("没有共享协议"),
    empty_text=_l("提供方同意共享申请后，这里出现协议。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Requests of one's own organisations and those made to them."""
    return list_page(request, REQUESTS)


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, resource: str) -> HttpResponse:
    """Ask for a resource."""
    viewer = viewer_of(request)
    wanted = selectors.get_resource(viewer, resource)
    renewed = _renewed(viewer, request.GET.get("renews", ""))
    today = clock.city_date(clock.now())
    initial: dict[str, Any] = {"starts_on": today, "ends_on": today + timedelta(days=364)}
    if renewed:
        initial = _initial_of(renewed.request) | initial
    return _edit(request, wanted, initial, None, request.GET.get("renews", ""))


def _renewed(viewer: Any, number: str) -> Any:
    return selectors.get_agreement(viewer, number) if number else None


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a request that is being written or supplemented."""
    row = selectors.get_request(viewer_of(request), number)
    if row.stage not in requests.EDITABLE or not viewer_of(request).may(REQUEST_EDIT, row.applicant.path):
        raise NotFound("request_not_found")
    return _edit(request, row.resource, _initial_of(row), row, "")


def _initial_of(row: Any) -> dict[str, Any]:
    field, values = rows.typed(row.rows)
    names = ("items", "purpose", "basis", "delivery", "cycle", "starts_on", "ends_on", "contact")
    words = {name: getattr(row, name) for name in names}
    return words | {"org": row.applicant.code, "row_field": field, "row_values": values}


def _edit(request: HttpRequest, wanted: Any, initial: dict[str, Any], row: Any, renews: str) -> HttpResponse:
    viewer = viewer_of(request)
    entry = selectors.form_of(wanted)
    items = [(i.name, f"{i.title} · {Grades(i.grade.value).label}") for i in agreeing.requestable(entry)]
    own = selectors.editable_orgs(viewer, REQUEST_EDIT).exclude(pk=wanted.org_id)
    orgs = [(o.code, o.name) for o in own]
    form = RequestForm(request.POST or None, initial=initial, orgs=orgs, items=items)
    if form.is_valid():
        with attempt(form):
            saved = _save(request, wanted.number, form.cleaned_data, row, renews)
            return redirect("exchange:request", saved.number)
    context = {"resource": wanted, "form": form, "row": row, "entry": entry}
    return show(request, "exchange/request_edit.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, resource: str, data: Mapping[str, Any], row: Any, renews: str) -> Any:
    names = ("purpose", "basis", "delivery", "cycle", "starts_on", "ends_on", "contact")
    spec = services.RequestSpec(
        items=tuple(data["items"]),
        rows=rows.read(data["row_field"], data["row_values"]),
        **{name: data[name] for name in names},
    )
    actor, now = viewer_of(request), clock.now()
    if row is not None:
        return services.save_request(actor=actor, number=row.number, spec=spec, now=now)
    return services.create_request(
        actor=actor, resource=resource, org_code=data["org"], spec=spec, now=now, renews=renews
    )


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One request: what is asked, where it stands, what one can do."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_request(viewer, number)
    case = workflow.get_case(requests.CODE, number)
    entry = selectors.form_of(row.resource)
    asked = [item for item in entry.items if item.name in row.items]
    verbs = [v for v in workflow.verbs_for(viewer, case) if _fits(row, v.verb)]
    grants = [v for v in verbs if v.verb in requests.GRANTS]
    context = {
        "row": row,
        "case": case,
        "stage_name": _(STAGE_NAMES[row.stage]),
        "items": [_item(item) for item in asked],
        "masks": _mask_rows(asked, row.delivery) if grants else [],
        "grants": grants,
        "refusals": [v for v in verbs if v.verb in requests.REFUSALS],
        "verbs": [v for v in verbs if v.verb not in requests.GRANTS | requests.REFUSALS],
        "task": workflow.open_task_of(case),
        "history": tuple(reversed(workflow.history(case))),
        "chain_broken": workflow.chain_breaks_at(case),
        "agreement": getattr(row, "agreement", None),
        "rows_typed": rows.typed(row.rows),
        "may_edit": row.stage in requests.EDITABLE and viewer.may(REQUEST_EDIT, row.applicant.path),
        "refusal": refusal,
        "now": clock.now(),
    }
    return show(request, "exchange/request.html", context, status=422 if refusal else 200)


def _fits(row: Any, verb: str) -> bool:
    return verb not in requests.PASSES or verb == services.passing_verb(row)


def _item(item: ItemForm) -> dict[str, Any]:
    return {"item": item, "type": DataTypes(item.data_type.value).label, "grade": Grades(item.grade.value).label}


def _mask_rows(asked: list[ItemForm], delivery: str) -> list[dict[str, Any]]:
    suggested = agreeing.suggested_masks(asked)
    return [
        _item(item)
        | {
            "choices": [(k, _(v)) for k, v in agreeing.masks_for(item, delivery).items()],
            "chosen": suggested[item.name],
        }
        for item in asked
    ]


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step; the answer to a request carries a mask for every item."""
    with attempt() as step:
        words = step_of(AnswerForm(request.POST))
        basis = words.pop("basis")
        answer = services.AnswerSpec(masks=_masks(request.POST), opinion=words["reason"], basis=basis)
        services.move_request(actor=viewer_of(request), number=number, answer=answer, now=clock.now(), **words)
        return redirect("exchange:request", number)
    return _detail(request, number, step.refusal)


def _masks(data: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {found[1]: agreeing.mask_of(data[key]) for key in data if (found := MASK_FIELD.fullmatch(key))}


@staff()
@require_safe
def agreements(request: HttpRequest) -> HttpResponseBase:
    """Agreements of one's own organisations on either side."""
    return list_page(request, AGREEMENTS)


@staff()
@require_safe
def agreement(request: HttpRequest, number: str) -> HttpResponse:
    """The agreement as a document, its state and its deliveries."""
    return _agreement(request, number, None)


def _agreement(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_agreement(viewer, number)
    provides = viewer.may(REQUEST_ANSWER, row.provider.path) or viewer.may(REQUEST_DECIDE, row.provider.path)
    uses = viewer.may(REQUEST_EDIT, row.consumer.path)
    verbs = [
        (verb, _(name))
        for verb, name in agreeing.AGREEMENT_VERBS.items()
        if row.state in services.MOVES[verb][0] and (provides or (uses and verb == "revoke"))
    ]
    context = {
        "row": row,
        "fields": [_term(field) for field in row.terms["fields"]],
        "rows_typed": rows.typed(row.terms["rows"]),
        "delivery": Delivery(row.terms["delivery"]).label,
        "cycle": Cycles(row.terms["cycle"]).label,
        "verbs": verbs,
        "route": getattr(row, "route", None),
        "is_query": row.terms["delivery"] == "query",
        "interface": getattr(row.resource, "interface", None),
        "deliveries": row.deliveries.select_related("agreement__resource", "agreement__consumer")[:10],
        "may_deliver": uses or viewer.may(REQUEST_ANSWER, row.provider.path),
        "may_renew": uses and row.state in ("active", "expired"),
        "ends_soon": services.ends_soon(row, clock.now()),
        "refusal": refusal,
        "now": clock.now(),
    }
    return show(request, "exchange/agreement.html", context, status=422 if refusal else 200)


def _term(field: Mapping[str, Any]) -> dict[str, Any]:
    return dict(field) | {
        "type_label": DataTypes(field["type"]).label,
        "grade_label": Grades(field["grade"]).label,
        "mask_label": _(agreeing.mask_label(field["mask"])),
    }


@staff()
@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Suspend, resume or revoke an agreement."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_agreement(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("exchange:agreement", number)
    return _agreement(request, number, step.refusal)


@staff(REQUEST_ANSWER)
@require_safe
def holdings(request: HttpRequest) -> HttpResponse:
    """My data abroad: who holds it, under which agreement, last delivered when."""
    now = clock.now()
    held = selectors.holdings(viewer_of(request), now)
    return show(request, "exchange/holdings.html", {"held": held, "now": now})
