"""Pages of stock-takings: the list, one with its figures, scanning on a phone, the signed report."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.asset_forms import CloseForm, ScanForm, StartForm
from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW, PROOF_KIND
from yunshu.domains.operations.selectors import assets as selectors
from yunshu.domains.operations.services import stocktaking as services
from yunshu.domains.operations.views.assets import orgs_for
from yunshu.domains.operations.views.submitting import form_page
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

MOST_SHOWN = 500
STOCKTAKES = Listing(
    name="stocktakes",
    title=_l("资产盘点"),
    rows=selectors.visible_stocktakes,
    default_sort="-started_at",
    columns=(
        Column("title", _l("盘点名称"), link=True),
        Column("org", _l("盘点单位")),
        Column("closed", _l("状态"), value=lambda r: _("已签认") if r.closed_at else _("盘点中")),
        Column("started_at", _l("开始时间"), kind="instant", sort="started_at"),
        Column("started_by", _l("发起人")),
        Column("closed_at", _l("结束时间"), kind="instant", sort="closed_at"),
        Column("closed_by", _l("签认人")),
    ),
    filters=(
        Search("number", "title", "org__name"),
        YesNo("open", _l("盘点中"), path="closed_at__isnull"),
        DateRange("started_at", _l("开始时间")),
    ),
    row_url=lambda r: reverse("operations:stocktake", args=[r.number]),
    empty_title=_l("没有盘点"),
    empty_text=_l("发起盘点后，用手机扫标签逐件确认，最后签认报告。"),
)


def _crumbs(row: Any = None) -> list[tuple[str, Any]]:
    first = [(reverse("operations:stocktakes"), _("资产盘点"))]
    return first if row is None else [*first, (reverse("operations:stocktake", args=[row.number]), row.title)]


@staff(ASSET_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every stock-taking in reach."""
    context = {"may_edit": viewer_of(request).may(ASSET_EDIT)}
    return list_page(request, STOCKTAKES, template="operations/stocktakes.html", context=context)


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin one."""
    viewer = viewer_of(request)
    form = StartForm(request.POST or None, orgs=orgs_for(viewer))
    if form.is_valid():
        words = form.cleaned_data
        with attempt(form):
            row = services.start_stocktake(actor=viewer, now=clock.now(), **words)
            return redirect("operations:stocktake", row.number)
    lead = _("盘点清单是此刻账面上在库、在用、闲置和维修中的资产。")
    return form_page(request, form, title=_("发起盘点"), crumbs=_crumbs(), submit=_("开始盘点"), lead=lead)


@staff(ASSET_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """The figures of one, what was seen and what is missing."""
    viewer = viewer_of(request)
    row = selectors.get_stocktake(viewer, number)
    context = {
        "row": row,
        "count": selectors.count_of(row),
        "scans": selectors.newest_scans(row)[:MOST_SHOWN],
        "missing": selectors.missing_lines(row)[:MOST_SHOWN],
        "may_edit": row.closed_at is None and viewer.may(ASSET_EDIT, row.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
    }
    return show(request, "operations/stocktake.html", context)


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest, number: str) -> HttpResponse:
    """Record things one after the other, by a scanner or by hand; made for a phone."""
    viewer = viewer_of(request)
    row = selectors.get_stocktake(viewer, number)
    form = ScanForm(request.POST or None)
    if form.is_valid():
        words = form.cleaned_data
        with attempt(form):
            made = services.record_scan(actor=viewer, number=number, now=clock.now(), **words)
            messages.success(request, _("%(code)s：%(outcome)s") % {"code": made.code, "outcome": _outcome(made)})
            return redirect("operations:scan", number)
    context = {"row": row, "form": form, "count": selectors.count_of(row), "scans": selectors.newest_scans(row)[:10]}
    return show(request, "operations/scan.html", context, status=422 if form.errors else 200)


def _outcome(scan: Any) -> str:
    return str(scan.get_outcome_display())


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Sign the report."""
    viewer = viewer_of(request)
    row = selectors.get_stocktake(viewer, number)
    form = CloseForm(request.POST or None)
    if form.is_valid():
        words = form.cleaned_data
        with attempt(form):
            services.close_stocktake(actor=viewer, number=number, now=clock.now(), **words)
            return redirect("operations:stocktake", number)
    count = selectors.count_of(row)
    lead = _("还有 %(n)s 件没有找到。签认后报告不能再改，账面由您随后逐件更正。") % {"n": count.missing}
    return form_page(request, form, title=_("签认盘点报告"), crumbs=_crumbs(row), submit=_("签认"), lead=lead)
