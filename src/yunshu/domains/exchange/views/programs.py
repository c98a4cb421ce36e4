"""Pages of consumers' programs: register one, see its secret once, limit it, switch it off."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import queries, selectors, services
from yunshu.domains.exchange.contracts import REQUEST_EDIT
from yunshu.domains.exchange.forms import ProgramForm
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

PROGRAMS = Listing(
    name="programs",
    title=_l("调用方应用"),
    rows=queries.visible_clients,
    default_sort="-made_at",
    columns=(
        Column("number", _l("应用编号"), link=True),
        Column("name", _l("应用名称"), link=True, sort="name"),
        Column("org", _l("使用方"), sort="org__order"),
        Column("per_second", _l("每秒次数"), kind="number"),
        Column("per_day", _l("每日次数"), kind="number"),
        Column("signs", _l("国密签名"), kind="yesno", value=lambda r: bool(r.sm2_key)),
        Column("is_active", _l("启用"), kind="yesno"),
        Column("secret_at", _l("密钥更换时间"), kind="instant", sort="secret_at"),
        Column("made_at", _l("登记时间"), kind="instant", sort="made_at"),
    ),
    filters=(
        Search("number", "name", "org__name"),
        YesNo("is_active", _l("启用")),
        DateRange("made_at", _l("登记时间")),
    ),
    row_url=lambda r: reverse("exchange:program", args=[r.number]),
    empty_title=_l("还没有调用方应用"),
    empty_text=_l("签订接口查询协议后，为要调用数据的业务系统登记一个应用。"),
)


@staff(REQUEST_EDIT)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The programs of one's own organisations."""
    return list_page(request, PROGRAMS, template="exchange/programs.html")


@staff(REQUEST_EDIT)
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a program; its secret is on the answering page and nowhere else."""
    viewer = viewer_of(request)
    orgs = [(o.code, o.name) for o in selectors.editable_orgs(viewer, REQUEST_EDIT)]
    form = ProgramForm(request.POST or None, orgs=orgs)
    if form.is_valid():
        data = dict(form.cleaned_data)
        org, spec = data.pop("org"), services.ClientSpec(**data)
        with attempt(form):
            client, secret = services.create_client(actor=viewer, org=org, spec=spec, now=clock.now())
            return show(request, "exchange/secret.html", {"row": client, "secret": secret})
    return show(request, "exchange/register.html", {"form": form}, status=422 if form.errors else 200)


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One program: what it may, which agreements it can ask under."""
    viewer = viewer_of(request)
    row = queries.get_client(viewer, number)
    form = ProgramForm(request.POST or None, initial=_initial(row), orgs=())
    if form.is_valid():
        with attempt(form):
            spec = services.ClientSpec(**form.cleaned_data)
            services.save_client(actor=viewer, number=number, spec=spec, now=clock.now())
            return redirect("exchange:program", number)
    context = {
        "row": row,
        "form": form,
        "may_edit": viewer.may(REQUEST_EDIT, row.org.path),
        "agreements": queries.askable_by(row.org),
        "calls": row.calls.select_related("agreement__resource")[:10],
        "used_today": queries.used_today(row, clock.now()),
        "base_url": request.build_absolute_uri("/api/v1"),
    }
    return show(request, "exchange/program.html", context, status=422 if form.errors else 200)


def _initial(row: Any) -> dict[str, Any]:
    names = ("name", "per_second", "per_day", "sm2_key", "is_active")
    return {name: getattr(row, name) for name in names} | {"networks": "\n".join(row.networks)}


@staff(REQUEST_EDIT)
@never_cache
@require_POST
def secret(request: HttpRequest, number: str) -> HttpResponse:
    """Give a program a new secret."""
    client, made = services.new_secret(actor=viewer_of(request), number=number, now=clock.now())
    return show(request, "exchange/secret.html", {"row": client, "secret": made})
