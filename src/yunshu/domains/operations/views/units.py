"""Pages of a unit of a campaign: its terminals and their steps; signing; one terminal; what was signed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.campaign_forms import (
    AnnounceForm,
    ArriveForm,
    CheckForm,
    GiveBackForm,
    OldForm,
    PlanForm,
    SignForm,
    StepForm,
)
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, PROOF_KIND, TERMINAL_SIGN
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import handing_over
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import campaigns, exceptions, signing, terminals
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

TERMINALS = Listing(
    name="terminals",
    title=_l("替代终端"),
    rows=selectors.visible_terminals,
    default_sort="number",
    columns=(
        Column("number", _l("终端编号"), link=True, sort="number"),
        Column("unit__campaign", _l("替代任务")),
        Column("unit__org", _l("单位")),
        Column("place", _l("岗位或地点")),
        Column("state", _l("状态"), kind="choice"),
        Column("new", _l("新机")),
        Column("new__serial", _l("序列号")),
        Column("old", _l("旧机")),
        Column("since", _l("计入基数日期"), kind="day", sort="since"),
        Column("until", _l("移出基数日期"), kind="day", sort="until", hidden=True),
    ),
    filters=(
        Search("number", "place", "unit__org__name", "new__number", "new__serial", "old__number"),
        Choice("state", _l("状态"), choices_of(rules.STATES)),
        DateRange("since", _l("计入基数日期")),
    ),
    row_url=lambda r: reverse("operations:terminal", args=[r.number]),
    empty_title=_l("没有替代终端"),
    empty_text=_l("在替代任务的单位页面列出终端。"),
)

UNIT_FORMS = {"announce": AnnounceForm, "plan": PlanForm, "arrive": ArriveForm, "step": StepForm, "check": CheckForm}


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every terminal in sight."""
    return list_page(request, TERMINALS)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: HttpRequest, number: str) -> HttpResponse:
    """One unit: its terminals, their steps, what works there; ``deed`` says which of the forms was sent."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_unit(viewer, number)
    initial: dict[str, dict[str, Any]] = {
        "announce": {"announced": row.announced, "contact": row.contact},
        "arrive": {"on": clock.city_date(now)},
        "step": {"on": clock.city_date(now)},
    }
    deed = request.POST.get("deed", "")
    possible = selectors.possible_steps(row, clock.city_date(now))
    more: dict[str, dict[str, Any]] = {"step": {"possible": possible}}
    forms = {
        name: kind(
            request.POST if name == deed else None,
            initial=initial.get(name),
            auto_id=f"{name}_%s",
            **more.get(name, {}),
        )
        for name, kind in UNIT_FORMS.items()
    }
    if deed in forms:
        form = forms[deed]
        if form.is_valid():
            with attempt(form):
                _do(deed, request, number, form.cleaned_data)
                return redirect("operations:unit", number)
    leads = viewer.may(CAMPAIGN_EDIT, row.campaign.org.path)
    signs = viewer.may(TERMINAL_SIGN, row.org.path)
    context = {
        "row": row,
        "terminals": selectors.terminals_of(row),
        "checks": selectors.compatibility_of(row),
        "exceptions": selectors.visible_exceptions(viewer).filter(unit=row),
        "handovers": selectors.handovers_of(row),
        "forms": forms,
        "possible": possible,
        "leads": leads,
        "signs": signs,
        "takes_part": leads or signs,
        "waiting": selectors.waiting_of(row).count(),
    }
    is_bad = deed in forms and bool(forms[deed].errors)
    return show(request, "operations/unit.html", context, status=422 if is_bad else 200)


def _do(deed: str, request: HttpRequest, number: str, words: dict[str, Any]) -> None:
    viewer, now = viewer_of(request), clock.now()
    if deed == "announce":
        campaigns.announce(actor=viewer, unit=number, now=now, **words)
    elif deed == "plan":
        campaigns.plan_terminals(actor=viewer, unit=number, now=now, **words)
    elif deed == "arrive":
        assets = words["assets"].splitlines()
        terminals.arrive(actor=viewer, unit=number, assets=assets, on=words["on"], now=now)
    elif deed == "check":
        exceptions.note_compatibility(actor=viewer, unit=number, spec=exceptions.CheckSpec(**words), now=now)
    else:
        chosen = request.POST.getlist("terminal")
        terminals.take_steps(actor=viewer, numbers=chosen, spec=terminals.StepSpec(**words), now=now)


@staff(TERMINAL_SIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """A person of the unit signs for what was delivered, or gives it back."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_unit(viewer, number)
    waiting = selectors.waiting_of(row)
    chosen, key = request.POST.getlist("terminal"), selectors.key_of(viewer.person_id)
    has_key, today = key is not None, clock.city_date(now)
    gives_back = request.POST.get("deed") == "refuse"
    sign_form = SignForm(
        request.POST if request.method == "POST" and not gives_back else None,
        initial={"received_on": today},
        has_key=has_key,
    )
    back_form = GiveBackForm(request.POST if gives_back else None, initial={"on": today})
    if request.POST.get("deed") == "text":
        sign_form = SignForm(initial={"received_on": request.POST.get("received_on") or today}, has_key=has_key)
    elif request.method == "POST" and (
        answer := _signed(request, number, chosen, back_form if gives_back else sign_form)
    ):
        return answer
    context = {
        "row": row,
        "waiting": waiting,
        "chosen": chosen,
        "sign_form": sign_form,
        "back_form": back_form,
        "key": key,
        "text_to_sign": _text(request, number, chosen, today) if key and chosen else "",
    }
    is_bad = bool(sign_form.errors or back_form.errors)
    return show(request, "operations/sign.html", context, status=422 if is_bad else 200)


def _signed(request: HttpRequest, number: str, chosen: list[str], form: Any) -> HttpResponse | None:
    viewer, now = viewer_of(request), clock.now()
    if not form.is_valid():
        return None
    words = form.cleaned_data
    with attempt(form):
        if isinstance(form, GiveBackForm):
            spec = terminals.StepSpec(verb="refuse", **words)
            count = terminals.take_steps(actor=viewer, numbers=chosen, spec=spec, now=now)
            messages.success(request, _("已退回 %(n)s 台。") % {"n": count})
            return redirect("operations:unit", number)
        made = signing.sign(actor=viewer, unit=number, numbers=chosen, now=now, **words)
        return redirect("operations:handover", made.number)
    return None


def _text(request: HttpRequest, number: str, chosen: list[str], today: Any) -> str:
    form = SignForm(request.POST or None, has_key=True)
    received_on = form.cleaned_data["received_on"] if form.is_bound and form.is_valid() else today
    try:
        return signing.statement_text(actor=viewer_of(request), unit=number, numbers=chosen, received_on=received_on)
    except YunshuError:
        return ""


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def terminal(request: HttpRequest, number: str) -> HttpResponse:
    """One terminal and its steps; POST says which old machine it replaces."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_terminal(viewer, number)
    form = None
    fixed = (rules.RECOVERED, rules.ERASED, rules.DISPOSED)
    if viewer.may(CAMPAIGN_EDIT, row.unit.campaign.org.path) and row.state not in fixed:
        form = OldForm(request.POST or None, initial={"asset": row.old.number if row.old else ""})
    if form is not None and form.is_valid():
        asset = form.cleaned_data["asset"]
        with attempt(form):
            terminals.link_old(actor=viewer, number=number, asset=asset, now=now)
            return redirect("operations:terminal", number)
    context = {
        "row": row,
        "form": form,
        "steps": selectors.steps_of(row),
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
    }
    return show(request, "operations/terminal.html", context, status=422 if form and form.errors else 200)


@staff()
@require_safe
def handover(request: HttpRequest, number: str) -> HttpResponse:
    """What was signed, checked anew: the digest of the text, the signature under it."""
    row = selectors.get_handover(viewer_of(request), number)
    is_whole = handing_over.digest_of(row.statement) == row.digest
    is_signed = row.key is not None and handing_over.is_signed(row.key.public_key, row.signature, row.statement)
    context = {
        "row": row,
        "is_whole": is_whole,
        "is_signed": is_signed,
        "steps": row.steps.select_related("terminal__new__model").order_by("terminal__number"),
        "waiting": selectors.waiting_of(row.unit).count(),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
    }
    return show(request, "operations/handover.html", context)
