"""Pages of assets: the list, one asset with its life, labels with QR codes, what a scanned label opens."""

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.asset_forms import AssetForm, MoveForm, NewAssetForm, SeenForm
from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW, PROOF_KIND
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.selectors import assets as selectors
from yunshu.domains.operations.services import assets as services
from yunshu.domains.operations.services import stocktaking
from yunshu.domains.operations.views.submitting import form_page
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import BulkAction, Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

MOST_LABELS = 500


def _moved(verb: str) -> Any:
    def run(viewer: Any, rows: Any, now: Any) -> str:
        numbers = list(rows.values_list("number", flat=True))
        count = services.move_assets(actor=viewer, numbers=numbers, move=services.MoveSpec(verb=verb), now=now)
        return _("已处理 %(n)s 件资产。") % {"n": count}

    return run


ASSETS = Listing(
    name="assets",
    title=_l("资产"),
    rows=selectors.visible_assets,
    default_sort="-created_at",
    columns=(
        Column("number", _l("资产编号"), link=True, sort="number"),
        Column("kind", _l("资产类别"), kind="choice"),
        Column("model", _l("型号"), value=lambda r: r.model or _("待补")),
        Column("serial", _l("序列号")),
        Column("org", _l("使用单位")),
        Column("location", _l("存放地点")),
        Column("holder", _l("使用人")),
        Column("state", _l("状态"), kind="choice"),
        Column("warranty_until", _l("保修截止"), kind="day", sort="warranty_until"),
        Column("bought_on", _l("购置日期"), kind="day", sort="bought_on", hidden=True),
        Column("contract", _l("合同编号"), hidden=True),
        Column("supplier", _l("供应商"), hidden=True),
        Column("created_at", _l("登记时间"), kind="instant", sort="created_at", hidden=True),
    ),
    filters=(
        Search("number", "serial", "location", "holder", "model__name", "model__maker", "org__name"),
        Choice("kind", _l("资产类别"), choices_of(rules.KINDS)),
        Choice("state", _l("状态"), choices_of(rules.STATES)),
        DateRange("warranty_until", _l("保修截止")),
    ),
    row_url=lambda r: reverse("operations:asset", args=[r.number]),
    bulk=(
        BulkAction(name="give_back", label=_l("退库"), run=_moved("give_back"), permission=ASSET_EDIT),
        BulkAction(name="set_aside", label=_l("转闲置"), run=_moved("set_aside"), permission=ASSET_EDIT),
    ),
    empty_title=_l("没有资产"),
    empty_text=_l("逐件登记，或按模板导入 XLSX 清单。"),
)


@staff(ASSET_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """What stands in the books."""
    context = {"may_edit": viewer_of(request).may(ASSET_EDIT)}
    return list_page(request, ASSETS, template="operations/assets.html", context=context)


def orgs_for(viewer: Any, permission: Any = ASSET_EDIT) -> list[tuple[str, str]]:
    """Return the organisations where the viewer may write, for a drop-down list."""
    return [(o.code, o.name) for o in selectors.orgs_where(viewer, permission)]


def _models() -> list[tuple[str, str]]:
    return [(m.code, str(m)) for m in selectors.models_in_use()]


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Take an asset into the books."""
    viewer = viewer_of(request)
    form = NewAssetForm(request.POST or None, orgs=orgs_for(viewer), models=_models())
    if form.is_valid():
        where = {name: form.cleaned_data[name] for name in ("org", "location", "holder")}
        words = where | {"spec": form.spec, "now": clock.now()}
        with attempt(form):
            row = services.register_asset(actor=viewer, **words)
            return redirect("operations:asset", row.number)
    crumbs = [(reverse("operations:assets"), _("资产"))]
    return form_page(request, form, title=_("登记资产"), crumbs=crumbs, submit=_("登记"))


@staff(ASSET_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One asset and what happened to it; POST takes a step of its life."""
    viewer = viewer_of(request)
    row = selectors.get_asset(viewer, number)
    steps = [(s.verb, _(s.name)) for s in rules.LIFE.ways_out(row.state)]
    form = None
    if steps and viewer.may(ASSET_EDIT, row.org.path):
        form = MoveForm(request.POST or None, verbs=steps, orgs=orgs_for(viewer))
    if form is not None and form.is_valid():
        move = form.spec
        with attempt(form):
            services.move_asset(actor=viewer, number=number, move=move, now=clock.now())
            return redirect("operations:asset", number)
    context = {
        "row": row,
        "form": form,
        "movements": selectors.movements_of(row),
        "terminal": selectors.replaced_by(row),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
        "today": clock.city_date(clock.now()),
    }
    return show(request, "operations/asset.html", context, status=422 if form and form.errors else 200)


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Correct what is known of an asset."""
    viewer = viewer_of(request)
    row = selectors.get_asset(viewer, number)
    initial = {name: getattr(row, name) for name in AssetForm.base_fields} | {
        "model": row.model.code if row.model else ""
    }
    form = AssetForm(request.POST or None, models=_models(), initial=initial)
    if form.is_valid():
        spec = form.spec
        with attempt(form):
            services.change_asset(actor=viewer, number=number, spec=spec, now=clock.now())
            return redirect("operations:asset", number)
    crumbs = [(reverse("operations:assets"), _("资产")), (reverse("operations:asset", args=[number]), number)]
    return form_page(request, form, title=_("更正资产"), crumbs=crumbs)


@staff(ASSET_VIEW)
@require_safe
def labels(request: HttpRequest) -> HttpResponse:
    """Labels for what the list shows now, or for the one asset asked for, to be printed."""
    viewer = viewer_of(request)
    rows = ASSETS.narrowed(viewer, request.GET).order_by("number")
    if number := request.GET.get("number"):
        rows = rows.filter(number=number)
    if rows.count() > MOST_LABELS:
        raise Refused("too_many", _("一次最多打印 %(n)s 张标签，请缩小筛选范围。") % {"n": MOST_LABELS})
    drawn = [(row, qr(request.build_absolute_uri(reverse("operations:seen", args=[row.number])))) for row in rows]
    return show(request, "operations/labels.html", {"labels": drawn})


def qr(text: str) -> str:
    """Return a text as a QR code: an SVG of 30 % correction that scales with its frame."""
    drawing = segno.make(text, error="h", micro=False).svg_inline(omitsize=True, border=2)
    return mark_safe(drawing)  # noqa: S308 - drawn from modules, holds no text


@staff(ASSET_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def seen(request: HttpRequest, number: str) -> HttpResponse:
    """What a scanned label opens on a phone: the asset, and one button to record it in the open stock-taking."""
    viewer = viewer_of(request)
    row = selectors.get_asset(viewer, number)
    take = selectors.open_stocktake_for(viewer, row)
    form = SeenForm(request.POST or None, initial={"code": number, "location": row.location}) if take else None
    scan = None
    if take and form is not None and form.is_valid():
        words = form.cleaned_data | {"code": number}
        with attempt(form):
            scan = stocktaking.record_scan(actor=viewer, number=take.number, now=clock.now(), **words)
    context = {"row": row, "take": take, "form": form, "scan": scan}
    return show(request, "operations/seen.html", context, status=422 if form and form.errors else 200)
