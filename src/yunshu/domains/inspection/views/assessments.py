"""Pages of assessments: the list, one assessment, its objects and their score sheets, the circular, the score book."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection import reporting
from yunshu.domains.inspection.choices_schemes import (
    AssessmentKind,
    AssessmentScope,
    AssessmentState,
    Grade,
    ObjectKind,
)
from yunshu.domains.inspection.contracts import ASSESS, PROOF_KIND, VIEW
from yunshu.domains.inspection.scheme_forms import AssessmentForm, GrantForm
from yunshu.domains.inspection.selectors import assessments as selectors
from yunshu.domains.inspection.selectors import board
from yunshu.domains.inspection.selectors.schemes import versions_in_force
from yunshu.domains.inspection.services import assessments as services
from yunshu.domains.inspection.views.results import FINDINGS
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASSESSMENTS = Listing(
    name="inspection_assessments",
    title=_l("检查考评"),
    rows=selectors.visible_assessments,
    default_sort="-ends_on",
    columns=(
        Column("name", _l("考评名称"), link=True, sort="name"),
        Column("kind", _l("考评周期"), kind="choice", sort="kind"),
        Column("scope", _l("考评范围"), kind="choice"),
        Column("org", _l("组织单位")),
        Column("starts_on", _l("起始日期"), kind="day", sort="starts_on"),
        Column("ends_on", _l("截止日期"), kind="day", sort="ends_on"),
        Column("object_count", _l("考评对象"), kind="number"),
        Column("state", _l("状态"), kind="choice", sort="state"),
        Column("number", _l("考评编号"), hidden=True),
        Column("frozen_at", _l("定格时间"), kind="instant", hidden=True),
        Column("published_at", _l("通报时间"), kind="instant", hidden=True),
    ),
    filters=(
        Search("name", "number", "org__name"),
        Choice("kind", _l("考评周期"), list(AssessmentKind.choices)),
        Choice("scope", _l("考评范围"), list(AssessmentScope.choices)),
        Choice("state", _l("状态"), list(AssessmentState.choices)),
        DateRange("ends_on", _l("截止日期")),
    ),
    row_url=lambda r: reverse("inspection:assessment", args=[r.number]),
    empty_title=_l("没有检查考评"),
    empty_text=_l("新建考评，到期定格后自动评分。"),
)
OBJECTS = Listing(
    name="inspection_objects",
    title=_l("考评对象"),
    rows=selectors.visible_objects,
    default_sort="-assessment__ends_on",
    columns=(
        Column("name", _l("对象名称"), link=True, sort="name"),
        Column("kind", _l("对象类别"), kind="choice", sort="kind"),
        Column("org", _l("主办单位"), sort="org__name"),
        Column("assessment", _l("检查考评"), sort="assessment__ends_on"),
        Column("version", _l("指标版本")),
        Column("grade", _l("考评结果"), template="inspection/_grade.html", sort="grade"),
        Column("final", _l("总分"), kind="number", sort="final"),
        Column("vetoes", _l("触发的单项否决"), value=lambda r: "、".join(r.vetoes)),
        Column("number", _l("对象编号"), hidden=True),
        Column("deduction", _l("扣分后得分"), kind="number", hidden=True),
        Column("bonus", _l("加分"), kind="number", hidden=True),
    ),
    filters=(
        Search("name", "number", "org__name", "assessment__name", "assessment__number"),
        Choice("kind", _l("对象类别"), list(ObjectKind.choices)),
        Choice("grade", _l("考评结果"), list(Grade.choices)),
        Choice(
            "scheme",
            _l("检查方案"),
            lambda _v: [(v.scheme.code, v.scheme.name) for v in versions_in_force()],
            path="version__scheme__code",
        ),
    ),
    row_url=lambda r: reverse("inspection:assessed", args=[r.pk]),
    empty_title=_l("没有考评对象"),
    empty_text=_l("考评定格后，这里列出每个网站和账号的得分。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every assessment in sight."""
    context = {"may_assess": viewer_of(request).may(ASSESS)}
    return list_page(request, ASSESSMENTS, template="inspection/assessments.html", context=context)


@staff(VIEW)
@require_safe
def objects(request: HttpRequest) -> HttpResponseBase:
    """Every assessed object in sight."""
    return list_page(request, OBJECTS)


@staff(ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Prepare an assessment."""
    viewer = viewer_of(request)
    versions = versions_in_force()
    form = AssessmentForm(
        request.POST or None,
        orgs=[(o.code, o.name) for o in selectors.assessing_orgs(viewer)],
        versions=[(v.number, str(v)) for v in versions],
        initial={"versions": [v.number for v in versions], "org": getattr(viewer, "org_code", "")},
    )
    if form.is_valid():
        words = dict(form.cleaned_data)
        org = words.pop("org")
        with attempt(form):
            spec = services.AssessmentSpec(**{**words, "versions": tuple(words["versions"])})
            row = services.create_assessment(actor=viewer, org=org, spec=spec, now=clock.now())
            return redirect("inspection:assessment", row.number)
    context = {"form": form, "title": _("新建考评"), "back": reverse("inspection:assessments")}
    return show(request, "inspection/assessment_form.html", context, status=422 if form.errors else 200)


@staff(VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One assessment: what is prepared, or its results by version."""
    return _detail(request, number)


def _detail(request: HttpRequest, number: str, refusal: YunshuError | None = None, **more: Any) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_assessment(viewer, number)
    is_draft = row.state == AssessmentState.DRAFT
    sees_all = selectors.sees_all(viewer, row)
    context = {
        "row": row,
        "versions": selectors.versions_of(row),
        "grants": selectors.grants_of(row) if sees_all else [],
        "figures": selectors.figures(row) if sees_all and not is_draft else [],
        "table": selectors.side_by_side(viewer, row),
        "sees_all": sees_all,
        "may_assess": selectors.may_assess(viewer, row),
        "refusal": refusal,
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
    } | more
    return show(request, "inspection/assessment.html", context, status=422 if refusal else 200)


@staff(ASSESS)
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Freeze, publish, or make the scores again."""
    viewer, now = viewer_of(request), clock.now()
    verb = request.POST.get("verb", "")
    with attempt() as step:
        if verb == "freeze":
            services.freeze_assessment(actor=viewer, number=number, now=now)
            messages.success(request, _("已定格并评分。"))
        elif verb == "publish":
            services.publish_assessment(actor=viewer, number=number, now=now)
            messages.success(request, _("通报已发布。"))
        else:
            faults = services.check_again(actor=viewer, number=number)
            return _detail(request, number, faults=faults, is_checked=True)
        return redirect("inspection:assessment", number)
    return _detail(request, number, step.refusal)


@staff(ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, number: str) -> HttpResponse:
    """Grant a site bonus points."""
    viewer = viewer_of(request)
    row = selectors.get_assessment(viewer, number)
    targets, sites = selectors.grant_choices(viewer, row)
    form = GrantForm(request.POST or None, targets=targets, sites=sites)
    if form.is_valid():
        words = dict(form.cleaned_data)
        version, code = words.pop("target")
        with attempt(form, otherwise="target"):
            spec = services.GrantSpec(version=version, code=code, **words)
            services.grant_bonus(actor=viewer, number=number, spec=spec, now=clock.now())
            return redirect("inspection:assessment", number)
    context = {"form": form, "title": _("认定加分"), "back": reverse("inspection:assessment", args=[number])}
    return show(request, "inspection/assessment_form.html", context, status=422 if form.errors else 200)


@staff(VIEW)
@require_safe
def assessed(request: HttpRequest, pk: int) -> HttpResponse:
    """The score sheet of one object: every line with its findings, what putting them right would have brought."""
    row = selectors.get_object(viewer_of(request), pk)
    context = {
        "row": row,
        "lines": row.lines.all(),
        "findings": selectors.findings_in(row),
        "plans": board.plans_of(selectors.case_of(row)),
        "others": selectors.same_object(row),
        "findings_url": FINDINGS,
    }
    return show(request, "inspection/assessed.html", context)


@staff(VIEW)
@require_safe
def circular(request: HttpRequest, number: str) -> HttpResponse:
    """The circular as a page to read and print."""
    row = selectors.get_circular(viewer_of(request), number)
    context = {"row": row, "title": reporting.title_of(row), "sections": reporting.circular(row)}
    return show(request, "inspection/circular.html", context)


@staff(VIEW)
@require_safe
def circular_docx(request: HttpRequest, number: str) -> HttpResponse:
    """The circular as DOCX."""
    row = selectors.get_circular(viewer_of(request), number)
    return _file(reporting.circular_docx(row), DOCX, f"{reporting.title_of(row)}.docx")


@staff(VIEW)
@require_safe
def score_book(request: HttpRequest, number: str) -> HttpResponse:
    """The score book as XLSX, for whoever sees the whole assessment."""
    row = selectors.get_whole(viewer_of(request), number)
    return _file(reporting.score_book(row), XLSX, f"{row.name}评分册.xlsx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
