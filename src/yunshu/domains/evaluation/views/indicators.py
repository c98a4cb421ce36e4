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
from yunshu.domains.evaluation.views.tables import frame
from yunshu.domains.files import api as files
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, YunshuError
from yunshu.lib.kernel.measure import metrics
from yunshu.lib.ui.access import may_open, staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

MOST_RECORDS = 500


@staff(TABLE_VIEW)
@require_safe
def indicator(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """An indicator opened down to its records."""
    return _page(request, number, ordinal)


def _page(
    request: HttpRequest,
    number: str,
    ordinal: int,
    *,
    evidence_form: EvidenceForm | None = None,
    refusal: YunshuError | None = None,
) -> HttpResponse:
    context = frame(request, number, "board")
    table = context["table"]
    lines = selectors.scoreboard(table, clock.city_date(clock.now()))
    line = next((found for found in lines if found.indicator.ordinal == ordinal), None)
    if line is None:
        raise NotFound("indicator_not_found")
    history = list(selectors.measurement_history(table, ordinal))
    bind = BindForm(initial=_bound(line), choices=metric_choices(line.indicator.unit))
    evidence = list(selectors.evidence_history(table, ordinal))
    records = line.measurement.records if line.measurement else ()
    attached = files.attachments_of(EVIDENCE_KIND, [row.number for row in evidence])
    context |= {
        "line": line,
        "metric": metrics().get(line.binding.metric) if line.binding else None,
        "records": [(row, bool(row.url) and may_open(viewer_of(request), row.url)) for row in records[:MOST_RECORDS]],
        "more_records": max(len(records) - MOST_RECORDS, 0),
        "evidence": [(row, attached.get(row.number, [])) for row in evidence],
        "measurements": list(reversed(history)),
        "chart": _chart(line, history),
        "evidence_form": evidence_form or EvidenceForm(initial={"on": clock.city_date(clock.now())}),
        "bind_form": bind,
        "refusal": refusal,
    }
    failed = refusal or (evidence_form and evidence_form.errors)
    return show(request, "evaluation/indicator.html", context, status=422 if failed else 200)


def _bound(line: selectors.Line) -> dict[str, Any]:
    binding = line.binding
    return {"metric": binding.metric, "accumulates": binding.accumulates} if binding else {}


def metric_choices(unit: str) -> list[tuple[str, str]]:
    """Return evidence by hand, and every metric of the indicator's unit."""
    offered = [(m.code, f"{m.name} — {m.description}") for m in metrics().values() if m.unit == unit]
    return [("", _("人工登记佐证")), *offered]


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
    return _page(request, number, ordinal, evidence_form=form)


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


@staff(EVIDENCE_EDIT)
@require_POST
def bind(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Choose how the indicator is measured."""
    with attempt() as binding:
        services.bind_indicator(
            actor=viewer_of(request),
            number=number,
            indicator=ordinal,
            metric=request.POST.get("metric", ""),
            accumulates="accumulates" in request.POST,
            now=clock.now(),
        )
        return redirect("evaluation:indicator", number, ordinal)
    return _page(request, number, ordinal, refusal=binding.refusal)
