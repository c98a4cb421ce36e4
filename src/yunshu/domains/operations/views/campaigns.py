"""Pages of campaigns: the list, one with its rate on any day, its units; planning, freezing, claiming."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.campaign_forms import CampaignForm, DayForm, FreezeForm, UnitsForm, month_ends
from yunshu.domains.operations.contracts import CAMPAIGN_APPROVE, CAMPAIGN_EDIT, PROOF_KIND
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import campaigns as services
from yunshu.domains.operations.views.assets import orgs_for
from yunshu.domains.operations.views.submitting import form_page
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Column, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

CAMPAIGNS = Listing(
    name="campaigns",
    title=_l("终端替代"),
    rows=selectors.visible_campaigns,
    default_sort="-created_at",
    columns=(
        Column("name", _l("任务名称"), link=True),
        Column("org", _l("牵头单位")),
        Column("frozen", _l("基数"), value=lambda r: _("已锁定") if r.frozen_at else _("编制中")),
        Column("planned_on", _l("基数日期"), kind="day", sort="planned_on"),
        Column("contract", _l("合同编号")),
        Column("created_at", _l("登记时间"), kind="instant", sort="created_at", hidden=True),
    ),
    filters=(Search("number", "name", "org__name", "contract"),),
    row_url=lambda r: reverse("operations:campaign", args=[r.number]),
    empty_title=_l("没有替代任务"),
    empty_text=_l("建立任务，列出单位和终端，锁定基数后开始登记到货和签收。"),
)
UNITS = Listing(
    name="campaign_units",
    title=_l("替代单位"),
    rows=selectors.board,
    default_sort="org__order,org__code",
    columns=(
        Column("org", _l("单位"), link=True, sort="org__name"),
        Column("announced", _l("应替代终端数"), value=lambda r: _("待补") if r.announced is None else r.announced),
        Column("listed", _l("基数终端"), kind="number", sort="listed"),
        Column("waiting", _l("待签收"), kind="number", sort="waiting"),
        Column("signed", _l("已签收"), kind="number", sort="signed"),
        Column("excepted", _l("未销案例外"), kind="number", sort="excepted"),
        Column("contact", _l("联系人"), hidden=True),
    ),
    filters=(
        Search("number", "org__name", "org__code", "contact"),
        YesNo("known", _l("待补"), path="announced__isnull"),
    ),
    row_url=lambda r: reverse("operations:unit", args=[r.number]),
    empty_title=_l("没有替代单位"),
    empty_text=_l("编制中的任务可以按清单增加单位。"),
)


def crumbs_of(row: Any = None) -> list[tuple[str, Any]]:
    """Return the way to a campaign, or to the list."""
    first = [(reverse("operations:campaigns"), _("终端替代"))]
    return first if row is None else [*first, (reverse("operations:campaign", args=[row.number]), row.name)]


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every campaign in sight."""
    context = {"may_edit": viewer_of(request).may(CAMPAIGN_EDIT)}
    return list_page(request, CAMPAIGNS, template="operations/campaigns.html", context=context)


@staff(CAMPAIGN_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Begin a campaign."""
    viewer = viewer_of(request)
    form = CampaignForm(request.POST or None, orgs=orgs_for(viewer, CAMPAIGN_EDIT))
    if form.is_valid():
        words = {"org": form.cleaned_data["org"], "spec": form.spec, "now": clock.now()}
        with attempt(form):
            row = services.create_campaign(actor=viewer, **words)
            return redirect("operations:campaign", row.number)
    return form_page(request, form, title=_("建立替代任务"), crumbs=crumbs_of(), submit=_("建立"))


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One campaign: how it stood on a day, unit by unit, what stands against 100 %."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer, today = viewer_of(request), clock.city_date(clock.now())
    row = selectors.get_campaign(viewer, number)
    form = DayForm(request.GET if "on" in request.GET else None, today=today)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    on, known = asked.get("on") or today, asked.get("known")
    known_at = datetime.combine(known, time.max, CITY_ZONE) if known else None
    standing = selectors.standing(row, on, known_at)
    leads = viewer.may(CAMPAIGN_EDIT, row.org.path)
    seen = set(selectors.visible_units(viewer).filter(campaign=row).values_list("org__code", "number"))
    numbers = dict(seen)
    context = {
        "row": row,
        "form": form if form.is_bound else DayForm(initial={"on": on}, today=today),
        "on": on,
        "known": known,
        "is_before": bool(row.frozen_at and row.planned_on and on < row.planned_on),
        "standing": standing,
        "units": [(unit, numbers.get(unit.code, "")) for unit in standing.units],
        "objections": [services.objection_text(code, standing) for code in standing.objections()],
        "claim": selectors.claim_of(row),
        "chart": _chart(row, on) if row.frozen_at else None,
        "leads": leads,
        "may_approve": viewer.may(CAMPAIGN_APPROVE, row.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
        "refusal": refusal,
    }
    return show(request, "operations/campaign.html", context, status=422 if refusal or form.errors else 200)


def _chart(row: Any, on: Any) -> Chart:
    days = month_ends(row.planned_on, on)
    stood = [selectors.standing(row, day) for day in days]
    return Chart(
        title=_("替代率"),
        kind="line",
        unit="%",
        label_head=_("截至"),
        labels=[day.isoformat() for day in days],
        series=[
            Series(_("按单位"), [each.unit_rate for each in stood]),
            Series(_("按终端"), [each.terminal_rate for each in stood]),
        ],
        target=100,
    )


@staff()
@require_safe
def units(request: HttpRequest, number: str) -> HttpResponseBase:
    """The units of a campaign as they stand now."""
    row = selectors.get_campaign(viewer_of(request), number)
    listing = replace(UNITS, rows=lambda viewer: selectors.board(viewer).filter(campaign=row))
    return list_page(request, listing, template="operations/units.html", context={"campaign": row})


@staff(CAMPAIGN_EDIT)
@require_http_methods(["GET", "POST"])
def add_units(request: HttpRequest, number: str) -> HttpResponse:
    """Put units on the list."""
    viewer = viewer_of(request)
    row = selectors.get_campaign(viewer, number)
    form = UnitsForm(request.POST or None)
    if form.is_valid():
        lines = form.cleaned_data["lines"].splitlines()
        words = {"campaign": number, "lines": lines, "now": clock.now()}
        with attempt(form):
            count = services.add_units(actor=viewer, **words)
            messages.success(request, _("已增加 %(n)s 个单位。") % {"n": count})
            return redirect("operations:campaign", number)
    return form_page(request, form, title=_("增加单位"), crumbs=crumbs_of(row), submit=_("增加"))


@staff(CAMPAIGN_APPROVE)
@require_http_methods(["GET", "POST"])
def freeze(request: HttpRequest, number: str) -> HttpResponse:
    """Freeze the base."""
    viewer = viewer_of(request)
    row = selectors.get_campaign(viewer, number)
    now = clock.now()
    planned = selectors.standing(row, clock.city_date(now))
    form = FreezeForm(request.POST or None, initial={"planned_on": row.planned_on}, unlisted=planned.unknown)
    if form.is_valid():
        with attempt(form):
            services.freeze_base(actor=viewer, campaign=number, now=now, **form.cleaned_data)
            return redirect("operations:campaign", number)
    counts = {"units": len(planned.units), "terminals": planned.terminals, "unlisted": planned.unknown}
    lead = _("将锁定 %(units)s 个单位、%(terminals)s 台终端，其中终端清单待补的单位 %(unlisted)s 个。") % counts
    lead += _("锁定后单位不能再增减，终端只按批准的基数变更增减；基数的摘要值存证，不能撤销。")
    return form_page(request, form, title=_("锁定基数"), crumbs=crumbs_of(row), submit=_("锁定"), lead=lead)


@staff(CAMPAIGN_APPROVE)
@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """State that the campaign stands at 100 %."""
    with attempt() as claiming:
        services.claim_complete(actor=viewer_of(request), campaign=number, now=clock.now())
        return redirect("operations:campaign", number)
    return _detail(request, number, claiming.refusal)
