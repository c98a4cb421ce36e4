"""Pages of deductions and of the month's report."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import CONFIGURE, PROOF_KIND, TARGET_VIEW
from yunshu.domains.operations.incident_choices import PenaltyState
from yunshu.domains.operations.incident_forms import DecisionForm, MonthForm
from yunshu.domains.operations.rules import changes as change_life
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.rules import penalties as rules
from yunshu.domains.operations.selectors import service_months as selectors
from yunshu.domains.operations.services import penalties as services
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

PENALTIES = Listing(
    name="penalties",
    title=_l("服务扣款"),
    rows=selectors.visible_penalties,
    default_sort="-month",
    columns=(
        Column("number", _l("扣款编号"), link=True),
        Column("month", _l("月份"), value=lambda r: f"{r.month:%Y-%m}", sort="month"),
        Column("clause__contract", _l("合同编号")),
        Column("clause__vendor", _l("服务商")),
        Column("clause__clause", _l("条款号")),
        Column("quantity", _l("数量"), kind="number"),
        Column("amount_yuan", _l("扣款（元）"), kind="number", sort="amount_yuan"),
        Column("state", _l("状态"), kind="choice"),
        Column("decided_by", _l("确认人"), hidden=True),
        Column("decided_at", _l("确认时间"), kind="instant", sort="decided_at"),
    ),
    filters=(
        Search("number", "clause__contract", "clause__vendor", "clause__clause"),
        Choice("state", _l("状态"), PenaltyState.choices),
        DateRange("month", _l("月份")),
    ),
    row_url=lambda r: reverse("operations:penalty", args=[r.number]),
    empty_title=_l("没有服务扣款"),
    empty_text=_l("登记合同的服务条款后，选择已结束的月份计算扣款；由人员确认后生效。"),
)
MONTHS_SHOWN = 12


@staff(TARGET_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every deduction in sight."""
    context = {"may_propose": bool(viewer_of(request).reach(CONFIGURE)), "form": MonthForm()}
    return list_page(request, PENALTIES, template="operations/penalties.html", context=context)


@staff(CONFIGURE)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Compute a month's deductions."""
    form = MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择月份。"))
        return redirect("operations:penalties")
    month = rules.month_of(form.cleaned_data["month"])
    with attempt() as proposing:
        found = services.propose_penalties(actor=viewer_of(request), month=month, now=clock.now())
        words = {"month": form.cleaned_data["month"], "n": len(found)}
        messages.success(request, _("%(month)s：%(n)s 条扣款待确认。") % words)
    if proposing.refusal:
        messages.error(request, proposing.refusal.message)
    return redirect("operations:penalties")


@staff(TARGET_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One deduction: the clause, the arithmetic, what it rests on."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_penalty(viewer, number)
    context = {
        "row": row,
        "may_decide": row.decided_at is None and viewer.may(CONFIGURE, row.clause.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
        "refusal": refusal,
    }
    return show(request, "operations/penalty.html", context, status=422 if refusal else 200)


@staff(CONFIGURE)
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm or waive."""
    with attempt() as step:
        words = step_of(DecisionForm(request.POST))
        services.decide_penalty(
            actor=viewer_of(request),
            number=number,
            confirms=words["verb"] == "confirm",
            reason=words["reason"],
            now=clock.now(),
        )
        return redirect("operations:penalty", number)
    return _detail(request, number, step.refusal)


@staff(TARGET_VIEW)
@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """The month's report, for paper."""
    try:
        first = rules.month_of(month)
    except ValueError:
        raise NotFound("month_not_found", _("没有这个月份。")) from None
    context = {
        "month": month,
        "report": selectors.month_of(viewer_of(request), first, clock.now()),
        "stage_names": {s.code: _(s.name) for s in (*life.INCIDENT_LIFE.states, *change_life.CHANGE_LIFE.states)},
    }
    return show(request, "operations/month.html", context)
