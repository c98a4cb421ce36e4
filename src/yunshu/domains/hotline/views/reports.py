"""Pages of reports: what is kept, a new one, one with its progress, its papers, counted again."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.hotline import jobs, reporting
from yunshu.domains.hotline.choices_figures import Dimension, ReportKind, ReportState
from yunshu.domains.hotline.contracts import REPORT_MAKE
from yunshu.domains.hotline.forms_figures import ReportForm
from yunshu.domains.hotline.selectors import figures, reports
from yunshu.domains.hotline.services import reports as services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, list_page
from yunshu.lib.ui.lists.export import XLSX
from yunshu.lib.ui.pages import show

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILTERS = (Dimension.UNIT, Dimension.DIVISION, Dimension.CATEGORY, Dimension.CHANNEL)
REPORTS = Listing(
    name="hotline-reports",
    title=_l("热线报告"),
    rows=reports.visible_reports,
    default_sort="-asked_at",
    columns=(
        Column("title", _l("标题"), link=True),
        Column("number", _l("报告编号"), hidden=True),
        Column("kind", _l("类别"), kind="choice"),
        Column("org", _l("编制单位")),
        Column("starts_on", _l("开始日期"), kind="day", sort="starts_on"),
        Column("ends_on", _l("结束日期"), kind="day"),
        Column("state", _l("状态"), kind="choice"),
        Column("asked_by", _l("编制人")),
        Column("asked_at", _l("申请时间"), kind="instant", sort="asked_at"),
    ),
    filters=(Choice("kind", _l("类别"), ReportKind.choices), DateRange("starts_on", _l("开始日期"))),
    row_url=lambda row: reverse("hotline:report", args=[row.number]),
    empty_title=_l("还没有报告"),
    empty_text=_l("日报、周报、月报每天清晨自动生成；专题报告请点“编制报告”。"),
)


@staff(REPORT_MAKE)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every report in sight."""
    return list_page(request, REPORTS, template="hotline/figures/reports.html")


@staff(REPORT_MAKE)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a report."""
    viewer = viewer_of(request)
    everything = [("", _("全部"))]
    choosing = {name.value: [*everything, *figures.names_of(name).items()] for name in FILTERS}
    initial = {"starts_on": clock.city_date(clock.now()).replace(day=1)}
    form = ReportForm(request.POST or None, choosing={"org": reports.orgs(viewer), **choosing}, initial=initial)
    if form.is_valid():
        data = dict(form.cleaned_data)
        filters = {name.value: data.pop(name.value) for name in FILTERS}
        with attempt(form), transaction.atomic():
            row = services.ask(actor=viewer, spec=services.ReportSpec(filters=filters, **data), now=clock.now())
            queue.enqueue(jobs.make_report, number=row.number)
        if not form.errors:
            return redirect("hotline:report", row.number)
    return show(request, "hotline/figures/report_new.html", {"form": form}, status=422 if form.errors else 200)


@staff(REPORT_MAKE)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One report: its progress, or its figures and papers; ``?again`` counts it again and compares."""
    viewer = viewer_of(request)
    row = reports.get_report(viewer, number)
    is_ready = row.state == ReportState.READY
    context = {
        "row": row,
        "is_ready": is_ready,
        "summary": reporting.summary(row) if is_ready else [],
        "grids": list(reporting.grids(row)) if is_ready else [],
        "checking": reporting.checking(row) if is_ready else [],
        "compared": "again" in request.GET and is_ready,
        "differences": services.differences(actor=viewer, number=number) if "again" in request.GET and is_ready else [],
    }
    return show(request, "hotline/figures/report.html", context, part="progress")


@staff(REPORT_MAKE)
@require_safe
def paper(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """The report as DOCX or XLSX. Raises NotFound and Conflict (``report_not_ready``)."""
    row = reports.get_report(viewer_of(request), number)
    if row.state != ReportState.READY:
        raise Conflict("report_not_ready", _("报告还没有生成。"))
    content, kind = (reporting.docx(row), DOCX) if form == "docx" else (reporting.xlsx(row), XLSX)
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{row.number}.{form}"'
    return response
