"""Pages of a loan's account: entries in both currencies, opening, repayment, revaluation, reversal."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects.contracts import LOAN_EDIT, LOAN_VIEW
from yunshu.domains.projects.loan_forms import OpeningForm, RepaymentForm, RevaluationForm, ReversalForm
from yunshu.domains.projects.rules import loans as rules
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loan_entries as services
from yunshu.domains.projects.views.loan_frame import fill, frame
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show


@staff(LOAN_VIEW)
@require_safe
def account(request: HttpRequest, number: str) -> HttpResponse:
    """Every entry, and the identity; ``?format=xlsx``: as a workbook."""
    context = frame(request, number, "account")
    entries = context["sheet"].entries
    if request.GET.get("format") == "xlsx":
        title = _("账目")
        return xlsx_response(_records(entries), f"{context['loan'].name}-{title}", title)
    standing = rules.in_force(entries)
    context |= {
        "rows": [(entry, selectors.amount_of(entry), entry in standing) for entry in entries],
        "last": standing[-1] if standing else None,
        "chart": _chart(entries) if len(entries) > 1 else None,
    }
    return show(request, "projects/loan_account.html", context)


def _chart(entries: Sequence[Any]) -> Chart:
    wan = 10_000
    return Chart(
        title=_("账面余额与累计汇兑损益"),
        labels=[e.on.isoformat() for e in entries],
        series=[
            Series(_("账面余额"), [e.carrying_after / wan for e in entries]),
            Series(_("累计汇兑损益"), list(_running(entries, wan))),
        ],
        kind="line",
        unit=_("万元"),
        label_head=_("日期"),
    )


def _running(entries: Sequence[Any], wan: int) -> Iterator[Any]:
    total = 0
    for entry in entries:
        total += entry.realised_yuan + entry.unrealised_yuan
        yield total / wan


def _records(entries: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield [
        _("序号"),
        _("日期"),
        _("类别"),
        _("账目编号"),
        _("本金（日元）"),
        _("提前还本（日元）"),
        _("利息（日元）"),
        _("手续费（日元）"),
        _("罚息（日元）"),
        _("付出人民币（元）"),
        _("其中本金（元）"),
        _("已实现汇兑损益（元）"),
        _("未实现汇兑损益（元）"),
        _("本金余额（日元）"),
        _("账面余额（元）"),
        _("账面汇率（元/100日元）"),
        _("汇率来源"),
        _("凭证号"),
        _("说明"),
        _("登记人"),
    ]
    for e in entries:
        yen = [e.principal, e.prepaid, e.interest, e.fee, e.penalty]
        money = [e.cost_yuan, e.cost_principal_yuan, e.realised_yuan, e.unrealised_yuan]
        ends = [e.balance_after, e.carrying_after, e.carrying_rate, e.rate_source, e.voucher, e.note, e.made_by]
        yield [e.ordinal, e.on, e.get_kind_display(), e.number, *yen, *money, *ends]


@staff(LOAN_EDIT)
@require_http_methods(["GET", "POST"])
def open_books(request: HttpRequest, number: str) -> HttpResponse:
    """Open the books."""
    context = frame(request, number, "account")
    sheet = context["sheet"]
    initial = {"on": sheet.terms.opening_on or sheet.terms.starts_on} if sheet.terms else {}
    form = OpeningForm(request.POST or None, initial=initial)
    lead = _("账目从这一天的本金余额开始，按当天或之前最近一个牌价折成人民币。")
    context |= {"title": _("建账"), "submit": _("建账"), "lead": lead}

    def act(data: dict[str, Any]) -> None:
        services.open_account(actor=viewer_of(request), number=number, now=clock.now(), **data)

    return fill(request, form, act, context, back=_account(number))


@staff(LOAN_EDIT)
@require_http_methods(["GET", "POST"])
def repay(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a repayment; the amount due stands there already."""
    context = frame(request, number, "account")
    standing = context["sheet"].standing
    following = standing.next_due if standing else None
    due = (standing.payable or following.open_amount) if following else (standing.payable if standing else None)
    initial = {"on": clock.city_date(clock.now()), "amount": due.minor if due else None}
    form = RepaymentForm(request.POST or None, initial=initial)
    lead = _("付款先抵罚息，再按到期先后抵手续费、利息和本金。本金按上次重估的汇率结转，差额为已实现汇兑损益。")
    context |= {"title": _("登记还本付息"), "submit": _("登记"), "lead": lead}

    def act(data: dict[str, Any]) -> None:
        spec = services.RepaymentSpec(**data)
        services.repay_loan(actor=viewer_of(request), number=number, spec=spec, now=clock.now())

    return fill(request, form, act, context, back=_account(number))


@staff(LOAN_EDIT)
@require_http_methods(["GET", "POST"])
def revalue(request: HttpRequest, number: str) -> HttpResponse:
    """Carry the balance at the rate of a day."""
    context = frame(request, number, "account")
    form = RevaluationForm(request.POST or None, initial={"on": clock.city_date(clock.now())})
    lead = _("按重估日或之前最近一个牌价重估本金余额，差额为未实现汇兑损益。")
    context |= {"title": _("汇率重估"), "submit": _("重估"), "lead": lead}

    def act(data: dict[str, Any]) -> None:
        services.revalue_loan(actor=viewer_of(request), number=number, now=clock.now(), **data)

    return fill(request, form, act, context, back=_account(number))


@staff(LOAN_EDIT)
@require_http_methods(["GET", "POST"])
def reverse_one(request: HttpRequest, number: str, entry: str) -> HttpResponse:
    """Undo the last entry in force."""
    context = frame(request, number, "account")
    found = next((e for e in context["sheet"].entries if e.number == entry), None)
    if found is None:
        raise NotFound("entry_not_found")
    form = ReversalForm(request.POST or None)
    words = {"kind": found.get_kind_display(), "on": found.on, "number": found.number}
    context |= {
        "title": _("冲销账目"),
        "submit": _("冲销"),
        "lead": _("%(on)s %(kind)s %(number)s。原记录保留，另记一条相反的账目。") % words,
    }

    def act(data: dict[str, Any]) -> None:
        services.reverse_entry(actor=viewer_of(request), number=number, entry=entry, now=clock.now(), **data)

    return fill(request, form, act, context, back=_account(number))


def _account(number: str) -> str:
    return reverse("projects:loan_account", args=[number])
