"""12345 — a citizen says it once: files without signing in, looks it up by number and code, adds, rates."""

from dataclasses import asdict

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.channels.portal import filed
from yunshu.channels.portal.hotline_forms import DemandForm, LookForm, MoreForm, RateForm
from yunshu.domains.hotline import api as hotline
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, TooMany, Unavailable
from yunshu.lib.ui.access import public, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.middleware import refused
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.throttle import Throttle

FILE, LOOK = "ticket_file", "ticket_look"
"""How often one address may file and look up: ``ACCOUNT_RATE_LIMITS`` in the settings."""
OPENED, USER = "hotline", "hotline_user"
ENTRIES = Throttle("hotline-enter", 120, 60)
"""How often one address may come with a ticket of another platform; ours, generous: many share one."""
MOST_OPENED = 50
HOUR_S = 3600
EMERGENCIES = (("110", _l("报警")), ("119", _l("火警")), ("120", _l("急救")), ("122", _l("交通事故")))
ASIDE = frozenset({"website", "attachments", "page"})
"""What of the form is not of the demand."""


@public
@require_http_methods(["GET", "POST"])
def demand(request: HttpRequest) -> HttpResponse:
    """The form; what is sound is received and answered with its number and code. Raises TooMany (``too_often``)."""
    user = channel_user(request)
    known = {"name": user.name, "phone": user.phone} if user else {}
    known |= {"page": page} if (page := filed.page_of(request)) else {}
    form = DemandForm(request.POST or None, request.FILES or None, initial=known)
    if form.is_valid():
        limit(request, FILE)
        data = {name: value for name, value in form.cleaned_data.items() if name not in ASIDE}
        with attempt(form):
            number, code = hotline.file_ticket(
                by=viewer_of(request),
                spec=hotline.TicketSpec(**data, channel=user.channel if user else "web"),
                now=clock.now(),
                uploads=form.cleaned_data["attachments"],
                page=form.cleaned_data["page"],
            )
            if user:
                hotline.bind(user=user, number=number, now=clock.now())
            _open(request, number)
            filed.remember(request, number, code, form.cleaned_data["page"])
            said = _("已收到。编号 %(n)s，查询码 %(code)s，请记下来或截图。")
            messages.success(request, said % {"n": number, "code": code})
            return redirect("portal:ticket", number)
    return _form(request, form)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show a form again whose page is too old to be believed (Django's ``CSRF_FAILURE_VIEW``); what was written is kept.

    Nothing of it was done: a page of somebody else's may have sent it. Other pages are told in words.
    """
    form = DemandForm(request.POST)
    if getattr(request.resolver_match, "view_name", "") == "portal:demand":
        form.add_error(None, _("页面停留太久，为了安全没有提交。您写的内容都在，请重新选照片，再点一次“提交”。"))
        return _form(request, form)
    words = _("页面停留太久或浏览器不保存 Cookie，为了安全没有提交。请返回上一页，刷新后再试。")
    return refused(request, NotPermitted("page_stale", words))


def _form(request: HttpRequest, form: DemandForm) -> HttpResponse:
    context = {
        "form": form,
        "files_again": bool(form.errors and request.FILES),
        "emergencies": EMERGENCIES,
        "most_bytes": settings.UPLOAD_MAX_BYTES,
    }
    return show(request, "portal/demand.html", context, status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """My tickets: those opened in this browser, and any other by its number and code. Raises TooMany (``too_often``)."""
    form = LookForm(request.POST or None)
    if form.is_valid():
        limit(request, LOOK)
        with attempt(form):
            number = hotline.look_up(form.cleaned_data["number"].strip().upper(), form.cleaned_data["code"].strip())
            _open(request, number)
            return redirect("portal:ticket", number)
    mine = [hotline.ticket_card(number) for number in reversed(_opened(request))]
    return _private(
        show(request, "portal/tickets.html", {"form": form, "mine": mine}, status=422 if form.errors else 200)
    )


@public
@require_safe
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """One ticket of one's own: progress, answer, what can be added. Raises NotFound for whoever has not opened it."""
    return _shown(request, number, MoreForm(), RateForm())


@public
@require_POST
def more(request: HttpRequest, number: str) -> HttpResponse:
    """Add to a ticket."""
    _demand_opened(request, number)
    form = MoreForm(request.POST, request.FILES)
    if form.is_valid():
        limit(request, FILE)
        with attempt(form):
            hotline.supplement(
                by=viewer_of(request),
                number=number,
                words=form.cleaned_data["words"],
                now=clock.now(),
                uploads=form.cleaned_data["attachments"],
            )
            messages.success(request, _("补充的情况已收到，承办人员会看到。"))
            return redirect("portal:ticket", number)
    return _shown(request, number, form, RateForm(), status=422)


@public
@require_POST
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """Rate a closed ticket."""
    _demand_opened(request, number)
    form = RateForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        with attempt(form):
            hotline.rate(
                by=viewer_of(request),
                number=number,
                result_score=int(data["result_score"]),
                process_score=int(data["process_score"]),
                solved=data["solved"] == "1",
                words=data["words"],
                now=clock.now(),
            )
            return redirect("portal:ticket", number)
    return _shown(request, number, MoreForm(), form, status=422)


def _shown(request: HttpRequest, number: str, adding: MoreForm, rating: RateForm, status: int = 200) -> HttpResponse:
    _demand_opened(request, number)
    context = {
        "ticket": hotline.ticket_card(number),
        "code": filed.code_of(request, number),
        "more_form": adding,
        "rate_form": rating,
        "now": clock.now(),
    }
    return _private(show(request, "portal/ticket.html", context, status=status))


@public
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Come from 粤省事 with a one-time ticket: one's tickets are opened, the form knows one's name and number.

    Where the gateway is away the form is open all the same. Raises NotFound (``channel_closed``), NotPermitted (``ticket_refused``)
    and TooMany.
    """
    if not ENTRIES.count(request.META.get("REMOTE_ADDR", "")):
        raise TooMany("too_often", _("提交过于频繁，请过一会儿再来。"), retry_after_s=ENTRIES.seconds)
    try:
        user = hotline.exchange_ticket(request.GET.get("ticket", ""), clock.now())
    except Unavailable:
        messages.warning(request, _("身份网关没有应答：可以先不登录提交，或稍后从粤省事重新进入。"))
        return redirect("portal:demand")
    request.session.cycle_key()
    request.session[USER] = asdict(user)
    for number in reversed(hotline.numbers_of(user)):
        _open(request, number)
    messages.success(request, _("已从粤省事进入，姓名和手机号已为您填好，可以修改。"))
    return redirect("portal:demand")


def channel_user(request: HttpRequest) -> hotline.ChannelUser | None:
    """Return who came from another platform in this session."""
    found = request.session.get(USER)
    return hotline.ChannelUser(**found) if isinstance(found, dict) else None


def limit(request: HttpRequest, action: str) -> None:
    """Raise TooMany (``too_often``) if this address did it too often."""
    if not ratelimit.consume(request, action=action):
        raise TooMany("too_often", _("提交过于频繁，请过一会儿再来。"), retry_after_s=HOUR_S)


def _opened(request: HttpRequest) -> list[str]:
    found = request.session.get(OPENED, [])
    return [str(number) for number in found] if isinstance(found, list) else []


def _open(request: HttpRequest, number: str) -> None:
    request.session[OPENED] = [*(n for n in _opened(request) if n != number), number][-MOST_OPENED:]


def _demand_opened(request: HttpRequest, number: str) -> None:
    if number not in _opened(request):
        raise NotFound("ticket_not_found")


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
