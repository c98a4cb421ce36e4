"""Pages of the query interfaces: the owner's setting, asking by hand, consents, the log of calls and how much it is used."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import queries, selectors, services
from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_EDIT
from yunshu.domains.exchange.forms import ConsentForm, InterfaceForm, QuestionForm
from yunshu.domains.exchange.rules import describing
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused, Unavailable, YunshuError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

USE_DAYS = 30
OUTCOMES = [("done", _l("已答复")), ("refused", _l("未答复"))]
CALLS = Listing(
    name="calls",
    title=_l("接口调用"),
    rows=queries.visible_calls,
    default_sort="-at",
    columns=(
        Column("question", _l("调用编号"), hidden=True),
        Column("at", _l("时间"), kind="instant", sort="at"),
        Column("agreement__resource__name", _l("数据")),
        Column("agreement__consumer", _l("使用方")),
        Column("client", _l("应用"), value=lambda r: r.client.name if r.client else _("人工查询")),
        Column("operator", _l("操作人")),
        Column("purpose", _l("用途")),
        Column("outcome", _l("结果"), template="exchange/_outcome.html", value=lambda r: r.code),
        Column("rows", _l("行数"), kind="number"),
        Column("took_ms", _l("用时（毫秒）"), kind="number", sort="took_ms"),
        Column("agreement__number", _l("协议编号"), hidden=True),
        Column("digest", _l("答复摘要值"), hidden=True),
    ),
    filters=(
        Search("agreement__number", "agreement__resource__name", "client__name", "operator", "purpose", "question"),
        Choice("outcome", _l("结果"), OUTCOMES, where=lambda _viewer, value: queries.by_outcome(value == "done")),
        DateRange("at", _l("时间")),
    ),
    row_url=lambda r: reverse("exchange:query", args=[r.agreement.number]),
    empty_title=_l("还没有接口调用"),
    empty_text=_l("每次查询都记录在这里：谁、为什么、结果如何；不记录查询的号码和查到的内容。"),
)


@staff()
@require_safe
def calls(request: HttpRequest) -> HttpResponseBase:
    """Calls under the agreements of one's own organisations on either side."""
    return list_page(request, CALLS)


# the owner's setting --------------------------------------------------------------------------------------------------


@staff(REQUEST_ANSWER)
@require_http_methods(["GET", "POST"])
def interface(request: HttpRequest, number: str) -> HttpResponse:
    """How a resource is asked row by row."""
    viewer = viewer_of(request)
    row = selectors.get_resource(viewer, number)
    viewer.require(REQUEST_ANSWER, row.org.path)
    items = [(item.name, f"{item.title} · {item.name}") for item in selectors.form_of(row).items]
    nodes = [node.name for node in selectors.active_nodes(row.org)]
    form = InterfaceForm(request.POST or None, initial=_initial(row), nodes=nodes, items=items)
    if form.is_valid():
        with attempt(form):
            spec = services.InterfaceSpec(**form.cleaned_data)
            services.save_interface(actor=viewer, resource=number, spec=spec, now=clock.now())
            return redirect("exchange:resource", number)
    context = {"resource": row, "form": form, "nodes": nodes}
    return show(request, "exchange/interface.html", context, status=422 if form.errors else 200)


def _initial(resource: Any) -> dict[str, Any]:
    found = getattr(resource, "interface", None)
    if found is None:
        return {"table": selectors.form_of(resource).table}
    names = ("kind", "database", "table", "service", "lookup", "most_rows", "needs_consent", "is_view", "is_active")
    return {name: getattr(found, name) for name in names} | {"node": found.node.name}


# asking by hand -------------------------------------------------------------------------------------------------------


@staff()
@never_cache
@require_http_methods(["GET", "POST"])
def query(request: HttpRequest, number: str) -> HttpResponse:
    """An agreement's interface: ask by hand, how a program asks, how much it is used."""
    viewer = viewer_of(request)
    row = selectors.get_agreement(viewer, number)
    if row.terms["delivery"] != "query":
        raise NotFound("agreement_not_found")
    found = getattr(row.resource, "interface", None)
    titles = {item.name: item.title for item in selectors.form_of(row.resource).items}
    lookup = [(name, titles.get(name, name)) for name in found.lookup] if found else []
    may_ask = found is not None and viewer.may(REQUEST_EDIT, row.consumer.path)
    form = QuestionForm(
        request.POST or None,
        lookup=lookup,
        needs_consent=bool(found and found.needs_consent),
        is_view=bool(found and found.is_view),
    )
    told, refusal = None, None
    if may_ask and form.is_valid():
        try:
            told = _ask(viewer, number, form)
        except NotPermitted:
            raise
        except (Refused, Unavailable) as error:
            where = _place(error.where, form)
            if where:
                form.add_error(where, error.message)
            else:
                refusal = error
    status = 422 if form.errors else refusal.status if refusal else 200
    context = {
        "row": row,
        "interface": found,
        "lookup": lookup,
        "form": form if may_ask else None,
        "told": told,
        "answer": _answer(row, told) if told else None,
        "asked": [(n, v) for n, v in form.cleaned_data.items() if n != "after" and v] if told else (),
        "refusal": refusal,
        "base_url": request.build_absolute_uri("/api/v1"),
        "sample": json.dumps(_sample(found), ensure_ascii=False) if found else "",
        "may_set": viewer.may(REQUEST_ANSWER, row.provider.path),
    }
    return show(request, "exchange/query.html", context | _use(row), status=status)


def _ask(viewer: Any, number: str, form: QuestionForm) -> Any:
    data = form.cleaned_data
    question = services.Question(
        agreement=number,
        key=form.key,
        purpose=data["purpose"],
        operator=viewer.name,
        consent=data.get("consent", ""),
        after=data.get("after", ""),
    )
    return services.ask_as_person(actor=viewer, question=question, now=clock.now())


def _place(where: str, form: QuestionForm) -> str:
    return next((name for name in (where, f"key.{where}") if name in form.fields), "")


def _answer(row: Any, told: Any) -> dict[str, Any]:
    """Return the rows of an answer under the titles of the agreed items."""
    fields = row.terms["fields"]
    rows = json.loads(told.answer.rows)
    cells = [[line.get(field["name"]) for field in fields] for line in rows]
    return {"titles": [field["title"] for field in fields], "rows": cells}


def _sample(interface: Any) -> dict[str, Any]:
    key = dict.fromkeys(interface.lookup, "…")
    return {"key": key, "purpose": _("高龄津贴申请"), "operator": _("经办人姓名")}


def _use(row: Any) -> dict[str, Any]:
    since = clock.now() - timedelta(days=USE_DAYS)
    counted = dict(queries.calls_by_day(row, since))
    first = clock.city_date(since)
    days = [first + timedelta(days=n) for n in range(USE_DAYS + 1)]
    chart = Chart(
        title=_("近30天调用次数"),
        labels=[f"{day:%m-%d}" for day in days],
        series=[Series(_("次数"), [counted.get(day, 0) for day in days])],
        label_head=_("日期"),
    )
    return {"usage": queries.usage(row, since), "chart": chart if counted else None}


@staff()
@require_safe
def description(request: HttpRequest, number: str) -> HttpResponse:
    """The agreement's interface as OpenAPI 3.1, for who writes the program."""
    row = selectors.get_agreement(viewer_of(request), number)
    words = describing.document(queries.described(row, request.build_absolute_uri("/api/v1")))
    response = JsonResponse(words, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{number}-openapi.json"'
    return response


# consents -------------------------------------------------------------------------------------------------------------


@staff()
@require_http_methods(["GET", "POST"])
def consents(request: HttpRequest, number: str) -> HttpResponse:
    """The consents under an agreement; the consumer notes new ones."""
    viewer = viewer_of(request)
    row = selectors.get_agreement(viewer, number)
    may_record = viewer.may(REQUEST_EDIT, row.consumer.path)
    form = ConsentForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            spec = services.ConsentSpec(**form.cleaned_data)
            services.record_consent(by=viewer, agreement=number, spec=spec, now=clock.now())
            return redirect("exchange:consents", number)
    return _consents(request, row, form if may_record else None, None)


def _consents(request: HttpRequest, row: Any, form: ConsentForm | None, refusal: YunshuError | None) -> HttpResponse:
    found = queries.visible_consents(viewer_of(request)).filter(agreement=row)[:200]
    context = {"row": row, "consents": found, "form": form, "refusal": refusal, "now": clock.now()}
    bad = refusal or (form is not None and form.errors)
    return show(request, "exchange/consents.html", context, status=422 if bad else 200)


@staff(REQUEST_EDIT)
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Note that a consent was withdrawn."""
    viewer = viewer_of(request)
    found = queries.get_consent(viewer, number)
    with attempt() as withdrawal:
        services.withdraw_consent(by=viewer, number=number, now=clock.now())
        return redirect("exchange:consents", found.agreement.number)
    return _consents(request, found.agreement, ConsentForm(), withdrawal.refusal)
