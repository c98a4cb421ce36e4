"""Pages of what is watched: the list, one target, its form, its needs."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import CheckKind, Condition, TargetKind, TargetState
from yunshu.domains.operations.contracts import PROOF_KIND, TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.selectors import targets as selectors
from yunshu.domains.operations.services import targets as services
from yunshu.domains.operations.target_forms import (
    CHECK_FORMS,
    CheckForm,
    NeedRows,
    RetireForm,
    TargetForm,
    check_choices,
)
from yunshu.lib import probe
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

TRIAL_S = 10
TARGETS = Listing(
    name="targets",
    title=_l("监测对象"),
    rows=selectors.visible_targets,
    default_sort="name",
    columns=(
        Column("name", _l("名称"), link=True, sort="name"),
        Column("condition", _l("运行状态"), template="operations/_condition_cell.html", value=selectors.condition_name),
        Column("kind", _l("类别"), kind="choice", sort="kind"),
        Column("org", _l("主管单位"), sort="org__name"),
        Column("state", _l("状态"), kind="choice", sort="state"),
        Column("since", _l("自"), kind="instant", value=selectors.since_of),
        Column("promise", _l("承诺可用率（%）"), kind="number", sort="promise"),
        Column("provider", _l("服务商"), sort="provider"),
        Column("number", _l("编号"), hidden=True),
        Column("code", _l("代码"), hidden=True, sort="code"),
        Column("contract", _l("合同编号"), hidden=True),
        Column("interval_s", _l("探测间隔（秒）"), kind="number", hidden=True),
        Column("scopes", _l("范围标签"), value=lambda r: " ".join(r.scopes), hidden=True),
    ),
    filters=(
        Search("number", "name", "code", "provider", "contract"),
        Choice("kind", _l("类别"), list(TargetKind.choices)),
        Choice("state", _l("状态"), list(TargetState.choices)),
        Choice("status__condition", _l("运行状态"), list(Condition.choices)),
    ),
    row_url=lambda r: reverse("operations:target", args=[r.number]),
    empty_title=_l("没有监测对象"),
    empty_text=_l("登记线路、机房、系统等对象后，这里显示它们的运行情况。"),
)


@staff(TARGET_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What is watched."""
    context = {"may_edit": viewer_of(request).may(TARGET_EDIT)}
    return list_page(request, TARGETS, template="operations/targets.html", context=context)


@staff(TARGET_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One target: how it is, how it did this month, what it needs, how it is looked at."""
    return _detail(request, number)


def _detail(request: HttpRequest, number: str, status: int = 200, **more: Any) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_target(viewer, number)
    starts_on, ends_on = figures.month(clock.city_date(now))
    found = figures.figure(row, figures.days(starts_on, ends_on, now))
    context = {
        "row": row,
        "figure": found,
        "budget": figures.budget(found, starts_on, ends_on),
        "burns": figures.burning(found),
        "alarms": figures.alarms(found),
        "latest": figures.latest().get(number),
        "check_name": CheckKind(row.check_form["kind"]).label if row.check_form else "",
        "address": selectors.address_of(row),
        "needs": selectors.needs_of_target(row),
        "needed_by": selectors.needed_by(row),
        "changes": selectors.recent_changes(row),
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, now),
        "may_edit": viewer.may(TARGET_EDIT, row.org.path) and row.state != TargetState.RETIRED,
        "retiring": RetireForm(initial={"on": clock.city_date(now)}),
        "month": starts_on,
        "now": now,
    } | more
    return show(request, "operations/target.html", context, status=status)


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter a target."""
    return _form(request, None)


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a target."""
    return _form(request, selectors.get_target(viewer_of(request), number))


def _form(request: HttpRequest, row: Any) -> HttpResponse:
    viewer = viewer_of(request)
    if row is not None:
        viewer.require(TARGET_EDIT, row.org.path)
    kept = row.check_form if row is not None else {}
    kind = request.GET.get("check", kept.get("kind", ""))
    asked = request.POST or None
    form = TargetForm(asked, orgs=_orgs(viewer), initial=selectors.shown(row) if row is not None else {})
    check = CHECK_FORMS[kind](asked, kept=kept) if kind in CHECK_FORMS else None
    context: dict[str, Any] = {"form": form, "check": check, "kind": kind, "kinds": check_choices(), "row": row}
    if request.method == "POST":
        valid = [form.is_valid(), check is None or check.is_valid()]
        if all(valid) and "try" in request.POST:
            context["trial"] = _tried(form.cleaned_data, check)
        elif all(valid) and (saved := _saved(request, form, check, row)):
            return redirect("operations:target", saved)
    bad = bool(form.errors or (check and check.errors))
    return show(request, "operations/target_edit.html", context, status=422 if bad else 200)


def _saved(request: HttpRequest, form: TargetForm, check: CheckForm | None, row: Any) -> str:
    made: dict[str, Any] = checks.stored(check.made) if check and check.made else {}
    spec = services.TargetSpec(**form.cleaned_data, check_form=made, users=selectors.user_codes(row))
    actor, now = viewer_of(request), clock.now()
    with attempt(form):
        if row is None:
            return str(services.add_target(actor=actor, spec=spec, now=now).number)
        return str(services.change_target(actor=actor, number=row.number, spec=spec, now=now).number)
    return ""


def _tried(data: dict[str, Any], check: CheckForm | None) -> dict[str, Any]:
    """Look once, now, with what stands in the form; nothing is stored."""
    if check is None or check.made is None or check.kind == CheckKind.PUSH:
        return {"none": True}
    timeout = min(data["timeout_s"], TRIAL_S)
    outcome = async_to_sync(probe.look)(probe.Target("trial", check.made, TRIAL_S, float(timeout)))
    return {"outcome": outcome, "values": list(outcome.values.items())}


def _orgs(viewer: Any) -> list[tuple[str, str]]:
    return [(org.code, org.name) for org in selectors.editable_orgs(viewer)]


@staff(TARGET_EDIT)
@require_POST
def retire(request: HttpRequest, number: str) -> HttpResponse:
    """Take a target out of service."""
    form = RetireForm(request.POST)
    if form.is_valid():
        with attempt(form):
            services.retire_target(actor=viewer_of(request), number=number, now=clock.now(), **form.cleaned_data)
            return redirect("operations:target", number)
    return _detail(request, number, 422, retiring=form)


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def needs(request: HttpRequest, number: str) -> HttpResponse:
    """Say what a target needs."""
    viewer = viewer_of(request)
    row = selectors.get_target(viewer, number)
    viewer.require(TARGET_EDIT, row.org.path)
    offered = [(t.number, f"{t.name} · {t.get_kind_display()}") for t in selectors.offered_upstreams(viewer, row)]
    initial = [
        {"upstream": need.upstream.number, "group": need.group, "least": need.least}
        for need in selectors.needs_of_target(row)
    ]
    rows = NeedRows(request.POST or None, initial=initial, form_kwargs={"targets": offered}, prefix="needs")
    setting = attempt()
    if rows.is_valid():
        filled = [r for r in rows.cleaned_data if r.get("upstream")]
        specs = [services.NeedSpec(upstream=r["upstream"], group=r["group"], least=r["least"] or 1) for r in filled]
        with setting:
            services.set_needs(actor=viewer, number=number, needs=specs, now=clock.now())
            return redirect("operations:target", number)
    context = {"row": row, "rows": rows, "refusal": setting.refusal}
    return show(request, "operations/target_needs.html", context, status=422 if request.method == "POST" else 200)


@staff(TARGET_EDIT)
@require_POST
def push_key(request: HttpRequest, number: str) -> HttpResponse:
    """Make a fresh secret for heartbeats; shown once."""
    secret = services.new_push_key(actor=viewer_of(request), number=number, now=clock.now())
    messages.success(request, _("已生成新的心跳地址，只显示这一次。"))
    address = request.build_absolute_uri(reverse("operations_public:heartbeat", args=[secret]))
    return _detail(request, number, heartbeat=address)
