"""Pages of money: payments one by one and as a file, budget lines, execution of a year, cash calendar."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects import forms, services, sheets
from yunshu.domains.projects.contracts import BUDGET_EDIT, PAYMENT_EDIT, PROJECT_VIEW
from yunshu.domains.projects.rules import execution
from yunshu.domains.projects.rules.plans import pay_day
from yunshu.domains.projects.selectors import blanks
from yunshu.domains.projects.selectors import contracts as of_contracts
from yunshu.domains.projects.selectors import money as selectors
from yunshu.domains.projects.selectors import projects as of_projects
from yunshu.domains.projects.views.contracts import page_of
from yunshu.domains.projects.views.writing import Page, page_of_project, sent, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.money import to_wan
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.lists.export import csv_response
from yunshu.lib.ui.pages import show

PAYMENTS = Listing(
    name="project-payments",
    title=_l("项目付款"),
    rows=selectors.visible_payments,
    default_sort="-on",
    columns=(
        Column("on", _l("付款日期"), kind="day", sort="on"),
        Column("project", _l("信息化项目"), link=True),
        Column("contract", _l("项目合同")),
        Column("instalment__ordinal", _l("期次"), kind="number"),
        Column("amount_yuan", _l("付款金额"), kind="wan", sort="amount_yuan"),
        Column("line__year", _l("预算年度")),
        Column("voucher", _l("凭证号")),
        Column("statement", _l("用途")),
        Column("number", _l("付款编号"), hidden=True),
        Column("made_by", _l("登记人"), hidden=True),
    ),
    filters=(
        Search("number", "voucher", "statement", "project__name", "contract__name"),
        DateRange("on", _l("付款日期")),
    ),
    row_url=lambda r: reverse("projects:project", args=[r.project.number]),
    empty_title=_l("没有项目付款"),
    empty_text=_l("打开合同，在已确认可付的一期上点“付款”，或从文件导入。"),
)


@staff(PROJECT_VIEW)
@require_safe
def payments(request: HttpRequest) -> HttpResponseBase:
    """Payments in one's reach."""
    context = {"may_pay": viewer_of(request).may(PAYMENT_EDIT)}
    return list_page(request, PAYMENTS, template="projects/payments.html", context=context)


@staff(PAYMENT_EDIT)
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Pay an instalment."""
    viewer = viewer_of(request)
    part = of_contracts.part_of(viewer, number, ordinal)
    row = of_contracts.get_contract(viewer, number)
    today = clock.city_date(clock.now())
    _demand_payable(part, row)
    day = pay_day(part.row.year, part.row.due_on, today)
    left_yuan = selectors.left_on(row.project, day)
    form = _payment_form(request, row.project, min(part.payable_yuan, left_yuan), day)

    def save(filled: forms.PaymentForm) -> None:
        spec = services.PaymentSpec(**filled.cleaned_data)
        services.pay_instalment(actor=viewer, contract=number, ordinal=ordinal, spec=spec, now=clock.now())

    title = _("付款：第 %(n)s 期") % {"n": ordinal}
    lead = _("付款节点“%(what)s”，已确认未付 %(sum)s 元；%(year)s 年预算余额 %(left)s 元。") % {
        "what": part.row.milestone,
        "sum": f"{part.payable_yuan:,.2f}",
        "year": day.year,
        "left": f"{left_yuan:,.2f}",
    }
    return write(request, page_of(row, title, _("登记付款"), _("已登记付款。"), lead), form, save)


@staff(PAYMENT_EDIT)
@require_http_methods(["GET", "POST"])
def pay_directly(request: HttpRequest, number: str) -> HttpResponse:
    """Pay for a project without a contract."""
    viewer = viewer_of(request)
    row = of_projects.get_project(viewer, number)

    def save(filled: forms.PaymentForm) -> None:
        spec = services.PaymentSpec(**filled.cleaned_data)
        services.pay_directly(actor=viewer, project=number, spec=spec, now=clock.now())

    page = page_of_project(row, _("登记付款"), _("登记付款"), _("已登记付款。"))
    return write(request, page, _payment_form(request, row, None), save)


def _demand_payable(part: of_contracts.Part, contract: Any) -> None:
    """Raise Refused (``nothing_payable``, ``project_incomplete``) where the page of a payment would lead nowhere."""
    if lacking := blanks.shortfall(contract):
        raise Refused("project_incomplete", _("付款前请补齐：%(what)s。") % {"what": lacking})
    if part.payable_yuan > 0:
        return
    if part.open_yuan <= 0:
        raise Refused("nothing_payable", _("第 %(n)s 期已付清。") % {"n": part.row.ordinal})
    raise Refused(
        "nothing_payable",
        _("第 %(n)s 期没有已确认未付的金额，请先完成验收和付款确认。") % {"n": part.row.ordinal},
    )


def _payment_form(request: HttpRequest, project: Any, payable: Any, day: date | None = None) -> forms.PaymentForm:
    initial = {"on": day or clock.city_date(clock.now()), "amount_yuan": payable or None}
    funds = sorted(set(project.lines.values_list("fund", flat=True)))
    return forms.PaymentForm(sent(request), initial=initial, offers={"fund": [(f, f) for f in funds]})


@staff(PAYMENT_EDIT)
@require_http_methods(["GET", "POST"])
def reverse_payment(request: HttpRequest, number: str) -> HttpResponse:
    """Reverse a payment."""
    viewer = viewer_of(request)
    row = selectors.get_payment(viewer, number)
    page = page_of_project(
        row.project,
        _("冲销付款"),
        _("冲销"),
        _("已冲销。"),
        _("冲销 %(on)s 的 %(sum)s 元，凭证号 %(voucher)s。")
        % {"on": row.on, "sum": f"{row.amount_yuan:,.2f}", "voucher": row.voucher},
    )
    return write(
        request,
        page,
        forms.ReasonForm(sent(request)),
        lambda f: services.reverse_payment(
            actor=viewer, number=number, reason=f.cleaned_data["reason"], now=clock.now()
        ),
    )


@staff(PAYMENT_EDIT)
@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file of payments, as the import reads it."""
    return csv_response(request, iter([[str(head) for head in sheets.HEADS.values()]]), _("项目付款导入模板"))


@staff(PAYMENT_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Enter all payments of a file, or none."""
    form = forms.PaymentsFileForm(sent(request), request.FILES or None)
    back = reverse("projects:payments")
    page = Page(
        title=_("导入付款"),
        back=back,
        crumbs=[(_("项目付款"), back)],
        submit=_("导入"),
        lead=_("全部登记或全部不登记；有一行不能付款时，指出是哪一行、为什么。"),
    )

    def save(filled: forms.PaymentsFileForm) -> None:
        rows = sheets.read(filled.cleaned_data["file"])
        count = services.import_payments(actor=viewer_of(request), rows=rows, now=clock.now())
        messages.success(request, _("已登记 %(n)s 笔付款。") % {"n": count})

    return write(request, page, form, save)


@staff(BUDGET_EDIT)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Grant, adjust or recall money."""
    row = of_projects.get_project(viewer_of(request), number)
    form = forms.MoveForm(sent(request), initial={"on": clock.city_date(clock.now())})

    def save(filled: forms.MoveForm) -> None:
        data = dict(filled.cleaned_data)
        if data["kind"] == "recalled":
            data["amount_yuan"] = -abs(data["amount_yuan"])
        services.move_budget(actor=viewer_of(request), project=number, spec=services.MoveSpec(**data), now=clock.now())

    return write(request, page_of_project(row, _("登记预算"), _("登记"), _("已登记预算。")), form, save)


@staff(BUDGET_EDIT)
@require_http_methods(["GET", "POST"])
def carry(request: HttpRequest, number: str) -> HttpResponse:
    """Carry money over to the next year."""
    row = of_projects.get_project(viewer_of(request), number)
    lines = selectors.lines_of(row)
    if not lines:
        raise Refused("line_not_found", _("该项目还没有预算额度，没有可以结转的金额。"))
    left = _("余额")
    years = [(str(line.year), f"{line.year} · {left} {granted - paid:,.2f}") for line, granted, paid in lines]
    form = forms.CarryForm(sent(request), offers={"year": years}, initial={"year": years[-1][0]})

    def save(filled: forms.CarryForm) -> None:
        data = filled.cleaned_data | {"year": int(filled.cleaned_data["year"])}
        services.carry_over(actor=viewer_of(request), project=number, now=clock.now(), **data)

    return write(request, page_of_project(row, _("结转至下年"), _("结转"), _("已结转。")), form, save)


@staff(PROJECT_VIEW)
@require_safe
def year_money(request: HttpRequest) -> HttpResponse:
    """Execution and forecast of a year, project by project, and what is due month by month."""
    viewer, today = viewer_of(request), clock.city_date(clock.now())
    years = selectors.years(viewer)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else (years[0] if years else today.year)
    rows = selectors.year_of(viewer, year, today)
    months, undated = selectors.cash_calendar(viewer, year)
    context = {
        "year": year,
        "years": years,
        "rows": rows,
        "total": execution.added(row.execution for row in rows),
        "months": months,
        "undated": undated,
        "due": selectors.due_in(viewer, year),
        "chart": _chart(months, year),
        "today": today,
    }
    return show(request, "projects/year.html", context)


def _chart(months: list[execution.Month], year: int) -> Chart:
    return Chart(
        title=_("%(year)s 年应付与已付") % {"year": year},
        labels=[_("%(n)s月") % {"n": m.month} for m in months],
        series=[
            Series(_("应付"), [to_wan(m.due_yuan) for m in months]),
            Series(_("已付"), [to_wan(m.paid_yuan) for m in months]),
        ],
        unit=_("万元"),
        label_head=_("月份"),
    )
