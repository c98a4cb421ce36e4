"""Pages of 找错 for the clerks: the list with its clocks, one report, taking it up, answering it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection.choices_findings import PageFault, ReportState
from yunshu.domains.inspection.contracts import REPORT_EDIT
from yunshu.domains.inspection.forms_findings import AnswerForm, TakeUpForm
from yunshu.domains.inspection.selectors import reports as selectors
from yunshu.domains.inspection.services import reports
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

REPORTS = Listing(
    name="inspection-reports",
    title=_l("网民找错"),
    rows=selectors.visible_reports,
    default_sort="-received_at",
    columns=(
        Column("number", _l("找错编号"), link=True),
        Column("kind", _l("错误类别"), kind="choice", sort="kind"),
        Column("words", _l("错误描述")),
        Column("site", _l("政府网站")),
        Column("state", _l("状态"), kind="choice", sort="state"),
        Column("received_at", _l("收到时间"), kind="instant", sort="received_at"),
        Column("clock", _l("时限"), value=lambda row: row, template="inspection/_report_clock.html"),
        Column("replied_at", _l("答复时间"), kind="instant", sort="replied_at", hidden=True),
        Column("url", _l("网址"), hidden=True),
    ),
    filters=(
        Search("number", "words", "url", "site__name"),
        Choice("state", _l("状态"), ReportState.choices),
        Choice("kind", _l("错误类别"), PageFault.choices),
        DateRange("received_at", _l("收到时间")),
    ),
    row_url=lambda row: reverse("inspection:report", args=[row.number]),
    empty_title=_l("没有网民找错"),
    empty_text=_l("网民在门户“网站找错”提交后，列在这里。"),
)


@staff(REPORT_EDIT)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every report in sight."""
    return list_page(request, REPORTS)


@staff(REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One report; answering it."""
    viewer = viewer_of(request)
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            reports.answer(actor=viewer, number=number, now=clock.now(), **form.cleaned_data)
            messages.success(request, _("已答复。"))
            return redirect("inspection:report", number)
    row = selectors.get_report(viewer, number)
    context = {
        "row": row,
        "form": form if row.state in (ReportState.RECEIVED, ReportState.ACCEPTED) else None,
        "may_take_up": row.state == ReportState.RECEIVED,
        "now": clock.now(),
    }
    return show(request, "inspection/report.html", context, status=422 if form.errors else 200)


@staff(REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def take_up(request: HttpRequest, number: str) -> HttpResponse:
    """Make a report a finding."""
    viewer = viewer_of(request)
    row = selectors.get_report(viewer, number)
    form = TakeUpForm(request.POST or None, sites=selectors.site_choices(viewer))
    if form.is_valid():
        with attempt(form):
            spec = reports.TakeUp(**form.cleaned_data)
            reports.take_up(actor=viewer, number=number, spec=spec, now=clock.now())
            messages.success(request, _("已受理，进入复核队列。"))
            return redirect("inspection:report", number)
    context = {"form": form, "row": row}
    return show(request, "inspection/report_take_up.html", context, status=422 if form.errors else 200)


@staff(REPORT_EDIT)
@require_POST
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Erase how the reporter can be reached."""
    reports.erase_contact(actor=viewer_of(request), number=number, now=clock.now())
    messages.success(request, _("联系方式已删除。"))
    return redirect("inspection:report", number)
