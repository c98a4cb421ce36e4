"""The agents' desk at the telephones: the call bar, what is known of who calls, the ticket, and the stream that rings."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.hotline.contracts import PHONE_ANSWER, PHONE_SUPERVISE
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone.stream import events
from yunshu.domains.hotline.phone_choices import Seat
from yunshu.domains.hotline.phone_forms import CallTicketForm, KnownTicketForm, WithoutForm
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.domains.hotline.selectors import pages, phone
from yunshu.domains.hotline.services import phone_desk, registering
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, YunshuError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

DEMO_CALLER = "13800000000"
SEATS = dict(Seat.choices)


def choosing(viewer: Any) -> dict[str, Any]:
    """Return what the ticket's form chooses from."""
    return {
        "category": pages.categories(),
        "division": pages.divisions(),
        "accused": [("", "—"), *pages.orgs()],
        "reason": [("", _("请选择")), *phone.call_reasons()],
    }


def _bar(request: HttpRequest, refusal: Exception | None = None) -> dict[str, Any]:
    """Return what the call bar shows."""
    viewer = viewer_of(request)
    standing = phone_desk.standing(viewer)
    words, state = standing.words, standing.words["state"]
    call = selectors.of_ref(viewer, words["call"]) if words["call"] else None
    owed = list(phone.owed(viewer.person_id))
    others = phone_desk.board().words["agents"] if state == Seat.TALKING else []
    idle = {one["agent"] for one in others if one["state"] == Seat.IDLE}
    able = phone.agents(registering.desk_org().path, clock.now()) if idle else []
    return {
        "refusal": refusal,
        "problem": standing.problem,
        "phone": words,
        "state": state,
        "state_name": SEATS[state],
        "call": call,
        "caller": call.caller if call else "",  # it rings or speaks at this very desk
        "owed": owed,
        "in_hand": selectors.in_hand(call, owed),
        "telephones": phone.telephones(viewer.person_id) if state == Seat.OUT else [],
        "seat": phone.seat_of(viewer.person_id),
        "breaks": phone.break_reasons(),
        "targets": phone.targets() if state == Seat.TALKING else [],
        "queues": phone.queue_choices() if state == Seat.TALKING else [],
        "idle": [one.person for one in able if str(one.person.id) in idle],
        "is_demo": bool(words.get("by_click")),
        "demo_caller": DEMO_CALLER,
    }


def _panel(request: HttpRequest, **forms: Any) -> dict[str, Any]:
    """Return the call in hand, or the first that is not settled, with what is known of who calls."""
    viewer = viewer_of(request)
    words = phone_desk.standing(viewer).words
    live = selectors.of_ref(viewer, words["call"]) if words["call"] else None
    call = selectors.in_hand(live, phone.owed(viewer.person_id)[:1])
    if call is None:
        return {"case": None, "recent": selectors.recent_of(viewer)}
    lists = choosing(viewer)
    reasons = {"reason": lists["reason"]}
    return {
        "case": call,
        "number": call.caller,
        "history": selectors.history(viewer, call),
        "ticket_form": CallTicketForm(choosing=lists, initial={"phone": call.caller}),
        "known_form": KnownTicketForm(prefix="known"),
        "without_form": WithoutForm(prefix="without", choosing=reasons),
        "state_names": selectors.state_names(),
    } | forms


@staff(PHONE_ANSWER)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of an agent."""
    return show_desk(request)


def show_desk(request: HttpRequest, refusal: YunshuError | None = None, **forms: Any) -> HttpResponse:
    """Show the desk, with what was refused above it."""
    context: dict[str, Any] = {"is_on": wire.is_on(), "now": clock.now()}
    if context["is_on"]:
        context |= _bar(request, refusal) | _panel(request, **forms)
        context["may_lead"] = bool(viewer_of(request).reach(PHONE_SUPERVISE))
    return show(request, "hotline/phone/desk.html", context, status=422 if refusal or forms else 200)


@staff(PHONE_ANSWER)
@require_safe
def bar(request: HttpRequest) -> HttpResponse:
    """The call bar alone, for the page's script."""
    return show(request, "hotline/phone/_bar.html", _bar(request) | {"now": clock.now()})


@staff(PHONE_ANSWER)
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    """Who calls, and the ticket, for the page's script."""
    return show(request, "hotline/phone/_case.html", _panel(request) | {"now": clock.now()})


@staff(PHONE_ANSWER)
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do a verb of the call bar."""
    refusal: YunshuError | None = None
    try:
        _do(viewer_of(request), request.POST.get("verb", ""), request.POST)
    except YunshuError as error:
        if not error.message:
            raise
        refusal = error
    if request.headers.get("X-Part") == "bar":
        context = _bar(request, refusal) | {"now": clock.now()}
        return show(request, "hotline/phone/_bar.html", context, status=422 if refusal else 200)
    return show_desk(request, refusal) if refusal else redirect("hotline:phone_desk")


def _do(viewer: Any, verb: str, said: Any) -> None:
    match verb:
        case "sign_in":
            phone_desk.sign_in(actor=viewer, telephone=said.get("telephone", ""))
        case "sign_out":
            phone_desk.sign_out(actor=viewer)
        case "take_break":
            phone_desk.take_break(actor=viewer, reason=said.get("reason", ""))
        case "transfer" | "conference":
            to = said.get("to") or (f"number:{said['number']}" if said.get("number") else "")
            phone_desk.hand_over(actor=viewer, verb=verb, to=to)
        case "dial":
            phone_desk.dial(actor=viewer, number=said.get("number", ""))
        case "demo_call":
            phone_desk.demo_call(actor=viewer, caller=said.get("caller") or DEMO_CALLER, called="12345")
        case _:
            if verb.startswith("target:"):
                phone_desk.hand_over(actor=viewer, verb="conference", to=verb)
            else:
                phone_desk.act(actor=viewer, verb=verb)


@staff(PHONE_ANSWER)
@require_safe
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """What happens to the viewer's calls, as server-sent events."""
    return _streaming([wire.agent_subject(viewer_of(request).person_id)])


@staff(PHONE_SUPERVISE)
@require_safe
def floor_stream(request: HttpRequest) -> StreamingHttpResponse:
    """That something has changed on the floor, as server-sent events."""
    return _streaming([wire.FLOOR])


def _streaming(subjects: list[str]) -> StreamingHttpResponse:
    if not wire.is_on():
        raise NotFound("phone_off", _("尚未接入电话。"))
    answer = StreamingHttpResponse(events(subjects), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"  # nginx must not collect what is to be heard now
    return answer


# a call ends on a ticket


@staff(PHONE_ANSWER)
@require_POST
def settle(request: HttpRequest, number: str, how: str) -> HttpResponse:
    """End a call: on a new ticket, on one that is there, or on a reason."""
    viewer, now = viewer_of(request), clock.now()
    form = _form(request, how)
    if form.is_valid():
        with attempt(form):
            _settle(request, viewer, number, how, form.cleaned_data, now)
            return redirect("hotline:phone_desk")
    return show_desk(request, **{f"{how}_form": form})


def _form(request: HttpRequest, how: str) -> Any:
    lists = choosing(viewer_of(request))
    if how == "ticket":
        return CallTicketForm(request.POST, request.FILES, choosing=lists)
    if how == "known":
        return KnownTicketForm(request.POST, prefix="known")
    return WithoutForm(request.POST, prefix="without", choosing={"reason": lists["reason"]})


def _settle(request: HttpRequest, viewer: Any, number: str, how: str, data: dict[str, Any], now: Any) -> None:
    if how == "ticket":
        uploads, answer = data.pop("attachments"), data.pop("answer")
        spec = registering.TicketSpec(**data)
        made = phone_desk.settle_with_ticket(
            actor=viewer, number=number, spec=spec, answer=answer, now=now, uploads=uploads
        )
        said = _("已受理，编号 %(n)s，查询码 %(code)s：请告诉诉求人，查询码只显示这一次。")
        messages.success(request, said % {"n": made.ticket.number, "code": made.code})
    elif how == "known":
        phone_desk.settle_with_known(actor=viewer, number=number, now=now, **data)
        messages.success(request, _("通话已关联到工单。"))
    else:
        phone_desk.settle_without(actor=viewer, number=number, now=now, **data)
        messages.success(request, _("已办结，不建工单。"))
