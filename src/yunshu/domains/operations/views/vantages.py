"""Vantages: their list, one's page, and the two doors by which a far one gets its plan and brings its samples."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.operations.contracts import TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.selectors import vantages as selectors
from yunshu.domains.operations.services import vantages as services
from yunshu.domains.operations.watch_forms import VantageForm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.ui.access import public, staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

Door = Callable[[HttpRequest], HttpResponse]
VANTAGES = Listing(
    name="vantages",
    title=_l("探测点"),
    rows=selectors.visible_vantages,
    default_sort="name",
    columns=(
        Column("title", _l("名称"), link=True, sort="title"),
        Column("name", _l("代码"), sort="name"),
        Column("heard", _l("报到"), template="operations/_heard_cell.html", value=lambda r: str(r.seen_at or "")),
        Column("seen_at", _l("最近报到"), kind="instant", sort="seen_at"),
        Column("scopes", _l("范围标签"), value=lambda r: " ".join(r.scopes)),
        Column("targets", _l("对象数"), kind="number", value=lambda r: r.health.get("targets")),
    ),
    filters=(Search("name", "title"),),
    row_url=lambda r: reverse("operations:vantage", args=[r.name]),
    empty_title=_l("还没有探测点"),
    empty_text=_l("本机的探测点在监测进程第一次运行时自动登记；别处的探测点在这里登记。"),
)


@staff(TARGET_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The places that probes look from."""
    context = {"may_edit": viewer_of(request).may(TARGET_EDIT), "now": clock.now()}
    return list_page(request, VANTAGES, template="operations/vantages.html", context=context)


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter a place elsewhere."""
    form = VantageForm(request.POST or None)
    if form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("name", "title", "scopes")}
        with attempt(form):
            row = services.add_vantage(actor=viewer_of(request), **words)
            return redirect("operations:vantage", row.name)
    return show(request, "operations/vantage_new.html", {"form": form}, status=422 if form.errors else 200)


@staff(TARGET_VIEW)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, name: str) -> HttpResponse:
    """One vantage: how it does, what it looks at; changed here."""
    viewer = viewer_of(request)
    row = selectors.get_vantage(viewer, name)
    form = VantageForm(request.POST or None, row=row)
    if request.method == "POST":
        viewer.require(TARGET_EDIT)
        if form.is_valid():
            words = {n: form.cleaned_data[n] for n in ("title", "scopes", "is_active")}
            services.change_vantage(actor=viewer, name=name, now=clock.now(), **words)
            messages.success(request, _("已保存。"))
            return redirect("operations:vantage", name)
    return _detail(request, row, form)


def _detail(request: HttpRequest, row: Any, form: VantageForm, **more: Any) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "may_edit": viewer_of(request).may(TARGET_EDIT),
        "is_heard": selectors.is_heard(row, clock.now()),
        "count": len(selectors.watched_from(row)) + len(selectors.guest_words(row))
        if row.key
        else row.health.get("targets"),
    } | more
    return show(request, "operations/vantage.html", context, status=422 if form.errors else 200)


@staff(TARGET_EDIT)
@require_POST
def key(request: HttpRequest, name: str) -> HttpResponse:
    """Make a fresh secret; shown once."""
    viewer = viewer_of(request)
    secret = services.new_vantage_key(actor=viewer, name=name)
    row = selectors.get_vantage(viewer, name)
    hub = request.build_absolute_uri("/").rstrip("/")
    return _detail(request, row, VantageForm(row=row), secret=secret, hub=hub)


def _told(view: Door) -> Door:
    """Answer a refusal in JSON: whoever asks is a program."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except (Refused, NotFound) as error:
            words = {"code": error.code, "message": error.message}
            return JsonResponse(words, status=422 if isinstance(error, Refused) else 404)

    return wrapped


@csrf_exempt
@public
@require_POST
@_told
def plan(request: HttpRequest) -> HttpResponse:
    """A far vantage says how it does and asks what to look at; 304 if that is what it has. Its plan holds secrets: over TLS only."""
    vantage = services.of_secret(_secret(request))
    if not (request.is_secure() or _on_this_machine(request)):
        raise Refused("tls_missing", _("探测点须通过 HTTPS 连接。"))
    try:
        said = json.loads(request.body or b"{}")
        revision, health = str(said.get("revision", "")), dict(said.get("health", {}))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Refused("plan_request_bad", _("请求看不懂。")) from error
    words = selectors.plan_words(services.plan(vantage, health, clock.now())) + selectors.guest_words(vantage)
    current = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    if revision == current:
        return HttpResponse(status=304)
    return JsonResponse({"revision": current, "vantage": vantage.name, "targets": words})


@csrf_exempt
@public
@require_POST
@_told
def samples(request: HttpRequest) -> HttpResponse:
    """A far vantage brings what it saw."""
    vantage = services.of_secret(_secret(request))
    return JsonResponse({"kept": services.take(vantage, request.body, clock.now())})


def _on_this_machine(request: HttpRequest) -> bool:
    """Say whether a program of this machine asks; what a proxy passes on comes from elsewhere."""
    return "X-Forwarded-For" not in request.headers and ip_address(request.META["REMOTE_ADDR"]).is_loopback


def _secret(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
