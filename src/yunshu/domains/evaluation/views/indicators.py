"""One indicator: its evidence, its measurements, how it is measured."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, EVIDENCE_KIND, TABLE_VIEW
from yunshu.domains.evaluation.forms import BindForm, EvidenceForm, MoreFilesForm, WithdrawForm
from yunshu.domains.evaluation.views.binding import bound_now, changes_of, made_by_words, metric_choices
from yunshu.domains.evaluation.views.tables import frame
from yunshu.domains.files import api as files
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, YunshuError
from yunshu.lib.kernel.measure import Record, metrics
from yunshu.lib.ui.access import may_open, staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

MOST_RECORDS = 500


@staff(TABLE_VIEW)
@require_safe
def indicator(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """An indicator opened down to its records."""
    return indicator_page(request, number, ordinal)


def indicator_page(
    request: HttpRequest,
    number: str,
    ordinal: int,
    *,
    evidence_form: EvidenceForm | None = None,
    bind_form: BindForm | None = None,
    refusal: YunshuError | None = None,
) -> HttpResponse:
    """Return the page of an indicator, with the forms that came back to it and what was refused."""
    context = frame(request, number, "board")
    table = context["table"]
    lines = selectors.scoreboard(table, clock.city_date(clock.now()))
    line = next((found for found in lines if found.indicator.ordinal == ordinal), None)
    if line is None:
        raise NotFound("indicator_not_found")
    history = list(selectors.measurement_history(table, ordinal))
    evidence = list(selectors.evidence_history(table, ordinal))
    records = line.measurement.records if line.measurement else ()
    attached = files.attachments_of(EVIDENCE_KIND, [row.number for row in evidence])
    context |= {
        "line": line,
        "metric": metrics().get(line.binding.metric) if line.binding else None,
        "records": [(row, _address(request, table, line, row)) for row in records[:MOST_RECORDS]],
        "more_records": max(len(records) - MOST_RECORDS, 0),
        "evidence": [(row, attached.get(row.number, [])) for row in evidence],
        "measurements": [(row, made_by_words(row.made_by)) for row in reversed(history)],
        "chart": _chart(line, history),
        "evidence_form": evidence_form or EvidenceForm(initial={"on": clock.city_date(clock.now())}),
        "bind_form": bind_form or BindForm(initial=bound_now(line), choices=metric_choices(line.indicator.unit)),
        "refusal": refusal,
    } | changes_of(request, table, ordinal)
    failed = refusal or any(form is not None and form.errors for form in (evidence_form, bind_form))
    return show(request, "evaluation/indicator.html", context, status=422 if failed else 200)


def _address(request: HttpRequest, table: Any, line: selectors.Line, row: Record) -> str:
    """Return where a reader of the table opens a record: its page of the table's own, else its page where he may; or nothing."""
    metric = metrics().get(line.binding.metric) if line.binding else None
    if metric and metric.open_record:
        return reverse("evaluation:measured_record", args=[table.number, line.indicator.ordinal, row.number])
    return row.url if row.url and may_open(viewer_of(request), row.url) else ""


def _chart(line: selectors.Line, history: list[Any]) -> Chart | None:
    rows = [r for r in history if r.value is not None]
    if len(rows) < 2:
        return None
    return Chart(
        title=_("测量值变化"),
        labels=[f"{r.at.astimezone(clock.CITY_ZONE):%m-%d %H:%M}" for r in rows],
        series=[Series(line.indicator.name, [r.value for r in rows])],
        kind="line",
        unit=line.indicator.unit,
        target=line.indicator.target,
        label_head=_("时间"),
    )


@staff(EVIDENCE_EDIT)
@require_POST
def record(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Enter evidence; a refusal comes back in the same form."""
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        with attempt(form):
            services.record_evidence(
                actor=viewer_of(request),
                number=number,
                indicator=ordinal,
                spec=services.EvidenceSpec(**form.cleaned_data),
                now=clock.now(),
            )
            return redirect("evaluation:indicator", number, ordinal)
    return indicator_page(request, number, ordinal, evidence_form=form)


@staff(EVIDENCE_EDIT)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, number: str, evidence: str) -> HttpResponse:
    """Correct one evidence row by a further one."""
    context = frame(request, number, "board")
    old = selectors.get_evidence(context["table"], evidence)
    posted = request.method == "POST"
    data, uploads = (request.POST, request.FILES) if posted else (None, None)
    form = EvidenceForm(data, uploads, initial={"on": old.on, "value": old.value, "statement": old.statement})
    back = reverse("evaluation:indicator", args=[number, old.indicator])
    if form.is_valid():
        with attempt(form):
            services.correct_evidence(
                actor=viewer_of(request),
                number=number,
                evidence=evidence,
                spec=services.EvidenceSpec(**form.cleaned_data),
                now=clock.now(),
            )
            return redirect(back)
    context |= {"reason_form": form, "what": _("更正佐证 %(n)s") % {"n": evidence}, "back": back}
    return show(request, "evaluation/take_back.html", context, status=422 if form.errors else 200)


@staff(EVIDENCE_EDIT)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, number: str, evidence: str) -> HttpResponse:
    """Withdraw one evidence row, with a reason."""
    context = frame(request, number, "board")
    old = selectors.get_evidence(context["table"], evidence)
    form = WithdrawForm(request.POST or None)
    back = reverse("evaluation:indicator", args=[number, old.indicator])
    if form.is_valid():
        with attempt(form):
            services.withdraw_evidence(
                actor=viewer_of(request),
                number=number,
                evidence=evidence,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
            return redirect(back)
    context |= {"reason_form": form, "what": _("撤销佐证 %(n)s") % {"n": evidence}, "back": back}
    return show(request, "evaluation/take_back.html", context, status=422 if form.errors else 200)


@staff(EVIDENCE_EDIT)
@require_http_methods(["GET", "POST"])
def add_files(request: HttpRequest, number: str, evidence: str) -> HttpResponse:
    """Attach further files to one evidence row."""
    context = frame(request, number, "board")
    old = selectors.get_evidence(context["table"], evidence)
    form = MoreFilesForm(request.POST, request.FILES) if request.method == "POST" else MoreFilesForm()
    back = reverse("evaluation:indicator", args=[number, old.indicator])
    if form.is_valid():
        with attempt(form, otherwise="attachments"):
            services.add_files(
                actor=viewer_of(request),
                number=number,
                evidence=evidence,
                uploads=form.cleaned_data["attachments"],
                now=clock.now(),
            )
            return redirect(back)
    context |= {"reason_form": form, "what": _("为佐证 %(n)s 补充附件") % {"n": evidence}, "back": back}
    return show(request, "evaluation/take_back.html", context, status=422 if form.errors else 200)
