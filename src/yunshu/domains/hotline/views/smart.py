"""Pages of the intelligence: help while registering, taking a suggestion over, the versions of models with their cards."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.hotline.choices import Kind
from yunshu.domains.hotline.choices_smart import Suggested
from yunshu.domains.hotline.contracts import PROOF_KIND, SMART_MANAGE, TICKET_REGISTER
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.services import smart_models, smart_suggest, smart_use
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.domains.hotline.services.smart_reading import Demand
from yunshu.domains.hotline.views import smart_beside as beside
from yunshu.domains.hotline.views.smart_cards import FIELD_NAMES, flagged
from yunshu.domains.hotline.views.tickets import register_form, show_ticket
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.triage.training import KIND_NAMES, NAMES
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, tell_done
from yunshu.lib.ui.pages import show

FILLED = ("category", "urgency")


@staff(TICKET_REGISTER)
@require_POST
def assist(request: HttpRequest) -> HttpResponse:
    """Show suggestions beside a form that is being filled in, and fill what was asked to be taken over; nothing is registered."""
    viewer, now, given = viewer_of(request), clock.now(), request.POST.dict()
    demand = Demand(
        title=given.get("title", "")[:100],
        content=given.get("content", "")[:4000],
        at=now,
        division=given.get("division", ""),
        category=selectors.first_levels().get(given.get("category", ""), ""),
        code=given.get("category", ""),
    )
    sealed = given.get("kind") == Kind.REPORT or "is_confidential" in given
    advice = smart_suggest.draft(by=viewer, demand=demand, desk=desk_org(), now=now, is_confidential=sealed)
    by_kind = {each.kind: each for each in advice.made}
    read = by_kind.get(Suggested.FIELDS)
    cards = beside.cards_of([by_kind[kind] for kind in beside.ORDER if kind in by_kind])
    found = [*_fill(read), *_said(read, demand.text)]
    helped = {
        "cards": cards,
        "pieces": flagged(demand.text, cards),
        "is_late": advice.is_late,
        "is_sealed": sealed,
        "fill": found,
    }
    given |= _wanted(request, found)
    context = {"form": register_form(viewer, initial=given), "helped": helped}
    return show(request, "hotline/new.html", context, part="help")


def _wanted(request: HttpRequest, found: list[tuple[str, str, str]]) -> dict[str, str]:
    """Return what is to be filled in: everything that was read, or the one thing that was pressed."""
    if "fill_all" in request.POST:
        return {name: value for _label, name, value in found}
    name, _sign, value = request.POST.get("fill", "").partition("=")
    return {name: value} if name in FILLED else {}


def _fill(made: Any) -> list[tuple[str, str, str]]:
    """Return (name, field, value) of the places that were read."""
    fill = made.output["fill"] if made else {}
    return [(_(FIELD_NAMES[name]), name, value) for name, value in fill.items()]


def _said(made: Any, text: str) -> list[tuple[str, str, str]]:
    """Return name and telephone as the caller said them; they go into the form only, and are kept nowhere else."""
    if made is None:
        return []
    people = [text[each["start"] : each["end"]] for each in made.output["people"]]
    phones = [
        text[n["start"] : n["end"]] for n in made.output["numbers"] if "phone" in n["kind"] or "mobile" in n["kind"]
    ]
    found = (("name", people), ("phone", phones))
    return [(_(FIELD_NAMES[name]), name, values[0]) for name, values in found if values]


@staff()
@require_POST
def adopt(request: HttpRequest, number: str) -> HttpResponse:
    """Take a suggestion over."""
    with attempt() as step:
        pk, _sign, value = request.POST.get("adopt", "")[:300].partition(":")
        smart_use.adopt(
            actor=viewer_of(request),
            number=number,
            prediction_id=int(pk) if pk.isdigit() else 0,
            value=value,
            now=clock.now(),
        )
        messages.success(request, _("已采用。"))
        return redirect("hotline:ticket", number)
    return show_ticket(request, number, step.refusal)


@staff()
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Every version, and how suggestions did."""
    viewer, now = viewer_of(request), clock.now()
    rows = list(selectors.models_for(viewer))
    context = {
        "rows": rows,
        "active": next((row for row in rows if row.is_active), None),
        "scores": selectors.scores(selectors.since(now)) if rows or selectors.sees_models(viewer) else [],
        "may_manage": bool(viewer.reach(SMART_MANAGE)),
    }
    return show(request, "hotline/smart/models.html", context)


@staff()
@require_safe
def model(request: HttpRequest, version: str) -> HttpResponse:
    """One version with its card."""
    return _model(request, version)


def _model(request: HttpRequest, version: str, refusal: Exception | None = None) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.model_of(viewer, version)
    names = {kind: _(name) for kind, name in KIND_NAMES.items()}
    parts = [{**part, "name": names[kind], "figures": _figures(part)} for kind, part in selectors.card_of(row)]
    context = {
        "row": row,
        "parts": parts,
        "encoder": row.card.get("encoder", ""),
        "no_encoder": row.card.get("no_encoder", ""),
        "may_manage": bool(viewer.reach(SMART_MANAGE)),
        "evidence": ledger.evidence_of(PROOF_KIND, version, now),
        "refusal": refusal,
    }
    return show(request, "hotline/smart/model.html", context, status=422 if refusal else 200)


def _figures(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (name, figure) of what was measured on held-out reports."""
    held, names = part["held_out"], {name: _(words) for name, words in NAMES.items()}
    covered = zip(held["coverages"], held["accuracies"], strict=True)
    return [
        (names["macro_f1"], f"{held['macro_f1']:.3f}"),
        (names["baseline_macro_f1"], f"{held['baseline_macro_f1']:.3f}"),
        (names["top3"], f"{held['top3']:.1%}"),
        (names["calibration_error"], f"{held['calibration_error']:.3f}"),
        *((_("最有把握的 %(c)s 中的准确率") % {"c": f"{c:.0%}"}, f"{a:.1%}") for c, a in covered),
        (names["decided"], f"{held['decided']:.1%}"),
        (names["precision"], "—" if held["precision"] is None else f"{held['precision']:.1%}"),
    ]


@staff(SMART_MANAGE)
@require_POST
def turn(request: HttpRequest, version: str) -> HttpResponse:
    """Put a version in use, or out of use."""
    with attempt() as step:
        service = smart_models.activate if request.POST.get("verb") == "activate" else smart_models.deactivate
        reason = request.POST.get("reason", "")
        service(actor=viewer_of(request), version=version, reason=reason, now=clock.now())
        tell_done(request, label("启用") if request.POST.get("verb") == "activate" else label("停用"))
        return redirect("hotline:model", version)
    return _model(request, version, step.refusal)
