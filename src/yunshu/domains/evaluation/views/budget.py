"""The budget page of a performance table: execution, plan, payments, and the projects whose books pay its tasks."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import BUDGET_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.forms import PaymentForm, TaskProjectForm, WithdrawForm
from yunshu.domains.evaluation.paid import PaidLine, paid_lines
from yunshu.domains.evaluation.rules import budget as money_rules
from yunshu.domains.evaluation.views.tables import frame
from yunshu.domains.projects import api as projects
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(TABLE_VIEW)
@require_http_methods(["GET", "POST"])
def budget(request: HttpRequest, number: str) -> HttpResponse:
    """Money: execution of each task, plan, payments; enter a payment."""
    context = frame(request, number, "budget")
    rows, total = selectors.money(context["table"])
    form = PaymentForm(request.POST or None, choices=_choices(row for row in rows if not row.projects))
    if form.is_valid():
        with attempt(form):
            _pay(request, number, form.cleaned_data, clock.now())
            return redirect("evaluation:budget", number)
    return _page(request, context, (rows, total), form, _linking(request, context, rows, None))


@staff(BUDGET_EDIT)
@require_POST
def link_project(request: HttpRequest, number: str) -> HttpResponse:
    """Let a task be paid from a project's book; a refusal comes back on the page."""
    context = frame(request, number, "budget")
    rows, total = selectors.money(context["table"])
    form = _linking(request, context, rows, request.POST)
    if form.is_valid():
        kind, ordinal = _task(form.cleaned_data["linked_task"])
        with attempt(form, otherwise="linked_task"):
            services.link_project(
                actor=viewer_of(request),
                number=number,
                task_kind=kind,
                task_ordinal=ordinal,
                project=form.cleaned_data["project"],
                now=clock.now(),
            )
            return redirect("evaluation:budget", number)
    payment = PaymentForm(choices=_choices(row for row in rows if not row.projects))
    return _page(request, context, (rows, total), payment, form)


@staff(BUDGET_EDIT)
@require_POST
def unlink_project(request: HttpRequest, number: str, project: str) -> HttpResponse:
    """Take a project's book away from its task."""
    services.unlink_project(actor=viewer_of(request), number=number, project=project, now=clock.now())
    return redirect("evaluation:budget", number)


@staff(BUDGET_EDIT)
@require_http_methods(["GET", "POST"])
def reverse_payment(request: HttpRequest, number: str, payment: str) -> HttpResponse:
    """Reverse a payment, with a reason, on a page that says what it does."""
    context = frame(request, number, "budget")
    paid = selectors.get_payment(context["table"], payment)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            services.reverse_payment(
                actor=viewer_of(request),
                number=number,
                payment=payment,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
            return redirect("evaluation:budget", number)
    context |= {
        "reason_form": form,
        "what": _("冲销付款 %(n)s") % {"n": paid.number},
        "back": reverse("evaluation:budget", args=[number]),
    }
    return show(request, "evaluation/take_back.html", context, status=422 if form.errors else 200)


def _page(
    request: HttpRequest,
    context: dict[str, Any],
    money: tuple[list[selectors.TaskMoney], money_rules.Execution],
    payment_form: PaymentForm,
    link_form: TaskProjectForm,
) -> HttpResponse:
    table = context["table"]
    rows, total = money
    payments = paid_lines(table)
    context |= {
        "rows": rows,
        "total": total,
        "payments": payments,
        "payment_form": payment_form,
        "link_form": link_form,
        "chart": _cash_chart(table, payments),
        "may_see_projects": viewer_of(request).may(PROJECT_VIEW, table.org.path),
        "linked": [(row.task, project) for row in rows for project in row.projects],
        "has_own_tasks": any(not row.projects for row in rows),
    }
    return show(request, "evaluation/budget.html", context, status=422 if _failed(payment_form, link_form) else 200)


def _failed(*filled: forms.Form) -> bool:
    return any(form.errors for form in filled)


def _linking(
    request: HttpRequest, context: dict[str, Any], rows: list[selectors.TaskMoney], data: Any
) -> TaskProjectForm:
    linked = {project.number for row in rows for project in row.projects}
    offered = projects.projects_of(viewer_of(request), context["table"].org.code)
    return TaskProjectForm(
        data, tasks=_choices(rows), projects=[(number, name) for number, name in offered if number not in linked]
    )


def _choices(rows: Any) -> list[tuple[str, str]]:
    return [(f"{row.task.kind}:{row.task.ordinal}", row.task.name) for row in rows]


def _task(value: str) -> tuple[str, int]:
    kind, ordinal = value.split(":")
    return kind, int(ordinal)


def _pay(request: HttpRequest, number: str, data: dict[str, Any], now: datetime) -> None:
    kind, ordinal = _task(str(data["task"]))
    spec = services.PaymentSpec(
        task_kind=kind,
        task_ordinal=ordinal,
        on=data["on"],
        amount_yuan=data["amount_yuan"],
        voucher=str(data["voucher"]),
        statement=str(data["statement"]),
    )
    services.record_payment(actor=viewer_of(request), number=number, spec=spec, now=now)


def _cash_chart(table: Any, payments: list[PaidLine]) -> Chart:
    wan = 10_000
    cash = money_rules.cash_calendar(
        selectors.instalments(table), [(line.on, line.amount_yuan) for line in payments], table.year
    )
    return Chart(
        title=_("累计应付与累计已付"),
        labels=[_("%(n)s月") % {"n": m.month} for m in cash.months],
        series=[
            Series(_("累计应付"), [m.due_so_far_yuan / wan for m in cash.months]),
            Series(_("累计已付"), [m.paid_so_far_yuan / wan for m in cash.months]),
        ],
        kind="line",
        unit=_("万元"),
        label_head=_("月份"),
    )
