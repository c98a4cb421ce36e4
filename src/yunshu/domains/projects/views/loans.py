"""Pages of loans: the list, a loan's schedule, its terms, the statement for paper."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects.contracts import LOAN_APPROVE, LOAN_VIEW
from yunshu.domains.projects.loan_choices import RateKind
from yunshu.domains.projects.loan_forms import LoanForm, TermsForm
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loans as services
from yunshu.domains.projects.views.loan_frame import fill, frame, rows_of
from yunshu.lib.kernel import clock
from yunshu.lib.loans import CNY, Quote
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show

LOANS = Listing(
    name="loans",
    title=_l("外币贷款"),
    rows=selectors.loans_with_balance,
    default_sort="name",
    columns=(
        Column("name", _l("贷款名称"), link=True, sort="name"),
        Column("org", _l("还款单位")),
        Column("basis", _l("依据文件")),
        Column("balance", _l("本金余额（日元）"), kind="number"),
        Column("carrying", _l("账面余额（万元）"), kind="wan"),
        Column("guarantor", _l("担保单位"), hidden=True),
        Column("closed_on", _l("结清日期"), kind="day", sort="closed_on"),
    ),
    filters=(
        Search("number", "name", "org__name", "basis", "purpose"),
        Choice("closed", _l("已结清"), [("1", _l("是")), ("0", _l("否"))], where=selectors.where_closed),
    ),
    row_url=lambda r: reverse("projects:loan", args=[r.number]),
    empty_title=_l("没有外币贷款"),
    empty_text=_l("登记贷款和条款后，这里显示还款计划、账目和汇兑损益。"),
)


@staff(LOAN_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The loans in one's reach."""
    context = {"may_approve": bool(viewer_of(request).reach(LOAN_APPROVE))}
    return list_page(request, LOANS, template="projects/loans.html", context=context)


@staff(LOAN_APPROVE)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter a loan."""
    return _save(request, "", {}, {"title": _("登记外币贷款"), "submit": _("登记")}, reverse("projects:loans"))


@staff(LOAN_APPROVE)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Correct what is known of a loan."""
    loan = selectors.get_loan(viewer_of(request), number)
    initial = {name: getattr(loan, name) for name in LoanForm.base_fields} | {"org": loan.org.code}
    context = {"loan": loan, "title": _("修改贷款资料"), "submit": _("保存")}
    return _save(request, number, initial, context, reverse("projects:loan", args=[number]))


def _save(
    request: HttpRequest, number: str, initial: dict[str, Any], context: dict[str, Any], back: str
) -> HttpResponse:
    viewer = viewer_of(request)
    orgs = [(o.code, o.name) for o in selectors.borrowers(viewer, LOAN_APPROVE)]
    form = LoanForm(request.POST or None, initial=initial, orgs=orgs)

    def act(data: dict[str, Any]) -> None:
        services.save_loan(actor=viewer, number=number, spec=services.LoanSpec(**data), now=clock.now())

    return fill(request, form, act, context, back=back)


@staff(LOAN_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """What is known, what is due when, what is owed; ``?format=xlsx``: the schedule as a workbook."""
    context = frame(request, number, "plan")
    sheet = context["sheet"]
    items = sheet.standing.items if sheet.standing else ()
    context["rows"] = rows_of(items)
    if request.GET.get("format") == "xlsx":
        title = _("还款计划")
        return xlsx_response(_schedule_records(context["rows"]), f"{context['loan'].name}-{title}", title)
    context |= _expected(sheet)
    return show(request, "projects/loan.html", context)


def _expected(sheet: Any) -> dict[str, Any]:
    """Return what the next payment would cost at the last published rate; nothing where that is not known."""
    following = sheet.standing.next_due if sheet.standing else None
    rate = selectors.rate_on(RateKind.PARITY, clock.city_date(clock.now()))
    cost = Quote(rate.rate).value_of(following.open_amount, CNY).amount if following and rate else None
    total = sheet.sums.realised + sheet.sums.unrealised
    return {"next_due": following, "next_cost": cost, "next_rate": rate, "total_difference": total}


def _schedule_records(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[Any]]:
    yield [
        _("期数"),
        _("计息起日"),
        _("到期日"),
        _("天数"),
        _("本金（日元）"),
        _("利息（日元）"),
        _("手续费（日元）"),
        _("应还合计（日元）"),
        _("已还（日元）"),
        _("还清日期"),
        _("状态"),
    ]
    for row in rows:
        item = row["item"]
        figures = [m.minor for m in (item.principal, item.interest, item.fee, item.amount, item.paid)]
        days = (item.due_on - item.from_on).days
        yield [item.instalment, item.from_on, item.due_on, days, *figures, item.settled_on, str(row["state"])]


@staff(LOAN_VIEW)
@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The statement for paper: terms, schedule, account, identity."""
    context = frame(request, number, "plan")
    sheet = context["sheet"]
    context["rows"] = rows_of(sheet.standing.items if sheet.standing else ())
    return show(request, "projects/loan_print.html", context)


@staff(LOAN_VIEW)
@require_safe
def terms(request: HttpRequest, number: str) -> HttpResponse:
    """Every version of the terms."""
    context = frame(request, number, "terms")
    context["versions"] = context["loan"].terms.order_by("-ordinal")
    return show(request, "projects/loan_terms.html", context)


@staff(LOAN_APPROVE)
@require_http_methods(["GET", "POST"])
def new_terms(request: HttpRequest, number: str) -> HttpResponse:
    """Add a version of the terms, beginning with the one in force."""
    context = frame(request, number, "terms")
    last = context["sheet"].terms
    initial = {name: getattr(last, name) for name in TermsForm.base_fields} if last else {}
    form = TermsForm(request.POST or None, initial=initial)
    context |= {
        "title": _("登记贷款条款"),
        "submit": _("登记"),
        "lead": _("先看协议，再填条款：表单里的默认值是通常做法，未经与协议原件核对。"),
    }

    def act(data: dict[str, Any]) -> None:
        spec = services.TermsSpec(**data)
        services.set_terms(actor=viewer_of(request), number=number, spec=spec, now=clock.now())

    return fill(request, form, act, context, back=reverse("projects:loan_terms", args=[number]))
