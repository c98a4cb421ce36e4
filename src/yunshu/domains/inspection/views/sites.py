"""Pages of sites: the list, one site with its week, columns, maintenance and changes, and their forms."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection.choices import SiteKind, SiteState
from yunshu.domains.inspection.contracts import PROOF_KIND, REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.registry_forms import ChangeForm, ColumnForm, NewSiteForm, SiteForm, WindowForm
from yunshu.domains.inspection.rules import availability, changes
from yunshu.domains.inspection.selectors import sites as selectors
from yunshu.domains.inspection.services import discovery
from yunshu.domains.inspection.services import sites as services
from yunshu.domains.inspection.views.pages import form_page, orgs_for
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

HOURS = 168
SITES = Listing(
    name="sites",
    title=_l("政府网站"),
    rows=selectors.visible_sites,
    default_sort="id_code",
    columns=(
        Column("name", _l("网站名称"), link=True, sort="name"),
        Column("id_code", _l("网站标识码"), sort="id_code"),
        Column("org", _l("主办单位"), sort="org__name"),
        Column("kind", _l("网站类别"), kind="choice", sort="kind"),
        Column("state", _l("运行状态"), kind="choice", sort="state"),
        Column("open_findings", _l("未销号问题"), kind="number", sort="open_findings"),
        Column("host", _l("主域名"), sort="host"),
        Column("number", _l("网站编号"), hidden=True),
        Column("home_url", _l("首页网址"), hidden=True),
        Column("has_service_duty", _l("承担公共服务职能"), kind="yesno", hidden=True),
        Column("icp", _l("ICP 备案号"), hidden=True),
        Column("police", _l("公安备案号"), hidden=True),
        Column("source", _l("出处"), hidden=True),
    ),
    filters=(
        Search("name", "id_code", "host", "org__name", "number"),
        Choice("kind", _l("网站类别"), list(SiteKind.choices)),
        Choice("state", _l("运行状态"), list(SiteState.choices)),
        YesNo("has_service_duty", _l("承担公共服务职能")),
    ),
    row_url=lambda r: reverse("inspection:site", args=[r.number]),
    empty_title=_l("没有政府网站"),
    empty_text=_l("逐个登记，或导入网站名录（XLSX、CSV）。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The sites in reach."""
    context = {"may_edit": viewer_of(request).may(REGISTRY_EDIT)}
    return list_page(request, SITES, template="inspection/sites.html", context=context)


@staff(VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One site: facts, the week, columns, maintenance, changes."""
    return _detail(request, number)


def _detail(request: HttpRequest, number: str, *, window: WindowForm | None = None, status: int = 200) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_site(viewer, number)
    week, days = selectors.week_of(row, now)
    looks = selectors.looks_between(row, week.start, now)
    found = [
        (change, changes.unreported(row.id_code, selectors.as_change(change))) for change in selectors.changes_of(row)
    ]
    context = {
        "row": row,
        "week": week,
        "days": days,
        "hours": _cells(selectors.hours_of(looks, now, HOURS)),
        "terms": availability.TERMS,
        "columns": selectors.columns_of(row),
        "windows": selectors.windows_of(row)[:20],
        "changes": found,
        "verbs": changes.verbs_from(row.state),
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
        "may_edit": viewer.may(REGISTRY_EDIT, row.org.path),
        "window": window or WindowForm(),
        "now": now,
    }
    return show(request, "inspection/site.html", context, status=status)


def _cells(hours: list[availability.Count]) -> list[tuple[int, str]]:
    """Return the place and the colour of each hour of the strip."""
    return [(n * 4, "none" if not c.visits else "down" if c.fails else "up") for n, c in enumerate(hours)]


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter a site."""
    viewer = viewer_of(request)
    initial = {"home_url": request.GET.get("home_url", "")}
    form = NewSiteForm(request.POST or None, offers={"org": orgs_for(viewer)}, initial=initial)
    if form.is_valid():
        with attempt(form):
            state = form.cleaned_data["state"]
            row = services.register_site(actor=viewer, spec=form.spec, state=state, now=clock.now())
            return redirect("inspection:site", row.number)
    crumbs = [(reverse("inspection:sites"), _("政府网站"))]
    return form_page(request, form, title=_("登记网站"), crumbs=crumbs, submit=_("登记"))


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Correct what is known of a site."""
    viewer = viewer_of(request)
    row = selectors.get_site(viewer, number)
    viewer.require(REGISTRY_EDIT, row.org.path)
    spec = services.spec_of(row)
    initial = vars(spec) | {"aliases": " ".join(spec.aliases)}
    form = SiteForm(request.POST or None, offers={"org": orgs_for(viewer)}, initial=initial)
    if form.is_valid():
        with attempt(form):
            services.change_site(actor=viewer, number=number, spec=form.spec, now=clock.now())
            return redirect("inspection:site", number)
    return form_page(request, form, title=_("更正网站信息"), crumbs=_crumbs(row))


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Record that a site was opened, suspended, resumed, merged or closed."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_site(viewer, number)
    viewer.require(REGISTRY_EDIT, row.org.path)
    others = [("", "—")] + [(s.number, s.name) for s in selectors.visible_sites(viewer).exclude(pk=row.pk)]
    verbs = [(verb, _(changes.NAMES[verb])) for verb in changes.verbs_from(row.state)]
    offers = {"verb": verbs, "merged_into": others}
    form = ChangeForm(request.POST or None, offers=offers, initial={"on": clock.city_date(now)})
    if form.is_valid():
        with attempt(form):
            services.record_change(actor=viewer, number=number, spec=form.spec, now=now)
            messages.success(request, _("已登记变更，并已存证。"))
            return redirect("inspection:site", number)
    lead = _("登记后不能更改；登记错误的，再登记一次相反的变更并写明。")
    return form_page(request, form, title=_("登记变更"), crumbs=_crumbs(row), submit=_("登记变更"), lead=lead)


@staff(REGISTRY_EDIT)
@require_POST
def add_window(request: HttpRequest, number: str) -> HttpResponse:
    """Register maintenance."""
    form = WindowForm(request.POST)
    if form.is_valid():
        with attempt(form):
            services.register_window(actor=viewer_of(request), number=number, now=clock.now(), **form.cleaned_data)
            return redirect("inspection:site", number)
    return _detail(request, number, window=form, status=422)


@staff(REGISTRY_EDIT)
@require_POST
def call_off(request: HttpRequest, number: str, window: str) -> HttpResponse:
    """Call off maintenance that has not begun."""
    with attempt() as step:
        services.call_off_window(actor=viewer_of(request), number=number, window=window, now=clock.now())
    if step.refusal:
        messages.error(request, step.refusal.message)
    return redirect("inspection:site", number)


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def column(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Say what a column is."""
    viewer = viewer_of(request)
    row = selectors.get_column(viewer, number, pk)
    viewer.require(REGISTRY_EDIT, row.site.org.path)
    names = ("name", "path", "kind", "promise_days", "is_ignored")
    form = ColumnForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    if form.is_valid():
        discovery.fix_column(actor=viewer, number=number, column=pk, spec=form.spec, now=clock.now())
        return redirect("inspection:site", number)
    lead = _("保存后以人工确认的为准，抓取不再改动这些内容。")
    return form_page(request, form, title=_("确认栏目"), crumbs=_crumbs(row.site), lead=lead)


def _crumbs(row: Any) -> list[tuple[str, Any]]:
    return [
        (reverse("inspection:sites"), _("政府网站")),
        (reverse("inspection:site", args=[row.number]), row.name),
    ]
