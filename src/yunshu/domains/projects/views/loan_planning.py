"""Pages that look ahead: budget and variance, reserve, what is left before closing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects.contracts import LOAN_APPROVE, LOAN_VIEW
from yunshu.domains.projects.loan_forms import BudgetForm, ClosingForm, ReserveForm
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loans as services
from yunshu.domains.projects.views.loan_frame import fill, frame, rows_of
from yunshu.lib.kernel import clock
from yunshu.lib.loans import Blocker, LoanFault
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.pages import show

BLOCKERS = {
    Blocker.BALANCE: _l("还有未还本金"),
    Blocker.ARREARS: _l("有逾期未还的款项"),
    Blocker.PENALTY: _l("有未付罚息"),
    Blocker.COST_TO_COME: _l("还有未到期的利息或手续费"),
    Blocker.CARRYING: _l("账面人民币余额未清零"),
}


@staff(LOAN_VIEW)
@require_safe
def budget(request: HttpRequest, number: str) -> HttpResponse:
    """Each year's budget against what was paid, the variance split in rate and volume."""
    context = frame(request, number, "budget")
    context["years"] = selectors.years_of(context["loan"])
    return show(request, "projects/loan_budget.html", context)


@staff(LOAN_APPROVE)
@require_http_methods(["GET", "POST"])
def new_budget(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a year's budget, or a new version of it."""
    context = frame(request, number, "budget")
    form = BudgetForm(request.POST or None, initial={"year": clock.city_date(clock.now()).year})
    lead = _("日元额和预算汇率不清楚的留空，显示为“待补”；补上后偏差才能拆成汇率和数量两部分。")
    context |= {"title": _("登记还款预算"), "submit": _("登记"), "lead": lead}

    def act(data: dict[str, Any]) -> None:
        spec = services.BudgetSpec(**data)
        services.set_budget(actor=viewer_of(request), number=number, spec=spec, now=clock.now())

    return fill(request, form, act, context, back=reverse("projects:loan_budget", args=[number]))


@staff(LOAN_VIEW)
@require_safe
def reserve(request: HttpRequest, number: str) -> HttpResponse:
    """What to set aside for the exchange rate, and from what that was reckoned."""
    context = frame(request, number, "reserve")
    asked = {name: request.GET.get(name, str(start)) for name, start in STARTS.items()}
    form = ReserveForm(asked)
    context |= {"form": form, "proposal": None, "shortage": ""}
    if form.is_valid():
        try:
            ask = selectors.ReserveAsk(**form.cleaned_data)
            today = clock.city_date(clock.now())
            found = selectors.reserve_of(context["sheet"], ask, today)
            context |= {"proposal": found, "asked": ask, "move": float(found.move) if found else None}
            context["stale"] = selectors.rate_on(ask.kind, today) is None
        except LoanFault as fault:
            context["shortage"] = services.sentence_of(fault)
    return show(request, "projects/loan_reserve.html", context, status=422 if form.errors else 200)


STARTS = {"kind": "parity", "share_percent": 95, "months": 6}


@staff(LOAN_VIEW)
@require_http_methods(["GET", "POST"])
def closing(request: HttpRequest, number: str) -> HttpResponse:
    """What is left, what stands in the way, and closing."""
    context = frame(request, number, "closing")
    left = context["sheet"].tail
    form = ClosingForm(request.POST or None, initial={"on": clock.city_date(clock.now())})
    if request.method == "POST":

        def act(data: dict[str, Any]) -> None:
            services.close_loan(actor=viewer_of(request), number=number, now=clock.now(), **data)

        return fill(request, form, act, context | _closing_words(), back=reverse("projects:loan", args=[number]))
    context |= {
        "left": left,
        "rows": rows_of(left.items) if left else [],
        "blockers": [BLOCKERS[code] for code in left.blockers] if left else [],
        "form": form,
    }
    return show(request, "projects/loan_closing.html", context)


def _closing_words() -> dict[str, Any]:
    return {"title": _("结清贷款"), "submit": _("结清"), "lead": ""}
