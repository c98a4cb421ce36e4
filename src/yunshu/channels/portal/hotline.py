"""12345 — a citizen says it once: files without signing in, looks it up by number and code, adds, rates."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.files import api as files
from yunshu.domains.hotline import api as hotline
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, TooMany
from yunshu.lib.ui.access import public, viewer_of
from yunshu.lib.ui.fields import FilesField
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

FILE, LOOK = "ticket_file", "ticket_look"
"""How often one address may file and look up: ``ACCOUNT_RATE_LIMITS`` in the settings."""
OPENED = "hotline"
MOST_OPENED = 50
HOUR_S = 3600
STARS = [(str(n), _l("%(n)s 分") % {"n": n}) for n in range(5, 0, -1)]


def _photos() -> FilesField:
    return FilesField(
        label=_l("照片或文件"), required=False, accept=files.ACCEPT, help_text=_l("可以不传；拍一张现场照片更容易办。")
    )


class DemandForm(forms.Form):
    """A demand in a citizen's own words; who says it is a wish, not a duty."""

    kind = forms.ChoiceField(label=_l("您要"))
    title = forms.CharField(label=_l("一句话说明"), max_length=100, help_text=_l("例如：榕华大道路灯不亮。"))
    content = forms.CharField(
        label=_l("详细情况"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_l("什么时候、在哪里、什么事、希望怎么办。姓名和电话请填在下面，不要写在这里。"),
    )
    division = forms.ChoiceField(label=_l("所在县（市、区）"), required=False)
    address = forms.CharField(label=_l("地点"), max_length=200, required=False)
    attachments = _photos()
    name = forms.CharField(
        label=_l("姓名"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_l("手机号"),
        max_length=20,
        required=False,
        help_text=_l("可以不填；填了才能回访。承办单位看到的是遮蔽后的号码。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    is_confidential = forms.BooleanField(
        label=_l("请为我的身份保密"), required=False, help_text=_l("举报一律保密：身份单独加密，查看须两人审批并留痕。")
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Left blank by people; what fills it in is a program."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("kind", hotline.kind_choices()), ("division", hotline.divisions())):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def clean_website(self) -> str:
        """Refuse what a program sends."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("提交没有成功，请重试。"))
        return ""


class LookForm(forms.Form):
    """A number and its code."""

    number = forms.CharField(
        label=_l("工单编号"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "RX…"})
    )
    code = forms.CharField(
        label=_l("查询码或手机号"),
        max_length=20,
        help_text=_l("查询码在提交时显示一次；留了手机号的，也可以填手机号。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class MoreForm(forms.Form):
    """What is added."""

    words = forms.CharField(label=_l("补充情况"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    attachments = _photos()


class RateForm(forms.Form):
    """What the citizen thinks of it; result and process apart."""

    solved = forms.ChoiceField(label=_l("问题解决了吗"), choices=[("1", _l("解决了")), ("0", _l("没有解决"))])
    result_score = forms.ChoiceField(label=_l("对结果满意吗"), choices=STARS)
    process_score = forms.ChoiceField(label=_l("对办理过程满意吗"), choices=STARS)
    words = forms.CharField(
        label=_l("还想说的"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@public
@require_http_methods(["GET", "POST"])
def demand(request: HttpRequest) -> HttpResponse:
    """The form; what is sound is received and answered with its number and code. Raises TooMany (``too_often``)."""
    form = DemandForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        limit(request, FILE)
        data = {name: value for name, value in form.cleaned_data.items() if name not in ("website", "attachments")}
        with attempt(form):
            number, code = hotline.file_ticket(
                by=viewer_of(request),
                spec=hotline.TicketSpec(**data, channel="web"),
                now=clock.now(),
                uploads=form.cleaned_data["attachments"],
            )
            _open(request, number)
            said = _("已收到。编号 %(n)s，查询码 %(code)s，请记下来：查询码只显示这一次。")
            messages.success(request, said % {"n": number, "code": code})
            return redirect("portal:ticket", number)
    return show(request, "portal/demand.html", {"form": form}, status=422 if form.errors else 200)


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
    context = {"ticket": hotline.ticket_card(number), "more_form": adding, "rate_form": rating, "now": clock.now()}
    return _private(show(request, "portal/ticket.html", context, status=status))


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
