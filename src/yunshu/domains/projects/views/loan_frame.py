"""What the pages of a loan share: its head, who may do what, and a page with one form."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.ledger import api as ledger
from yunshu.domains.projects.contracts import LOAN_APPROVE, LOAN_EDIT, PROOF_KIND
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.loans import Item, ItemState
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

STATES: dict[ItemState, tuple[Any, str]] = {
    ItemState.FUTURE: (_l("未到期"), "blue"),
    ItemState.LATE: (_l("逾期"), "red"),
    ItemState.PAID: (_l("按期还清"), "green"),
    ItemState.PAID_LATE: (_l("逾期还清"), "amber"),
    ItemState.CANCELLED: (_l("已无应还"), ""),
}


def frame(request: HttpRequest, number: str, tab: str) -> dict[str, Any]:
    """Return what every page of a loan shows; raise NotFound (``loan_not_found``)."""
    viewer = viewer_of(request)
    loan = selectors.get_loan(viewer, number)
    is_open = loan.closed_on is None
    return {
        "loan": loan,
        "sheet": selectors.sheet_of(loan, clock.city_date(clock.now())),
        "tab": tab,
        "tabs": [(code, name, reverse(url, args=[number])) for code, name, url in TABS],
        "may_edit": is_open and viewer.may(LOAN_EDIT, loan.org.path),
        "may_approve": is_open and viewer.may(LOAN_APPROVE, loan.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, loan.number, clock.now()),
    }


TABS = (
    ("plan", _l("还款计划"), "projects:loan"),
    ("account", _l("账目"), "projects:loan_account"),
    ("budget", _l("预算与偏差"), "projects:loan_budget"),
    ("reserve", _l("汇率准备金"), "projects:loan_reserve"),
    ("terms", _l("条款"), "projects:loan_terms"),
    ("closing", _l("结清"), "projects:loan_closing"),
)


def rows_of(items: tuple[Item, ...]) -> list[dict[str, Any]]:
    """Return the due dates with their state in words; those before the takeover are left out: nothing is known of them."""
    shown = (item for item in items if item.state is not ItemState.BEFORE)
    return [{"item": item, "state": STATES[item.state][0], "colour": STATES[item.state][1]} for item in shown]


def fill(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    context: dict[str, Any],
    *,
    back: str,
) -> HttpResponse:
    """Show a page with one form; once it is right, ``act`` and go ``back``. A refusal stands at its field."""
    if form.is_valid():
        with attempt(form):
            act(dict(form.cleaned_data))
            return redirect(back)
    context |= {"form": form, "back": back}
    return show(request, "projects/loan_form.html", context, status=422 if form.errors else 200)
