"""Pages of exchange rates: the list, entry by the line, correction."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects.contracts import LOAN_EDIT, LOAN_VIEW
from yunshu.domains.projects.loan_choices import RateKind
from yunshu.domains.projects.loan_forms import RateForm, RatesForm
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loan_rates as services
from yunshu.domains.projects.views.loan_frame import fill
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page

RATES = Listing(
    name="rates",
    title=_l("日元牌价"),
    rows=selectors.visible_rates,
    default_sort="-on",
    columns=(
        Column("on", _l("日期"), kind="day", sort="on", link=True),
        Column("kind", _l("汇率种类"), kind="choice"),
        Column("rate", _l("汇率（元/100日元）"), kind="number", sort="rate"),
        Column("source", _l("来源")),
        Column("made_by", _l("登记人")),
        Column("made_at", _l("登记时间"), kind="instant", hidden=True),
    ),
    filters=(Search("source"), Choice("kind", _l("汇率种类"), list(RateKind.choices)), DateRange("on", _l("日期"))),
    row_url=lambda r: reverse("projects:correct_rate", args=[r.number]),
    empty_title=_l("没有登记牌价"),
    empty_text=_l("建账、重估和准备金测算都用这里的牌价；每一条都写明来源。"),
)


@staff(LOAN_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every rate that stands."""
    context = {"may_edit": bool(viewer_of(request).reach(LOAN_EDIT))}
    return list_page(request, RATES, template="projects/rates.html", context=context)


@staff(LOAN_EDIT)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Enter rates, one a line."""
    form = RatesForm(request.POST or None)
    context: dict[str, Any] = {"title": _("登记牌价"), "submit": _("登记"), "rates": True}

    def act(data: dict[str, Any]) -> None:
        lines = services.read_lines(data["lines"])
        services.add_rates(
            actor=viewer_of(request), kind=data["kind"], source=data["source"], lines=lines, now=clock.now()
        )

    return fill(request, form, act, context, back=reverse("projects:rates"))


@staff(LOAN_VIEW)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """Replace a wrong rate; entries made with it stay as they are."""
    viewer = viewer_of(request)
    rate = selectors.get_rate(viewer, number)
    form = RateForm(request.POST or None, initial={"rate": rate.rate, "source": rate.source})
    context: dict[str, Any] = {
        "title": _("更正牌价：%(on)s %(kind)s") % {"on": rate.on, "kind": rate.get_kind_display()},
        "submit": _("更正"),
        "lead": _("原记录保留。已按原牌价登记的账目不会改变；需要改的，请冲销后重新登记。"),
        "rates": True,
    }

    def act(data: dict[str, Any]) -> None:
        services.correct_rate(actor=viewer, number=number, now=clock.now(), **data)

    return fill(request, form, act, context, back=reverse("projects:rates"))
