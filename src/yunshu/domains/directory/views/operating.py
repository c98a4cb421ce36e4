"""Pages for operating: API keys, sign-ins, audit trail, state of the machinery."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import API_KEY_EDIT, AUDIT_VIEW
from yunshu.domains.directory.forms import ApiKeyForm, AuditForm
from yunshu.domains.directory.services.access import ApiKeySpec
from yunshu.lib import bus
from yunshu.lib.jobs import worker
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import permissions
from yunshu.lib.outbox import handling
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.lists.export import cell_value, csv_response, xlsx_response
from yunshu.lib.ui.pages import show

PER_PAGE = 50
MOST_EXPORTED = 10_000


@staff(API_KEY_EDIT)
@require_GET
def api_keys(request: HttpRequest) -> HttpResponse:
    """The keys of one's organisations."""
    rows = selectors.visible_api_keys(viewer_of(request))
    return show(request, "directory/api_keys.html", {"rows": rows, "now": clock.now()})


@staff(API_KEY_EDIT)
@never_cache
@require_http_methods(["GET", "POST"])
def api_key_new(request: HttpRequest) -> HttpResponse:
    """Issue a key; it is shown on the answer and nowhere else."""
    me = viewer_of(request)
    mine = {code for code, permission in permissions().items() if me.may(permission)}
    form = ApiKeyForm(request.POST or None, orgs=selectors.keyed_orgs(me), mine=mine)
    if form.is_valid():
        with attempt(form):
            key, secret = services.issue_api_key(actor=me, spec=_key(form))
            return show(request, "directory/api_key_once.html", {"key": key, "secret": secret})
    return show(request, "directory/api_key_new.html", {"form": form}, status=422 if form.errors else 200)


def _key(form: ApiKeyForm) -> ApiKeySpec:
    value = form.cleaned_data
    return ApiKeySpec(
        org_code=value["org_code"],
        name=value["name"],
        permissions=tuple(value["permissions"]),
        expires_at=form.expires_at(),
    )


@staff(API_KEY_EDIT)
@require_POST
def api_key_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """End a key now."""
    services.revoke_api_key(actor=viewer_of(request), prefix=prefix, now=clock.now())
    messages.success(request, _("密钥已吊销，立即失效。"))
    return redirect("directory:api_keys")


SIGN_INS = Listing(
    name="sign-ins",
    title=_l("登录记录"),
    rows=selectors.sign_ins,
    columns=(
        Column("at", _l("时间"), kind="instant", sort="at"),
        Column("username", _l("登录名"), sort="username"),
        Column("outcome", _l("结果"), kind="choice", template="directory/_sign_in_outcome.html"),
        Column("method", _l("方式")),
        Column("address", _l("来源地址")),
        Column("request_id", _l("请求编号")),
        Column("agent", _l("浏览器"), hidden=True),
    ),
    filters=(
        Search("username", name="username", label=_l("登录名")),
        Choice("outcome", _l("结果"), lambda _viewer: selectors.sign_in_outcomes()),
        DateRange("at", _l("时间")),
    ),
    default_sort="-at",
    empty_title=_l("还没有登录记录"),
)


@staff(AUDIT_VIEW)
@require_GET
def sign_ins(request: HttpRequest) -> HttpResponseBase:
    """The log of sign-ins."""
    return list_page(request, SIGN_INS)


def _with(request: HttpRequest, **changes: object) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"


@staff(AUDIT_VIEW)
@require_GET
def audit(request: HttpRequest) -> HttpResponseBase:
    """The audit trail, searched; ``format=csv`` or ``xlsx`` exports what is found."""
    form = AuditForm(request.GET or None, tables=selectors.table_choices())
    search = _search(form)
    if request.GET.get("format") in {"csv", "xlsx"}:
        return _export(request, selectors.audit_entries(viewer_of(request), search, MOST_EXPORTED))
    entries = selectors.audit_entries(viewer_of(request), search, PER_PAGE + 1)
    context = {
        "form": form,
        "entries": entries[:PER_PAGE],
        "next": _with(request, before=entries[PER_PAGE - 1].cursor) if len(entries) > PER_PAGE else "",
        "csv": _with(request, format="csv"),
        "xlsx": _with(request, format="xlsx"),
    }
    return show(request, "directory/audit.html", context, part="list", status=422 if form.errors else 200)


def _search(form: AuditForm) -> selectors.Search:
    if not form.is_bound or not form.is_valid():
        return selectors.Search()
    value = form.cleaned_data
    return selectors.Search(**{**value, "object_id": str(value["object_id"] or "")})


def _export(request: HttpRequest, entries: list[selectors.Entry]) -> HttpResponseBase:
    title = _("审计日志")
    name = f"{title}-{clock.city_date(clock.now()):%Y%m%d}"
    if request.GET["format"] == "csv":
        return csv_response(request, _records(entries), name)
    return xlsx_response(_records(entries), name, title)


def _records(entries: list[selectors.Entry]) -> Iterator[Sequence[Any]]:
    yield [_("时间"), _("操作人"), _("来源地址"), _("请求编号"), _("对象"), _("编号"), _("名称"), _("动作"), _("变更")]
    for e in entries:
        changes = "；".join(f"{c.field}：{c.before} → {c.after}" for c in e.changes)
        at = cell_value("instant", e.at)
        yield [at, e.who, e.address, e.request, e.table_name, e.object_id, e.object_name, e.verb, changes]


JOB_STATES = {
    "todo": _l("等待执行"),
    "doing": _l("正在执行"),
    "succeeded": _l("已完成"),
    "failed": _l("失败"),
    "cancelled": _l("已取消"),
    "aborting": _l("正在中止"),
    "aborted": _l("已中止"),
}


@staff(AUDIT_VIEW)
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """What waits, what failed, what is reachable."""
    jobs = worker.status()
    context = {
        "outbox": handling.status(),
        "letters": handling.dead_letters()[:50],
        "failed_jobs": jobs["failed"],
        "job_counts": [(JOB_STATES.get(state, state), count) for state, count in jobs["counts"].items()],
        "bus_reachable": bool(settings.NATS_URL) and bus.reachable(settings.NATS_URL),
        "now": clock.now(),
    }
    return show(request, "directory/status.html", context)
