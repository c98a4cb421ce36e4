"""Pages of projects: list, one project, its writing, approvals, cost lines, acceptances."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.projects import forms, services
from yunshu.domains.projects.choices import ProjectKind, Stage
from yunshu.domains.projects.contracts import (
    ACCEPTANCE_EDIT,
    BUDGET_EDIT,
    CONTRACT_EDIT,
    PAYMENT_EDIT,
    PROJECT_APPROVE,
    PROJECT_EDIT,
    PROJECT_VIEW,
    REVIEW_ORGANISE,
)
from yunshu.domains.projects.rules.blanks import free
from yunshu.domains.projects.selectors import blanks, money
from yunshu.domains.projects.selectors import contracts as of_contracts
from yunshu.domains.projects.selectors import projects as selectors
from yunshu.domains.projects.views.life import life_of
from yunshu.domains.projects.views.writing import Page, page_of_project, sent, write
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

RIGHTS = {
    "may_edit": PROJECT_EDIT,
    "may_approve": PROJECT_APPROVE,
    "may_contract": CONTRACT_EDIT,
    "may_accept": ACCEPTANCE_EDIT,
    "may_budget": BUDGET_EDIT,
    "may_pay": PAYMENT_EDIT,
    "may_review": REVIEW_ORGANISE,
}
PROJECTS = Listing(
    name="projects",
    title=_l("信息化项目"),
    rows=blanks.listed_projects,
    default_sort="name",
    columns=(
        Column("name", _l("项目名称"), link=True, sort="name"),
        Column("kind", _l("类别"), kind="choice"),
        Column("org", _l("建设单位")),
        Column("stage", _l("所处阶段"), value=blanks.stage_words),
        Column("granted_yuan", _l("预算合计"), kind="wan", sort="granted_yuan"),
        Column("paid_yuan", _l("已付合计"), kind="wan", sort="paid_yuan"),
        Column("blanks", _l("待补"), value=lambda r: blanks.of_project(r).count or "", kind="number"),
        Column("number", _l("项目编号"), hidden=True),
        Column("code", _l("代码"), hidden=True),
        Column("source", _l("出处"), hidden=True),
    ),
    filters=(
        Search("number", "name", "summary", "org__name"),
        Choice("kind", _l("类别"), list(ProjectKind.choices)),
        Choice("stage", _l("所处阶段"), list(Stage.choices)),
    ),
    row_url=lambda r: reverse("projects:project", args=[r.number]),
    empty_title=_l("没有信息化项目"),
    empty_text=_l("申报或登记项目后，这里显示它们的阶段、合同与付款。"),
)


@staff(PROJECT_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The projects in one's reach."""
    context = {"may_edit": viewer_of(request).may(PROJECT_EDIT)}
    return list_page(request, PROJECTS, template="projects/projects.html", context=context)


@staff(PROJECT_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One project: where it stands, its money by year, contracts, approvals, acceptances, payments, what is still blank."""
    return show_project(request, number, None)


@staff(PROJECT_VIEW)
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step of its life; a refusal stands on the same page."""
    verb, reason = request.POST.get("verb", ""), request.POST.get("reason", "")[:500]
    with attempt() as step:
        services.move_project(actor=viewer_of(request), number=number, verb=verb, reason=reason, now=clock.now())
        return redirect("projects:project", number)
    return show_project(request, number, step.refusal)


def show_project(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    """Return the page of a project, with what was refused on it."""
    viewer = viewer_of(request)
    row = selectors.get_project(viewer, number)
    rights = {name: viewer.may(permission, row.org.path) for name, permission in RIGHTS.items()}
    lines = money.lines_of(row)
    context = rights | life_of(viewer, row)
    context |= {
        "row": row,
        "blanks": blanks.of_project(row),
        "deliver_by": blanks.delivery_of(row),
        "code_words": code_words(row.code or ""),
        "is_reviewed": row.stage == Stage.REVIEW,
        "refusal": refusal,
        "reviews": row.reviews.all(),
        "costs": list(row.cost_lines.all()),
        "lines": [(line, granted, paid, granted - paid) for line, granted, paid in lines],
        "contracts": of_contracts.visible_contracts(viewer).filter(project=row),
        "approvals": row.approvals.all(),
        "acceptances": row.acceptances.select_related("contract", "corrected_by").all(),
        "payments": money.visible_payments(viewer).filter(project=row)[:50],
        "now": clock.now(),
    }
    return show(request, "projects/project.html", context, status=422 if refusal else 200)


def code_words(code: str) -> str:
    """Return where a project comes from in words: ``2022/other:3`` is a task of a performance table; other codes as they are."""
    found = re.fullmatch(r"(\d{4})/(key|other):(\d+)", code)
    if not found:
        return code
    year, kind, ordinal = found.groups()
    part = _("年度重点工作任务") if kind == "key" else _("其他需完成任务")
    return _("%(year)s 年绩效目标表，%(part)s第 %(n)s 项") % {"year": year, "part": part, "n": ordinal}


@staff(PROJECT_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Register a project."""
    viewer = viewer_of(request)
    orgs = list(selectors.editable_orgs(viewer).order_by("path").values_list("code", "name"))
    form = forms.ProjectForm(sent(request), offers={"org": orgs})
    page = Page(
        title=_("登记项目"),
        back=reverse("projects:projects"),
        crumbs=[(_("信息化项目"), reverse("projects:projects"))],
        submit=_("登记"),
        done=_("已登记。"),
    )

    def save(filled: forms.ProjectForm) -> None:
        services.register_project(
            actor=viewer, org_code=filled.cleaned_data["org"], spec=_spec(filled.cleaned_data), now=clock.now()
        )

    return write(request, page, form, save)


@staff(PROJECT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change what a project says of itself."""
    row = selectors.get_project(viewer_of(request), number)
    names = ("name", "kind", "summary", "deliver_by", "basis", "pays_directly")
    initial: dict[str, Any] = {name: getattr(row, name) for name in names} | {"blanks": "\n".join(free(row.blanks))}
    form = forms.ProjectForm(
        sent(request), initial=initial | {"org": row.org.code}, offers={"org": [(row.org.code, row.org.name)]}
    )
    page = page_of_project(row, _("修改项目"), _("保存"))
    return write(
        request,
        page,
        form,
        lambda f: services.save_project(actor=viewer_of(request), number=number, spec=_spec(f.cleaned_data)),
    )


def _spec(data: dict[str, Any]) -> services.ProjectSpec:
    names = ("name", "kind", "summary", "deliver_by", "basis", "pays_directly")
    return services.ProjectSpec(**{n: data[n] for n in names}, blanks=forms.lines(data["blanks"]))


@staff(PROJECT_APPROVE)
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Enter what was approved."""
    row = selectors.get_project(viewer_of(request), number)
    page = page_of_project(row, _("登记批复"), _("登记批复"), _("已登记批复。"))
    form = forms.ApprovalForm(sent(request), initial={"item": row.name})
    return write(
        request,
        page,
        form,
        lambda f: services.approve_item(
            actor=viewer_of(request), number=number, spec=services.ApprovalSpec(**f.cleaned_data), now=clock.now()
        ),
    )


@staff(PROJECT_EDIT)
@require_http_methods(["GET", "POST"])
def costs(request: HttpRequest, number: str) -> HttpResponse:
    """Write the cost lines."""
    row = selectors.get_project(viewer_of(request), number)
    names = ("item", "quantity", "unit", "price_yuan", "amount_yuan", "basis", "basis_detail")
    initial = [{name: getattr(line, name) for name in names} for line in row.cost_lines.all()]
    rows = forms.CostRows(sent(request), initial=initial, prefix="row")
    page = page_of_project(
        row, _("概算明细"), _("保存"), lead=_("填金额，或数量和单价；写明计价依据。空行不保存，保存后可再加行。")
    )

    def save(_form: forms.Offering) -> None:
        found = [services.CostSpec(**{n: r.cleaned_data[n] for n in names}) for r in rows if r.cleaned_data.get("item")]
        services.replace_costs(actor=viewer_of(request), number=number, lines=found)

    return write(request, page, forms.Offering(sent(request)), save, rows)


@staff(ACCEPTANCE_EDIT)
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Record an acceptance."""
    viewer = viewer_of(request)
    row = selectors.get_project(viewer, number)
    offers = {
        "contract": [(c.number, c.name) for c in of_contracts.visible_contracts(viewer).filter(project=row)],
        "corrects": [
            (a.number, f"{a.on} {a.get_kind_display()} · {a.item}")
            for a in row.acceptances.filter(corrected_by__isnull=True)
        ],
    }
    form = forms.AcceptanceForm(
        sent(request), offers=offers, initial={"on": clock.city_date(clock.now()), "item": row.name}
    )

    def save(filled: forms.AcceptanceForm) -> None:
        data = filled.cleaned_data | {"passed": filled.cleaned_data["passed"] == "yes"}
        services.record_acceptance(actor=viewer, project=number, spec=services.AcceptanceSpec(**data), now=clock.now())

    return write(request, page_of_project(row, _("登记验收"), _("登记验收"), _("已登记验收。")), form, save)
