"""The on-call page: who is on duty now, whose turns come, swaps; planning for who keeps the rota."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.operations.contracts import CONFIGURE
from yunshu.domains.operations.incident_choices import Tier
from yunshu.domains.operations.incident_forms import RotaForm, SwapForm
from yunshu.domains.operations.selectors import duty as selectors
from yunshu.domains.operations.selectors import incident_pages as pages
from yunshu.domains.operations.services import duty as services
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

TURNS = Listing(
    name="duty",
    title=_l("值班"),
    rows=selectors.visible_turns,
    default_sort="-starts_at",
    columns=(
        Column("starts_at", _l("开始"), kind="instant", sort="starts_at", link=True),
        Column("ends_at", _l("结束"), kind="instant", sort="ends_at"),
        Column("tier", _l("班次"), kind="choice"),
        Column("person", _l("值班人员")),
        Column("org", _l("单位")),
        Column("planned_by", _l("排班人"), hidden=True),
    ),
    filters=(
        Search("person__name", "org__name"),
        Choice("tier", _l("班次"), Tier.choices),
        DateRange("starts_at", _l("开始")),
    ),
    row_url=lambda r: selectors.turn_url(r.pk),
    empty_title=_l("没有排班"),
    empty_text=_l("运维主管排班后，这里显示谁在值班；没有人值班时，故障通知有处置权限的全部人员。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Who is on duty, and every turn in sight."""
    viewer, now = viewer_of(request), clock.now()
    context = {
        "on_duty": selectors.now_on_duty(viewer, now),
        "swaps": [(swap, swap.person_id == viewer.person_id) for swap in selectors.open_swaps(viewer)],
        "may_plan": bool(viewer.reach(CONFIGURE)),
        "now": now,
    }
    return list_page(request, TURNS, template="operations/duty.html", context=context)


@staff(CONFIGURE)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Plan turns in a circle."""
    viewer = viewer_of(request)
    orgs = pages.orgs_with(viewer, CONFIGURE)
    able = list(selectors.able_people(viewer, clock.now()))
    initial = {"first": clock.city_date(clock.now())}
    form = RotaForm(request.POST or None, able=able, choosing={"org": orgs}, initial=initial)
    if form.is_valid():
        data = dict(form.cleaned_data)
        org = data.pop("org")
        with attempt(form):
            turns = services.plan_duty(actor=viewer, org_code=org, spec=services.RotaSpec(**data), now=clock.now())
            messages.success(request, _("已排 %(n)s 轮值班。") % {"n": len(turns)})
            return redirect("operations:duty")
    return show(request, "operations/duty_plan.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_http_methods(["GET", "POST"])
def turn(request: HttpRequest, turn_id: int) -> HttpResponse:
    """One turn: its swaps, and asking for one."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_turn(viewer, turn_id)
    initial = {"starts_at": max(row.starts_at, now), "ends_at": row.ends_at}
    choosing = {"person": selectors.able_people_of(row, now)}
    form = SwapForm(request.POST or None, initial=initial, choosing=choosing)
    if form.is_valid():
        data = dict(form.cleaned_data)
        person = int(data.pop("person"))
        with attempt(form):
            services.ask_swap(actor=viewer, turn_id=turn_id, person_id=person, now=now, **data)
            return redirect("operations:turn", turn_id)
    may_plan = viewer.may(CONFIGURE, row.org.path)
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "swaps": list(row.swaps.select_related("person").order_by("-asked_at")),
        "may_ask": row.ends_at > now and (may_plan or row.person_id == viewer.person_id),
        "may_drop": may_plan and row.starts_at > now,
    }
    return show(request, "operations/turn.html", context, status=422 if form.errors else 200)


@staff(CONFIGURE)
@require_POST
def drop(request: HttpRequest, turn_id: int) -> HttpResponse:
    """Take a turn away that has not begun."""
    with attempt() as dropping:
        services.drop_turn(actor=viewer_of(request), turn_id=turn_id, now=clock.now())
    if dropping.refusal:
        messages.error(request, dropping.refusal.message)
    return redirect("operations:duty")


@staff()
@require_POST
def answer(request: HttpRequest, swap_id: int) -> HttpResponse:
    """Agree to take over, or not."""
    try:
        services.answer_swap(
            actor=viewer_of(request), swap_id=swap_id, agrees=request.POST.get("verb") == "agree", now=clock.now()
        )
    except NotPermitted:
        raise
    except (Conflict, NotFound) as error:
        messages.error(request, error.message or _("没有找到。"))
    return redirect("operations:duty")
