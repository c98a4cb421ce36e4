"""Asking for another way of measuring an indicator, deciding about it, and opening a record behind a figure."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, TABLE_APPROVE, TABLE_VIEW
from yunshu.domains.evaluation.forms import BindForm
from yunshu.domains.evaluation.views.binding import metric_choices
from yunshu.domains.evaluation.views.indicators import indicator_page
from yunshu.domains.evaluation.views.tables import frame
from yunshu.domains.ledger import api as ledger
from yunshu.domains.ledger.contracts import LEDGER_VIEW, kind_name
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.measure import metrics
from yunshu.lib.ui.access import may_open, staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(EVIDENCE_EDIT)
@require_POST
def bind(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Ask for another way of measuring; a refusal comes back in the same form."""
    form = BindForm(request.POST, choices=_choices(request, number, ordinal))
    if form.is_valid():
        with attempt(form):
            services.ask_binding(
                actor=viewer_of(request),
                number=number,
                indicator=ordinal,
                spec=services.BindingSpec(**form.cleaned_data),
                now=clock.now(),
            )
            return redirect("evaluation:indicator", number, ordinal)
    return indicator_page(request, number, ordinal, bind_form=form)


@staff(TABLE_APPROVE)
@require_POST
def decide(request: HttpRequest, number: str, ordinal: int, change: str) -> HttpResponse:
    """Approve or refuse another way of measuring; a refusal of the step comes back on the page."""
    with attempt() as deciding:
        services.decide_binding(
            actor=viewer_of(request),
            number=number,
            change=change,
            verb=request.POST.get("verb", ""),
            opinion=request.POST.get("opinion", ""),
            now=clock.now(),
        )
        return redirect("evaluation:indicator", number, ordinal)
    return indicator_page(request, number, ordinal, refusal=deciding.refusal)


@staff(TABLE_VIEW)
@require_safe
def record(request: HttpRequest, number: str, ordinal: int, record: str) -> HttpResponse:
    """One record behind a figure, to be read only: whoever reads the table may see what it is measured by."""
    context = frame(request, number, "board")
    line = _line(context["table"], ordinal)
    metric = metrics().get(line.binding.metric) if line.binding else None
    known = next((r for r in line.measurement.records if r.number == record), None) if line.measurement else None
    sheet = metric.open_record(record) if metric and metric.open_record and known else None
    if known is None or sheet is None:
        raise NotFound("record_not_found", _("这条记录不是该指标的测量依据。"))
    viewer = viewer_of(request)
    receipts = ledger.evidence_of(sheet.proof, record, clock.now())
    context |= {
        "line": line,
        "sheet": sheet,
        "record": known,
        "receipts": [(row, _(kind_name(row.kind))) for row in receipts],
        "origin": known.url if known.url and may_open(viewer, known.url) else "",
        "may_follow": viewer.may(LEDGER_VIEW),
    }
    return show(request, "evaluation/record.html", context)


def _line(table: object, ordinal: int) -> selectors.Line:
    lines = selectors.scoreboard(table, clock.city_date(clock.now()))  # type: ignore[arg-type]
    line = next((found for found in lines if found.indicator.ordinal == ordinal), None)
    if line is None:
        raise NotFound("indicator_not_found")
    return line


def _choices(request: HttpRequest, number: str, ordinal: int) -> list[tuple[str, str]]:
    table = selectors.get_table(viewer_of(request), number)
    return metric_choices(_line(table, ordinal).indicator.unit)
