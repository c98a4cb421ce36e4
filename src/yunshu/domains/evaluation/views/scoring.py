"""Self-evaluation: the scored lines, what people decide about them, weights set by hand."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yunshu.domains.evaluation import scored, services
from yunshu.domains.evaluation.contracts import SCORE_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.forms import ApplicabilityForm, JudgementForm, TargetForm, WeightsForm
from yunshu.domains.evaluation.rules.scoring_sets import scoring_set
from yunshu.domains.evaluation.views.tables import frame
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(TABLE_VIEW)
@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, number: str) -> HttpResponse:
    """Self-evaluation: computed points, each lost point explained, reasons and summary by people."""
    context = frame(request, number, "score")
    table, saving = context["table"], attempt()
    if request.method == "POST":
        with saving:
            services.save_self_evaluation(
                actor=viewer_of(request),
                number=number,
                rule_set=request.POST.get("rule_set", ""),
                reasons={k.removeprefix("reason:"): str(v) for k, v in request.POST.items() if k.startswith("reason:")},
                summary=request.POST.get("summary", ""),
                now=clock.now(),
            )
            return redirect("evaluation:score", number)
    given = scored.self_evaluation(table)
    replay = scored.scorecards(table, clock.city_date(clock.now()))
    context |= {
        "card": replay.cards[0],
        "others": replay.cards[1:],
        "given": given,
        "submitted": scored.submitted_score(table),
        "aside": [r for (_line, kind), r in scored.decisions(table, table.rule_set).items() if _is_aside(kind, r)],
        "rule_sets": scored.rule_sets(),
        "may_score": viewer_of(request).may(SCORE_EDIT, table.org.path) and table.stage in services.SCORING,
        "refusal": saving.refusal,
    }
    return show(request, "evaluation/score.html", context, status=422 if saving.refusal else 200)


@staff(SCORE_EDIT)
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, number: str, line: str) -> HttpResponse:
    """Judge one line, set it aside, or say whether its target was too low."""
    context = frame(request, number, "score")
    table = context["table"]
    rule_set = scoring_set(table.rule_set)
    bands = [(band.code, _("%(name)s（%(low)s%%—%(high)s%%）") % _limits(band)) for band in rule_set.bands]
    forms = {
        "judgement": JudgementForm(request.POST if _is(request, "judgement") else None, choices=bands),
        "inapplicable": ApplicabilityForm(request.POST if _is(request, "inapplicable") else None),
        "target": TargetForm(request.POST if _is(request, "target") else None),
    }
    sent = forms.get(request.POST.get("kind", ""))
    if request.method == "POST" and sent is None:
        raise NotFound("kind_unknown")
    if sent is not None and sent.is_valid():
        with attempt(sent):
            services.decide_line(
                actor=viewer_of(request), number=number, line=line, spec=_spec(sent.cleaned_data), now=clock.now()
            )
            return redirect("evaluation:score", number)
    found = next((one for one in _card(table).lines if one.key == line), None)
    if found is None and line not in services.known_lines(table, clock.now()):
        raise NotFound("line_not_found")
    context |= {
        "line": found,
        "key": line,
        "forms": forms,
        "history": scored.decision_history(table, line),
        "band_names": {band.code: band.name for band in rule_set.bands},
        "may_score": viewer_of(request).may(SCORE_EDIT, table.org.path) and table.stage in services.SCORING,
    }
    return show(request, "evaluation/decide.html", context, status=422 if sent is not None else 200)


@staff(SCORE_EDIT)
@require_http_methods(["GET", "POST"])
def weights(request: HttpRequest, number: str) -> HttpResponse:
    """Set the points of every line by hand."""
    context = frame(request, number, "score")
    table = context["table"]
    lines = _card(table).lines
    form = WeightsForm(request.POST or None)
    typed = {line.key: request.POST.get(f"weight:{line.key}", str(line.weight)) for line in lines}
    if form.is_valid():
        with attempt(form):
            services.set_weights(
                actor=viewer_of(request),
                number=number,
                weights={key: _points(text) for key, text in typed.items()},
                basis=form.cleaned_data["basis"],
                now=clock.now(),
            )
            return redirect("evaluation:score", number)
    context |= {
        "rows": [(line, typed[line.key]) for line in lines],
        "weights_form": form,
        "back": reverse("evaluation:score", args=[number]),
        "may_score": viewer_of(request).may(SCORE_EDIT, table.org.path) and table.stage in services.SCORING,
    }
    return show(request, "evaluation/weights.html", context, status=422 if form.errors else 200)


def _card(table: Any) -> Any:
    return scored.scorecards(table, clock.city_date(clock.now())).cards[0]


def _is(request: HttpRequest, kind: str) -> bool:
    return request.method == "POST" and request.POST.get("kind") == kind


def _limits(band: Any) -> dict[str, str]:
    return {"name": band.name, "low": f"{band.low * 100:.0f}", "high": f"{band.high * 100:.0f}"}


def _spec(data: dict[str, Any]) -> services.DecisionSpec:
    share = data.get("share")
    return services.DecisionSpec(
        kind=data["kind"],
        choice=data["choice"],
        points=None if share is None else share / 100,
        basis=data["basis"],
    )


def _points(text: str) -> Decimal:
    try:
        return Decimal(text.strip() or "0")
    except InvalidOperation as error:
        raise Refused("weights_invalid", _("“%(text)s”不是分值。") % {"text": text[:20]}) from error


def _is_aside(kind: str, row: Any) -> bool:
    return kind == "inapplicable" and row.choice == "yes"
