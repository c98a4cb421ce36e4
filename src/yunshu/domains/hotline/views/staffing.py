"""Pages of staffing: what a day needs by Erlang C beside who is there, expected calls, what agents can do."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yunshu.domains.hotline.contracts import ROSTER_MANAGE
from yunshu.domains.hotline.forms_roster import WEEKDAYS, BasisForm, CountForm, VolumeForm
from yunshu.domains.hotline.selectors import roster, staffing
from yunshu.domains.hotline.services import roster_asking, rostering
from yunshu.domains.hotline.views.roster import day_of
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(ROSTER_MANAGE)
@require_http_methods(["GET", "POST"])
def day(request: HttpRequest) -> HttpResponse:
    """A day by half hours: calls, agents needed, agents there, the gap, what that gives; and what it is computed with."""
    viewer = viewer_of(request)
    desk = rostering.desk_to_plan(viewer, request.GET.get("desk", ""))
    on = day_of(request.GET.get("on", ""))
    form = BasisForm(request.POST or None, initial=staffing.basis_percent(staffing.basis_of(desk)))
    if form.is_valid():
        with attempt(form):
            roster_asking.save_basis(actor=viewer, desk_code=desk.code, basis=form.cleaned_data)
            return redirect(f"{reverse('hotline:staffing')}?desk={desk.code}&on={on.isoformat()}")
    halves = staffing.day(viewer, desk, on)
    context = {
        "desk": desk,
        "on": on,
        "weekday": WEEKDAYS[on.weekday()],
        "halves": [half for half in halves if half.calls or half.present],
        "chart": _chart(halves),
        "missing": sum(max(half.gap, 0) for half in halves) / 2,
        "calls": sum(half.calls for half in halves),
        "form": form,
        "basis": staffing.basis_of(desk),
    }
    return show(request, "hotline/roster/staffing.html", context, status=422 if form.errors else 200)


def _chart(halves: list[Any]) -> Chart:
    return Chart(
        title=_("需要与在班"),
        labels=[half.label for half in halves],
        series=[
            Series(_("需要"), [half.needed.rostered for half in halves]),
            Series(_("在班"), [half.present for half in halves]),
        ],
        kind="line",
        unit=_("人"),
        label_head=_("时段"),
    )


@staff(ROSTER_MANAGE)
@require_http_methods(["GET", "POST"])
def volumes(request: HttpRequest) -> HttpResponse:
    """Expected calls: counted from registered tickets, or entered for each half hour."""
    viewer = viewer_of(request)
    desk = rostering.desk_to_plan(viewer, request.GET.get("desk", ""))
    weekday = min(int(request.GET.get("weekday", "0")[:1]) if request.GET.get("weekday", "0")[:1].isdigit() else 0, 6)
    here = f"{reverse('hotline:volumes')}?desk={desk.code}&weekday={weekday}"
    known = staffing.volumes(desk, weekday)
    initial = {"weekdays": [weekday], **{f"slot_{slot}": round(count, 2) for slot, count in known.items()}}
    counting = CountForm(request.POST if "weeks" in request.POST else None)
    entering = VolumeForm(request.POST if request.POST and "weeks" not in request.POST else None, initial=initial)
    if counting.is_valid():
        with attempt(counting):
            weeks = counting.cleaned_data["weeks"]
            found = roster_asking.count_volumes(actor=viewer, desk_code=desk.code, weeks=weeks, now=clock.now())
            messages.success(request, _("已统计，%(n)s 个半小时有来电。") % {"n": found})
            return redirect(here)
    if entering.is_valid():
        with attempt(entering):
            days = entering.cleaned_data["weekdays"]
            roster_asking.save_volumes(actor=viewer, desk_code=desk.code, weekdays=days, calls=entering.calls())
            messages.success(request, _("已保存。"))
            return redirect(here)
    context = {
        "desk": desk,
        "weekday": weekday,
        "weekdays": list(enumerate(WEEKDAYS)),
        "counting": counting,
        "entering": entering,
        "sum": sum(known.values()),
    }
    return show(
        request, "hotline/roster/volumes.html", context, status=422 if counting.errors or entering.errors else 200
    )


@staff(ROSTER_MANAGE)
@require_http_methods(["GET", "POST"])
def agents(request: HttpRequest) -> HttpResponse:
    """What each agent can do."""
    viewer, now = viewer_of(request), clock.now()
    desk = rostering.desk_to_plan(viewer, request.GET.get("desk", ""))
    people, names = roster.agents_of(desk, now), roster.skill_names()
    if request.method == "POST":
        with attempt() as step:
            for card in people:
                chosen = request.POST.getlist(f"skills-{card.id}")
                rostering.save_skills(actor=viewer, desk_code=desk.code, person_id=card.id, skills=chosen, now=now)
            messages.success(request, _("已保存。"))
        if step.refusal is not None:
            messages.error(request, str(step.refusal))
        return redirect(f"{reverse('hotline:agents')}?desk={desk.code}")
    known = roster.skills_of(card.id for card in people)
    rows = [(card, [(code, name, code in known.get(card.id, [])) for code, name in names.items()]) for card in people]
    return show(request, "hotline/roster/agents.html", {"desk": desk, "rows": rows, "names": names})
