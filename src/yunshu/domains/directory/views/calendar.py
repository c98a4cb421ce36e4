"""The working calendar: the year at a glance, and its editing."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import CALENDAR_EDIT
from yunshu.domains.directory.forms import DayForm, HoursForm, YearForm
from yunshu.domains.directory.services.calendar import DaySpec
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

YEARS = range(2000, 2101)


@staff()
@require_GET
def calendar(request: HttpRequest, year: int = 0) -> HttpResponse:
    """A year of twelve months."""
    today = clock.city_date(clock.now())
    return _page(request, year or today.year, DayForm(), YearForm(), HoursForm(), 200)


def _page(
    request: HttpRequest, year: int, day: DayForm, notice: YearForm, hours: HoursForm, status: int
) -> HttpResponse:
    if year not in YEARS:
        raise NotFound("year_not_found")
    context = {
        "sheet": selectors.year_sheet(year),
        "years": selectors.calendar_years(),
        "hours": selectors.working_hours(),
        "may_edit": viewer_of(request).may(CALENDAR_EDIT),
        "day_form": day,
        "year_form": notice,
        "hours_form": hours,
        "today": clock.city_date(clock.now()),
    }
    return show(request, "directory/calendar.html", context, status=status)


@staff(CALENDAR_EDIT)
@require_POST
def day_save(request: HttpRequest, year: int) -> HttpResponse:
    """Add or change a special day."""
    form = DayForm(request.POST)
    if form.is_valid():
        with attempt(form):
            saved = services.save_day(actor=viewer_of(request), spec=DaySpec(**form.cleaned_data))
            messages.success(request, _("已登记，未办结事项的时限将重新计算。"))
            return redirect("directory:calendar_year", saved.on.year)
    return _page(request, year, form, YearForm(), HoursForm(), 422)


@staff(CALENDAR_EDIT)
@require_POST
def day_remove(request: HttpRequest, year: int) -> HttpResponse:
    """Make a date ordinary again."""
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise NotFound("day_not_found") from error
    services.remove_day(actor=viewer_of(request), on=on)
    messages.success(request, _("已恢复为普通日期，未办结事项的时限将重新计算。"))
    return redirect("directory:calendar_year", year)


@staff(CALENDAR_EDIT)
@require_POST
def year_save(request: HttpRequest, year: int) -> HttpResponse:
    """Say by which notice a year is known."""
    form = YearForm(request.POST)
    if form.is_valid():
        with attempt(form):
            services.save_year(actor=viewer_of(request), year=year, source=form.cleaned_data["source"])
            messages.success(request, _("已登记该年度的放假安排依据。"))
            return redirect("directory:calendar_year", year)
    return _page(request, year, DayForm(), form, HoursForm(), 422)


@staff(CALENDAR_EDIT)
@require_POST
def hours_save(request: HttpRequest, year: int) -> HttpResponse:
    """Set the working hours from a day on."""
    form = HoursForm(request.POST)
    if form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("valid_from", "source")}
        with attempt(form):
            services.replace_segments(actor=viewer_of(request), segments=form.segments(), **words)
            messages.success(request, _("工作时间已保存。"))
            return redirect("directory:calendar_year", year)
    return _page(request, year, DayForm(), YearForm(), form, 422)
