"""Pages of corrections: report a wrong record, follow it, answer it, see which copies have the right one."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import corrections, selectors, services
from yunshu.domains.exchange.contracts import PROOF_KIND, REQUEST_EDIT
from yunshu.domains.exchange.forms import CorrectionForm, StepForm
from yunshu.domains.exchange.rules.corrections import CODE, CORRECTION_LIFE
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STAGE_NAMES = {s.code: s.name for s in CORRECTION_LIFE.states}
CORRECTIONS = Listing(
    name="corrections",
    title=_l("数据异议"),
    rows=corrections.visible_corrections,
    default_sort="-reported_at",
    columns=(
        Column("number", _l("异议编号"), link=True),
        Column("resource__name", _l("数据")),
        Column("reporter", _l("提出单位")),
        Column("source", _l("数源部门")),
        Column("stage", _l("状态"), value=lambda r: _(STAGE_NAMES[r.stage])),
        Column("reported_at", _l("提出时间"), kind="instant", sort="reported_at"),
        Column("corrected_at", _l("更正时间"), kind="instant", sort="corrected_at"),
        Column("ended_at", _l("办结时间"), kind="instant", sort="ended_at"),
    ),
    filters=(
        Search("number", "resource__name", "reporter__name", "source__name", "grounds"),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in CORRECTION_LIFE.states]),
        DateRange("reported_at", _l("提出时间")),
    ),
    row_url=lambda r: reverse("exchange:correction", args=[r.number]),
    empty_title=_l("没有数据异议"),
    empty_text=_l("发现共享来的数据有误时，打开它的目录页，点“提出数据异议”。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What one's own organisations reported or must answer."""
    return list_page(request, CORRECTIONS)


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, number: str) -> HttpResponse:
    """Report a wrong record of a resource."""
    viewer = viewer_of(request)
    resource = selectors.get_resource(viewer, number)
    items = [(item.name, f"{item.title} · {item.name}") for item in selectors.form_of(resource).items]
    orgs = [(o.code, o.name) for o in selectors.editable_orgs(viewer, REQUEST_EDIT)]
    form = CorrectionForm(request.POST or None, orgs=orgs, items=items)
    if form.is_valid():
        data = dict(form.cleaned_data)
        org, spec = data.pop("org"), services.CorrectionSpec(**data)
        with attempt(form):
            row = services.report_correction(actor=viewer, resource=number, org_code=org, spec=spec, now=clock.now())
            return redirect("exchange:correction", row.number)
    context = {"resource": resource, "form": form}
    return show(request, "exchange/correction_new.html", context, status=422 if form.errors else 200)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One correction: what is wrong, where it stands, which copies have been reached."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = corrections.get_correction(viewer, number)
    case = workflow.get_case(CODE, number)
    titles = {item.name: item.title for item in selectors.form_of(row.resource).items}
    context: dict[str, Any] = {
        "row": row,
        "stage_name": _(STAGE_NAMES[row.stage]),
        "items": [(name, titles.get(name, name)) for name in row.items],
        "copies": corrections.copies_of(row),
        "verbs": workflow.verbs_for(viewer, case),
        "task": workflow.open_task_of(case),
        "history": tuple(reversed(workflow.history(case))),
        "chain_broken": workflow.chain_breaks_at(case),
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, clock.now()),
        "refusal": refusal,
        "now": clock.now(),
    }
    return show(request, "exchange/correction.html", context, status=422 if refusal else 200)


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_correction(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("exchange:correction", number)
    return _detail(request, number, step.refusal)
