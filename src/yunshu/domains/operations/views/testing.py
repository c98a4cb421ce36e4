"""Pages of acceptance tests: plans, their cases and runs, defects, the sign-off."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.contracts import PROOF_KIND, TEST_APPROVE, TEST_EDIT, TEST_VIEW
from yunshu.domains.operations.rules import testing as rules
from yunshu.domains.operations.selectors import testing as selectors
from yunshu.domains.operations.services import testing as services
from yunshu.domains.operations.training_forms import CaseForm, PlanForm, RunForm, WordsForm
from yunshu.domains.operations.views.assets import orgs_for
from yunshu.domains.operations.views.submitting import form_page
from yunshu.domains.operations.views.trainings import systems_for
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

PLANS = Listing(
    name="test_plans",
    title=_l("系统测试"),
    rows=selectors.visible_plans,
    default_sort="-created_at",
    columns=(
        Column("title", _l("方案名称"), link=True),
        Column("org", _l("建设单位")),
        Column("system", _l("信息系统")),
        Column("scope", _l("指标范围")),
        Column("builder", _l("承建单位")),
        Column("contract", _l("合同编号"), hidden=True),
        Column("state", _l("状态"), kind="choice"),
        Column("created_at", _l("编制时间"), kind="instant", sort="created_at"),
    ),
    filters=(
        Search("number", "title", "org__name", "builder", "contract"),
        Choice("state", _l("状态"), choices_of(rules.STATES)),
        DateRange("created_at", _l("编制时间")),
    ),
    row_url=lambda r: reverse("operations:test_plan", args=[r.number]),
    empty_title=_l("没有测试方案"),
    empty_text=_l("编制方案和用例，逐条执行，全部通过后签认，作为验收依据。"),
)


def _crumbs(row: Any = None) -> list[tuple[str, Any]]:
    first = [(reverse("operations:test_plans"), _("系统测试"))]
    return first if row is None else [*first, (reverse("operations:test_plan", args=[row.number]), row.title)]


@staff(TEST_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every test plan in reach."""
    context = {"may_edit": viewer_of(request).may(TEST_EDIT)}
    return list_page(request, PLANS, template="operations/test_plans.html", context=context)


@staff(TEST_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Begin a plan."""
    viewer = viewer_of(request)
    form = PlanForm(request.POST or None, orgs=orgs_for(viewer, TEST_EDIT), systems=systems_for(viewer))
    if form.is_valid():
        words = {"org": form.cleaned_data["org"], "spec": form.spec, "now": clock.now()}
        with attempt(form):
            row = services.create_plan(actor=viewer, **words)
            return redirect("operations:test_plan", row.number)
    return form_page(request, form, title=_("编制测试方案"), crumbs=_crumbs(), submit=_("建立"))


@staff(TEST_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One plan as it stands: cases, defects, what stands against its sign-off."""
    viewer = viewer_of(request)
    row = selectors.get_plan(viewer, number)
    lines = selectors.lines_of(row)
    facts = [line.facts for line in lines]
    is_open = row.state != rules.SIGNED_OFF
    context = {
        "row": row,
        "lines": lines,
        "passed": rules.passed(facts),
        "rate": rules.pass_rate(facts),
        "defects": selectors.defects_of(row),
        "objections": [services.objection_text(code) for code in rules.objections(facts)] if is_open else [],
        "sign_off": selectors.sign_off_of(row),
        "may_edit": is_open and viewer.may(TEST_EDIT, row.org.path),
        "may_approve": is_open and viewer.may(TEST_APPROVE, row.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
    }
    return show(request, "operations/test_plan.html", context)


@staff(TEST_EDIT)
@require_http_methods(["GET", "POST"])
def add_case(request: HttpRequest, number: str) -> HttpResponse:
    """Add a case."""
    viewer = viewer_of(request)
    row = selectors.get_plan(viewer, number)
    form = CaseForm(request.POST or None)
    if form.is_valid():
        spec = form.spec
        with attempt(form):
            services.add_case(actor=viewer, plan=number, spec=spec)
            return redirect("operations:test_plan", number)
    return form_page(request, form, title=_("增加测试用例"), crumbs=_crumbs(row), submit=_("增加"))


@staff(TEST_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One case with every run of it; POST records another."""
    viewer = viewer_of(request)
    row = selectors.get_plan(viewer, number)
    which = selectors.get_case(row, code)
    form = None
    if row.state != rules.SIGNED_OFF and viewer.may(TEST_EDIT, row.org.path):
        form = RunForm(request.POST or None)
    if form is not None and form.is_valid():
        spec = form.spec
        words: dict[str, Any] = {"plan": number, "case": code, "spec": spec, "now": clock.now()}
        with attempt(form):
            services.record_run(actor=viewer, **words)
            return redirect("operations:test_case", number, code)
    context = {"row": row, "case": which, "runs": selectors.runs_of(which), "form": form}
    return show(request, "operations/test_case.html", context, status=422 if form and form.errors else 200)


@staff(TEST_EDIT)
@require_http_methods(["GET", "POST"])
def mend(request: HttpRequest, number: str, defect: str) -> HttpResponse:
    """Say how a defect was mended."""

    def act(words: str) -> Any:
        return services.mend_defect(actor=viewer_of(request), plan=number, number=defect, fix=words, now=clock.now())

    return _words_page(request, number, act, title=_("登记修复 %(n)s") % {"n": defect}, submit=_("登记修复"))


@staff(TEST_APPROVE)
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, number: str, defect: str) -> HttpResponse:
    """Accept a minor defect for good."""

    def act(words: str) -> Any:
        return services.accept_defect(
            actor=viewer_of(request), plan=number, number=defect, reason=words, now=clock.now()
        )

    return _words_page(request, number, act, title=_("接受缺陷 %(n)s") % {"n": defect}, submit=_("接受"))


@staff(TEST_APPROVE)
@require_http_methods(["GET", "POST"])
def sign_off(request: HttpRequest, number: str) -> HttpResponse:
    """State that every demanded case passed."""

    def act(words: str) -> Any:
        return services.sign_off(actor=viewer_of(request), plan=number, opinion=words, now=clock.now())

    return _words_page(request, number, act, title=_("签认测试"), submit=_("签认"))


def _words_page(request: HttpRequest, number: str, act: Any, *, title: Any, submit: Any) -> HttpResponse:
    row = selectors.get_plan(viewer_of(request), number)
    form = WordsForm(request.POST or None)
    if form.is_valid():
        words = form.cleaned_data["words"]
        with attempt(form):
            act(words)
            return redirect("operations:test_plan", number)
    return form_page(request, form, title=title, crumbs=_crumbs(row), submit=submit)
