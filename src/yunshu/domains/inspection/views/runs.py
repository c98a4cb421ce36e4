"""Runs of the machine: which there were, what they saw; starting one."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.inspection.choices_runs import PictureState, RunKind, RunStage
from yunshu.domains.inspection.contracts import REVIEW, VIEW
from yunshu.domains.inspection.selectors import runs as selectors
from yunshu.domains.inspection.services.running import drawing, planning
from yunshu.domains.inspection.views.pages import form_page
from yunshu.lib import papers
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

MOST_UNREAD = 20

RUNS = Listing(
    name="runs",
    title=_l("检查批次"),
    rows=selectors.visible_runs,
    default_sort="-started_at",
    columns=(
        Column("number", _l("批次编号"), link=True, sort="number"),
        Column("site", _l("政府网站"), sort="site__name"),
        Column("kind", _l("检查方式"), kind="choice", sort="kind"),
        Column("stage", _l("进度"), kind="choice", sort="stage"),
        Column("started_at", _l("开始时间"), kind="instant", sort="started_at"),
        Column("finished_at", _l("结束时间"), kind="instant", sort="finished_at"),
        Column("pages", _l("网页数"), kind="number", sort="pages"),
        Column("unread", _l("需浏览器渲染、未检查的网页"), kind="number", hidden=True),
        Column("unseen", _l("未识别文字的图片"), kind="number", hidden=True),
        Column("found", _l("新发现问题"), kind="number", sort="found"),
        Column("again", _l("再次发现问题"), kind="number", sort="again"),
        Column("gone", _l("未再发现问题"), kind="number", sort="gone"),
        Column("asked_by", _l("发起人"), hidden=True),
    ),
    filters=(
        Search("number", "site__name", "site__id_code"),
        Choice("stage", _l("进度"), list(RunStage.choices)),
        DateRange("started_at", _l("开始时间")),
    ),
    row_url=lambda r: reverse("inspection:run", args=[r.number]),
    empty_title=_l("还没有检查批次"),
    empty_text=_l("运行中的网站每天自动检查一次；也可以现在就检查一个网站。"),
)


class BeginForm(forms.Form):
    """Which site, how."""

    site = forms.ChoiceField(label=_l("政府网站"))
    kind = forms.ChoiceField(
        label=_l("检查方式"),
        choices=[RunKind.FULL.as_choice(), RunKind.QUICK.as_choice()],
        help_text=_l("快速检查只看首页和首页上的链接。"),
    )


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The runs of the sites in reach."""
    context = {"may_begin": bool(viewer_of(request).reach(REVIEW))}
    return list_page(request, RUNS, template="inspection/runs.html", context=context)


@staff(VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One run: how far it is, what it saw, what it could not look at and what that takes."""
    row = selectors.get_run(viewer_of(request), number)
    read = selectors.pictures_read(row)
    context = {
        "row": row,
        "drawn": selectors.drawn_pages(row),
        "unread": selectors.unread_pages(row)[:MOST_UNREAD],
        "pictures": [(state.label, read[state]) for state in PictureState if state in read],
        "no_browser": drawing.missing() if row.unread else [],
        "no_reader": bool(row.unseen) and not papers.reader_installed(),
    }
    return show(request, "inspection/run.html", context)


@staff(REVIEW)
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Start a run of one site."""
    viewer = viewer_of(request)
    form = BeginForm(request.POST or None)
    field = form.fields["site"]
    if isinstance(field, forms.ChoiceField):
        field.choices = selectors.startable_sites(viewer)
        field.help_text = "" if field.choices else _("没有运行中的网站，请先登记网站。")
    if form.is_valid():
        data = form.cleaned_data
        with attempt(form):
            run = planning.begin(actor=viewer, id_code=data["site"], kind=data["kind"], now=clock.now())
            messages.success(request, _("已开始，批次编号 %(n)s。") % {"n": run.number})
            return redirect("inspection:runs")
    crumbs = [(reverse("inspection:runs"), _("检查批次"))]
    return form_page(request, form, title=_("开始检查"), crumbs=crumbs, submit=_("开始"))
