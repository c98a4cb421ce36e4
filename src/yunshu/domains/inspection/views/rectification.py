"""Pages of rectification: issuing notices, a notice and its DOCX, what a unit has to mend, appeals, more time."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection import notice_paper
from yunshu.domains.inspection.choices import FindingState
from yunshu.domains.inspection.choices_findings import AppealState
from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE
from yunshu.domains.inspection.forms_findings import (
    AppealDecisionForm,
    AppealForm,
    ExtensionDecisionForm,
    ExtensionForm,
    IssueForm,
    SubmitForm,
)
from yunshu.domains.inspection.rules import notice_life
from yunshu.domains.inspection.selectors import findings as selectors
from yunshu.domains.inspection.selectors import rectification as reading
from yunshu.domains.inspection.services import appeals, notices, rectifying
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
STAGES = {state.code: state.name for state in notice_life.NOTICE_LIFE.states}
NOTICES = Listing(
    name="inspection-notices",
    title=_l("整改通知"),
    rows=reading.visible_notices,
    default_sort="-issued_at",
    columns=(
        Column("number", _l("通知编号"), link=True),
        Column("org", _l("责任单位"), sort="org__name"),
        Column("stage", _l("状态"), value=lambda row: _(STAGES[row.stage]), sort="stage"),
        Column("total", _l("问题数"), kind="number"),
        Column("open", _l("未办结"), kind="number"),
        Column("issued_at", _l("下发时间"), kind="instant", sort="issued_at"),
        Column("due_at", _l("整改期限"), kind="instant", sort="due_at"),
        Column("supervision", _l("督办编号")),
        Column("closed_at", _l("办结时间"), kind="instant", hidden=True),
    ),
    filters=(
        Search("number", "org__name", "words"),
        Choice("stage", _l("状态"), [(state.code, _l(state.name)) for state in notice_life.NOTICE_LIFE.states]),
        DateRange("issued_at", _l("下发时间")),
    ),
    row_url=lambda row: reverse("inspection:notice", args=[row.number]),
    empty_title=_l("没有整改通知"),
    empty_text=_l("问题经复核确认后，由监管人员下发整改通知。"),
)
MENDING = Listing(
    name="inspection-mending",
    title=_l("本单位整改"),
    rows=selectors.own_findings,
    default_sort="due_at",
    columns=(
        Column("number", _l("问题编号"), link=True),
        Column("words", _l("问题描述")),
        Column("severity", _l("严重程度"), template="inspection/_severity_cell.html"),
        Column("target", _l("网站或账号"), value=lambda row: str(row.site or row.account)),
        Column("state", _l("状态"), template="inspection/_state_cell.html", sort="state"),
        Column("due_at", _l("整改期限"), template="inspection/_due_cell.html", sort="due_at"),
        Column("reopened", _l("复发次数"), kind="number"),
    ),
    filters=(
        Search("number", "words", "url"),
        Choice(
            "state",
            _l("状态"),
            [c for c in FindingState.choices if c[0] in ("notified", "submitted", "verified", "closed")],
        ),
    ),
    row_url=lambda row: reverse("inspection:finding", args=[row.number]),
    empty_title=_l("没有需要整改的问题"),
    empty_text=_l("收到整改通知后，问题列在这里。"),
)
APPEALS = Listing(
    name="inspection-appeals",
    title=_l("问题申诉"),
    rows=reading.visible_appeals,
    default_sort="-asked_at",
    columns=(
        Column("number", _l("申诉编号"), link=True),
        Column("finding", _l("检查问题")),
        Column("org", _l("申诉单位"), sort="org__name"),
        Column("state", _l("状态"), kind="choice", sort="state"),
        Column("asked_by", _l("申诉人")),
        Column("asked_at", _l("申诉时间"), kind="instant", sort="asked_at"),
        Column("decided_by", _l("审定人")),
        Column("decided_at", _l("审定时间"), kind="instant", sort="decided_at"),
    ),
    filters=(
        Search("number", "reason", "finding__words", "org__name"),
        Choice("state", _l("状态"), AppealState.choices),
        DateRange("asked_at", _l("申诉时间")),
    ),
    row_url=lambda row: reverse("inspection:appeal", args=[row.number]),
    empty_title=_l("没有申诉"),
    empty_text=_l("单位认为问题有误时提出申诉，列在这里。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every notice in sight."""
    context = {"may_issue": viewer_of(request).may(SUPERVISE)}
    return list_page(request, NOTICES, template="inspection/notices.html", context=context)


@staff(SUPERVISE)
@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """Choose confirmed findings, unit by unit, and put them to their units."""
    viewer = viewer_of(request)
    form = IssueForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            made = notices.issue(
                actor=viewer, numbers=request.POST.getlist("number"), words=form.cleaned_data["words"], now=clock.now()
            )
            messages.success(request, _("已下发 %(n)s 份整改通知。") % {"n": len(made)})
            return redirect("inspection:notices")
    context = {"form": form, "rows": selectors.to_be_notified(viewer), "ticked": request.POST.getlist("number")}
    return show(request, "inspection/issue.html", context, status=422 if form.errors else 200)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One notice with its findings."""
    viewer, now = viewer_of(request), clock.now()
    row = reading.get_notice(viewer, number)
    items = row.items.select_related("finding__site", "finding__account")
    context = {"row": row, "items": items, "stage_name": _(STAGES[row.stage]), "now": now}
    context |= {"is_supervisor": viewer.may(SUPERVISE), "is_unit": viewer.may(RECTIFY, row.org.path)}
    return show(request, "inspection/notice.html", context)


@staff()
@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The notice as DOCX."""
    row = reading.get_notice(viewer_of(request), number)
    response = HttpResponse(notice_paper.notice(row), content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="{row.number}.docx"'
    return response


@staff(RECTIFY)
@require_safe
def mending(request: HttpRequest) -> HttpResponseBase:
    """What the viewer's units have to mend."""
    return list_page(request, MENDING)


@staff()
@require_safe
def appeal_index(request: HttpRequest) -> HttpResponseBase:
    """Every appeal in sight."""
    return list_page(request, APPEALS)


def _form_page(
    request: HttpRequest, form: Form, row: Any, title: Any, save: Callable[[dict[str, Any]], Any], done: Any
) -> HttpResponse:
    """Show a form about a finding; when it is sound and the service takes it, go back to the finding."""
    if form.is_valid():
        with attempt(form):
            save(form.cleaned_data)
            messages.success(request, str(done))
            return redirect("inspection:finding", row.number)
    context = {"form": form, "row": row, "title": title}
    return show(request, "inspection/finding_form.html", context, status=422 if form.errors else 200)


@staff(RECTIFY)
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Say that it is mended."""
    viewer = viewer_of(request)

    def save(data: dict[str, Any]) -> Any:
        words, uploads = data["words"], data["attachments"]
        return rectifying.submit(actor=viewer, number=number, words=words, uploads=uploads, now=clock.now())

    form = SubmitForm(request.POST or None, request.FILES or None)
    row = selectors.get_finding(viewer, number)
    return _form_page(request, form, row, _("报告已整改"), save, _("已提交，系统将自动复测。"))


@staff(RECTIFY)
@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for more time."""
    viewer = viewer_of(request)
    row = selectors.get_finding(viewer, number)
    return _form_page(
        request,
        ExtensionForm(request.POST or None),
        row,
        _("申请延期"),
        lambda data: rectifying.ask_extension(actor=viewer, number=number, now=clock.now(), **data),
        _("已提交，批准之前仍按原期限。"),
    )


@staff(SUPERVISE)
@require_http_methods(["GET", "POST"])
def decide_extension(request: HttpRequest, number: str) -> HttpResponse:
    """Grant or refuse more time."""
    viewer = viewer_of(request)
    asked = reading.get_extension(viewer, number)
    return _form_page(
        request,
        ExtensionDecisionForm(request.POST or None),
        asked.finding,
        _("审批延期至 %(until)s：%(reason)s")
        % {"until": f"{asked.until.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M}", "reason": asked.reason},
        lambda data: rectifying.decide_extension(actor=viewer, number=number, now=clock.now(), **data),
        _("已审批。"),
    )


@staff(RECTIFY)
@require_http_methods(["GET", "POST"])
def make_appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Appeal against a finding."""
    viewer = viewer_of(request)

    def save(data: dict[str, Any]) -> Any:
        reason, uploads = data["reason"], data["attachments"]
        return appeals.appeal(actor=viewer, number=number, reason=reason, uploads=uploads, now=clock.now())

    form = AppealForm(request.POST or None, request.FILES or None)
    return _form_page(request, form, selectors.get_finding(viewer, number), _("申诉"), save, _("已提交申诉。"))


@staff()
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """One appeal, and the decision on it."""
    viewer = viewer_of(request)
    row = reading.get_appeal(viewer, number)
    may_decide = row.state == AppealState.OPEN and viewer.may(SUPERVISE, row.finding.org.path)
    form = AppealDecisionForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            appeals.decide(actor=viewer, number=number, now=clock.now(), **form.cleaned_data)
            return redirect("inspection:appeal", number)
    return _appeal(request, row, form if may_decide or form.errors else None)


def _appeal(request: HttpRequest, row: Any, form: Form | None, refusal: Exception | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "row": row,
        "form": form,
        "files": reading.files_of(row.number),
        "may_withdraw": row.state == AppealState.OPEN and viewer.may(RECTIFY, row.org.path),
        "is_supervisor": viewer.may(SUPERVISE),
        "refusal": refusal,
    }
    return show(request, "inspection/appeal.html", context, status=422 if refusal or (form and form.errors) else 200)


@staff(RECTIFY)
@require_POST
def withdraw_appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Take an appeal back."""
    viewer = viewer_of(request)
    row = reading.get_appeal(viewer, number)
    with attempt() as step:
        appeals.withdraw(actor=viewer, number=number, now=clock.now())
        messages.success(request, _("申诉已撤回，请在期限内整改。"))
        return redirect("inspection:finding", row.finding.number)
    return _appeal(request, row, None, step.refusal)
