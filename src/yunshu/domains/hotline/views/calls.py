"""Pages of calls: the list, one call with its timeline, its recording; whom to call back; the shift leader's board; skills."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.contracts import PHONE_ANSWER, PHONE_RIGHTS, RECORDING_LISTEN
from yunshu.domains.hotline.phone_choices import Direction, Outcome, Recall
from yunshu.domains.hotline.phone_forms import ListenForm, RecallForm
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.domains.hotline.selectors.call_lists import (
    CallSearch,
    agent_choices,
    has_ticket,
    missed_state,
    queue_choices,
)
from yunshu.domains.hotline.services import phone_missed, phone_recordings
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, list_page
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.ranges import ranged

CALLS = Listing(
    name="hotline-calls",
    title=_l("通话记录"),
    rows=selectors.visible_calls,
    default_sort="-offered_at",
    columns=(
        Column("number", _l("通话编号"), link=True),
        Column("direction", _l("方向"), kind="choice"),
        Column("caller", _l("对方号码"), value=selectors.masked),
        Column("queue", _l("话务队列")),
        Column("agent", _l("座席"), value=lambda r: r.agent.name if r.agent else ""),
        Column("outcome", _l("结果"), kind="choice"),
        Column("offered_at", _l("来电时间"), kind="instant", sort="offered_at"),
        Column("wait", _l("等待（秒）"), kind="number", value=selectors.wait_seconds),
        Column("talk", _l("通话（秒）"), kind="number", value=selectors.talk_seconds),
        Column("ticket", _l("工单"), value=lambda r: r.ticket.number if r.ticket else ""),
        Column("reason", _l("不建工单事由"), hidden=True),
        Column("answered_at", _l("接通时间"), kind="instant", sort="answered_at", hidden=True),
        Column("ended_at", _l("结束时间"), kind="instant", sort="ended_at", hidden=True),
        Column("called", _l("被叫号码"), hidden=True),
    ),
    filters=(
        CallSearch(),
        Choice("outcome", _l("结果"), Outcome.choices),
        Choice("direction", _l("方向"), Direction.choices),
        Choice("queue", _l("话务队列"), queue_choices, path="queue__code"),
        Choice("agent", _l("座席"), agent_choices, path="agent_id"),
        Choice(
            "has_ticket", _l("工单"), [("1", _l("有工单")), ("0", _l("无工单")), ("2", _l("待办结"))], where=has_ticket
        ),
        DateRange("offered_at", _l("来电时间")),
    ),
    row_url=lambda r: reverse("hotline:call", args=[r.number]),
    empty_title=_l("没有通话"),
    empty_text=_l("接入电话后，每一通来电和外呼都记在这里。"),
)
MISSED = Listing(
    name="hotline-missed",
    title=_l("来电回拨"),
    rows=selectors.visible_missed,
    default_sort="due_at",
    columns=(
        Column("caller", _l("来电号码"), value=selectors.masked, link=True),
        Column("cause", _l("原因"), kind="choice"),
        Column("times", _l("未接次数"), kind="number", sort="times"),
        Column("queue", _l("话务队列")),
        Column("since", _l("首次未接时间"), kind="instant", sort="since"),
        Column("due_at", _l("回拨期限"), template="hotline/phone/_due_cell.html", sort="due_at"),
        Column("claimed_by", _l("认领人"), value=lambda r: r.claimed_by.name if r.claimed_by else ""),
        Column("tries", _l("回拨次数"), kind="number", sort="tries"),
        Column("outcome", _l("回拨结果"), kind="choice"),
        Column("closed_at", _l("了结时间"), kind="instant", sort="closed_at", hidden=True),
    ),
    filters=(
        Choice("state", _l("状态"), missed_state.CHOICES, where=missed_state.where),
        Choice("outcome", _l("回拨结果"), Recall.choices),
        DateRange("since", _l("首次未接时间")),
    ),
    row_url=lambda r: reverse("hotline:missed_call", args=[r.pk]),
    empty_title=_l("没有需要回拨的来电"),
    empty_text=_l("未接通或中断的来电出现在这里，一个号码只列一条。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every call in sight."""
    _demand_any(request)
    return list_page(request, CALLS)


def _demand_any(request: HttpRequest) -> None:
    viewer = viewer_of(request)
    if not any(viewer.reach(one) for one in PHONE_RIGHTS):
        raise NotPermitted("not_permitted", _("需要接听热线电话或班长的权限，请向本单位管理员申请。"))


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One call."""
    return _show_call(request, number)


def _show_call(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_call(viewer, number)
    context = {
        "row": row,
        "caller": selectors.number_for(viewer, row) or selectors.masked(row),
        "wait": selectors.wait_seconds(row),
        "talk": selectors.talk_seconds(row),
        "ended_by": selectors.ended_by(row),
        "lines": selectors.timeline(row),
        "recording": getattr(row, "recording", None),
        "may_listen": selectors.may_listen(viewer, row),
        "listens": selectors.listens(row),
        "listen_form": ListenForm(),
    } | more
    return show(request, "hotline/phone/call.html", context, status=422 if more else 200)


@staff(RECORDING_LISTEN)
@require_POST
def listen(request: HttpRequest, number: str) -> HttpResponse:
    """Ask to hear a recording, for a reason."""
    form = ListenForm(request.POST)
    if form.is_valid():
        with attempt(form):
            made = phone_recordings.listen(
                actor=viewer_of(request), number=number, reason=form.cleaned_data["reason"], now=clock.now()
            )
            return redirect("hotline:recording", number, made.pk)
    return _show_call(request, number, listen_form=form)


@staff(RECORDING_LISTEN)
@require_safe
def recording(request: HttpRequest, number: str, listen_id: int) -> HttpResponse:
    """The player, for an hour after asking."""
    row = selectors.get_call(viewer_of(request), number)
    phone_recordings.open_listen(actor=viewer_of(request), listen_id=listen_id, now=clock.now())
    return show(request, "hotline/phone/recording.html", {"row": row, "listen_id": listen_id})


@staff(RECORDING_LISTEN)
@require_safe
def sound(request: HttpRequest, listen_id: int) -> HttpResponse:
    """The sound itself, by parts as a player asks for them."""
    wav = phone_recordings.sound(actor=viewer_of(request), listen_id=listen_id, now=clock.now())
    return ranged(request, wav, "audio/wav")


@staff(PHONE_ANSWER)
@require_safe
def missed(request: HttpRequest) -> HttpResponseBase:
    """Whom to call back."""
    if "state" not in request.GET and not request.GET:
        return redirect(f"{reverse('hotline:missed_calls')}?state=open")
    return list_page(request, MISSED)


@staff(PHONE_ANSWER)
@require_http_methods(["GET", "POST"])
def missed_call(request: HttpRequest, pk: int) -> HttpResponse:
    """One person to call back: claim, dial, say what came of it."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_missed(viewer, pk)
    form = RecallForm(request.POST if request.POST.get("verb") == "outcome" else None)
    with attempt(form if form.is_bound else None) as step:
        match request.POST.get("verb", ""):
            case "claim":
                phone_missed.claim(actor=viewer, pk=pk, now=now)
                return redirect("hotline:missed_call", pk)
            case "dial":
                phone_missed.call_back(actor=viewer, pk=pk, now=now)
                messages.success(request, _("您的话机即将振铃，拿起后拨出。"))
                return redirect("hotline:missed_call", pk)
            case "outcome" if form.is_valid():
                phone_missed.note_outcome(actor=viewer, pk=pk, now=now, **form.cleaned_data)
                return redirect("hotline:missed_calls")
    context = {
        "row": row,
        "caller": selectors.missed_number(viewer, row),
        "masked": selectors.masked(row),
        "calls": list(row.calls.select_related("agent").order_by("-offered_at")),
        "form": form,
        "refusal": step.refusal if not form.is_bound else None,
        "now": now,
    }
    refused = step.refusal is not None or bool(form.errors)
    return show(request, "hotline/phone/missed_call.html", context, status=422 if refused else 200)
