"""Pages of the roster: a week as a grid, planning, publishing, on paper, as a sheet; one's own turns."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.contracts import ROSTER_MANAGE
from yunshu.domains.hotline.forms import Choices
from yunshu.domains.hotline.forms_roster import FIRST_DAY, LAST_DAY, DutyForm, LeaveForm, SwapForm
from yunshu.domains.hotline.rules.roster import monday_of
from yunshu.domains.hotline.selectors import roster as selectors
from yunshu.domains.hotline.selectors import staffing
from yunshu.domains.hotline.services import roster_asking, rostering
from yunshu.domains.hotline.services.roster_telling import words_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, tell_done
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show

WEEK = timedelta(days=7)


def day_of(text: str) -> date:
    """Return the day that an address names; today if it names none, or one on which nobody is on duty."""
    today = clock.city_date(clock.now())
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if FIRST_DAY <= found <= LAST_DAY else today


def _week_url(desk: Any, monday: date) -> str:
    return f"{reverse('hotline:roster')}?desk={desk.code}&week={monday.isoformat()}"


def _context(request: HttpRequest) -> dict[str, Any]:
    viewer, now = viewer_of(request), clock.now()
    desk = selectors.get_desk(viewer, request.GET.get("desk", ""))
    monday = monday_of(day_of(request.GET.get("week", "")))
    week = selectors.week_of(viewer, desk, monday)
    manages = selectors.may_manage(viewer, desk)
    grid = selectors.grid(desk, monday, week, now)
    return {
        "desk": desk,
        "desks": selectors.desks(viewer),
        "monday": monday,
        "before": monday - WEEK,
        "after": monday + WEEK,
        "week": week,
        "grid": grid,
        "manages": manages,
        "gaps": staffing.week_gaps(viewer, desk, grid.days) if manages else [],
        "skill_names": selectors.skill_names(),
        "today": clock.city_date(now),
        "leaves": selectors.waiting_leave(viewer),
        "now": now,
    }


def _duty_form(request: HttpRequest, desk: Any, data: Any = None) -> DutyForm:
    people = selectors.agents_of(desk, clock.now())
    choosing: dict[str, Choices] = {
        "person_id": [(str(card.id), card.name) for card in people],
        "shift": [(shift.code, str(shift)) for shift in selectors.shifts()],
        "skills": list(selectors.skill_names().items()),
    }
    return DutyForm(data, choosing=choosing, initial={"on": request.GET.get("on", "")})


@staff()
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """A week of a desk; whoever plans it sees drafts, gaps, and the forms."""
    context = _context(request)
    if context["manages"]:
        context["form"] = _duty_form(request, context["desk"])
    return show(request, "hotline/roster/week.html", context)


@staff()
@require_safe
def printed(request: HttpRequest) -> HttpResponse:
    """A week on paper."""
    return show(request, "hotline/roster/print.html", _context(request))


@staff()
@require_safe
def exported(request: HttpRequest) -> HttpResponse:
    """A week as a sheet, one line a duty."""
    context = _context(request)
    return xlsx_response(_records(context), "-".join([_("热线排班"), str(context["monday"])]), _("热线排班"))


def _records(context: dict[str, Any]) -> Iterator[Sequence[Any]]:
    yield [_("日期"), _("人员"), _("单位"), _("班次"), _("上班时间"), _("下班时间"), _("技能"), _("状态")]
    names = context["skill_names"]
    for row in context["grid"].rows:
        for duty in (duty for duties in row.days for duty in duties):
            skills = "、".join(names.get(code, code) for code in duty.skills)
            shift, person = duty.shift, row.person
            times = [f"{shift.starts_at:%H:%M}", f"{shift.ends_at:%H:%M}"]
            yield [duty.on, person.name, person.org.name, shift.name, *times, skills, duty.get_state_display()]


@staff(ROSTER_MANAGE)
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Put somebody on the roster."""
    viewer = viewer_of(request)
    desk = selectors.get_desk(viewer, request.GET.get("desk", ""))
    form = _duty_form(request, desk, request.POST)
    if form.is_valid():
        with attempt(form):
            spec = rostering.DutySpec(**form.cleaned_data)
            rostering.plan_duty(actor=viewer, desk_code=desk.code, spec=spec, now=clock.now())
            tell_done(request, label("添加班次"))
            return redirect(_week_url(desk, monday_of(spec.on)))
    return show(request, "hotline/roster/week.html", _context(request) | {"form": form}, status=422)


@staff(ROSTER_MANAGE)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Take somebody off, copy last week, or publish: ``verb`` says which."""
    viewer, now = viewer_of(request), clock.now()
    desk = selectors.get_desk(viewer, request.GET.get("desk", ""))
    monday = monday_of(day_of(request.GET.get("week", "")))
    verb, _sep, rest = request.POST.get("verb", "").partition("-")
    with attempt() as step:
        if verb == "off" and rest.isdigit():
            rostering.take_off(actor=viewer, duty_id=int(rest), now=now)
        elif verb == "copy":
            done = rostering.copy_week(actor=viewer, desk_code=desk.code, source=monday - WEEK, target=monday, now=now)
            messages.success(request, _("已复制 %(n)s 个班。") % {"n": done.count})
            for said in done.skipped:
                messages.warning(request, _("没有复制：%(said)s") % {"said": said})
        elif verb == "publish":
            rostering.publish_week(actor=viewer, desk_code=desk.code, monday=monday, now=now)
            messages.success(request, _("已发布，并通知每个有班的人。"))
    if step.refusal is not None:
        messages.error(request, str(step.refusal))
    return redirect(_week_url(desk, monday))


@staff()
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """One's own turns; asks for a swap or for leave."""
    viewer, now = viewer_of(request), clock.now()
    turns, others = selectors.own_duties(viewer, now), selectors.others_duties(viewer, now)
    choosing: dict[str, Choices] = {
        "mine": [(str(duty.pk), words_of(duty)) for duty in turns],
        "theirs": [(str(duty.pk), f"{duty.person.name} · {words_of(duty)}") for duty in others],
    }
    is_leave = "kind" in request.POST
    swap = SwapForm(request.POST if request.POST and not is_leave else None, choosing=choosing)
    leave = LeaveForm(request.POST if is_leave else None)
    for form, service in ((swap, roster_asking.ask_swap), (leave, roster_asking.ask_leave)):
        if form.is_valid():
            with attempt(form):
                service(actor=viewer, now=now, **form.cleaned_data)
                messages.success(request, _("已提交，答复后会通知您。"))
                return redirect("hotline:my_roster")
    context = {
        "turns": turns,
        "swap_form": swap if turns and others else None,
        "leave_form": leave,
        "swaps": selectors.own_swaps(viewer)[:20],
        "leaves": selectors.own_leave(viewer)[:20],
        "skill_names": selectors.skill_names(),
        "me": getattr(viewer, "person_id", 0),
    }
    return show(request, "hotline/roster/mine.html", context, status=422 if swap.errors or leave.errors else 200)


ANSWERS = {"grant": label("同意"), "deny": label("不同意"), "drop": label("撤回")}
"""What a page says was done, by verb."""


@staff()
@require_POST
def answer(request: HttpRequest, what: str, key: int) -> HttpResponse:
    """Answer a swap or leave that waits, or take back one's own."""
    viewer, now, verb = viewer_of(request), clock.now(), request.POST.get("verb", "")
    with attempt() as step:
        if what == "swap":
            roster_asking.answer_swap(actor=viewer, swap_id=key, verb=verb, now=now)
        else:
            words = request.POST.get("words", "")[:300]
            roster_asking.answer_leave(actor=viewer, leave_id=key, verb=verb, words=words, now=now)
        tell_done(request, ANSWERS.get(verb, verb))
    if step.refusal is not None:
        messages.error(request, str(step.refusal))
    own = what == "swap" or verb == "drop"
    return redirect("hotline:my_roster" if own else "hotline:roster")
