"""网站找错 — anybody reports a fault of a government website, without signing in, and reads the answer by a number."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_http_methods

from yunshu.domains.inspection import api as inspection
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, TooMany
from yunshu.lib.ui.access import public, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

ACTION = "page_report"
"""How often one address may report: ``ACCOUNT_RATE_LIMITS`` in the settings."""
HOUR_S = 3600


class FaultForm(forms.Form):
    """What is wrong, and where; the contact is a wish, not a duty."""

    url = forms.CharField(
        label=_l("出错的网址"),
        max_length=2000,
        help_text=_l("从浏览器地址栏复制，以 http:// 或 https:// 开头。"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_l("错误类别"))
    words = forms.CharField(label=_l("错在哪里"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    contact = forms.CharField(
        label=_l("联系方式"),
        max_length=80,
        required=False,
        help_text=_l("可以不填；答复后一段时间自动删除。请不要在上面的描述里写个人信息。"),
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Left blank by people; what fills it in is a program."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(label=_l("错误类别"), choices=inspection.fault_choices())

    def clean_website(self) -> str:
        """Refuse what a program sends."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("提交没有成功，请重试。"))
        return ""


@public
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; what is sound is received and answered with its number. Raises TooMany (``too_often``)."""
    form = FaultForm(request.POST or None, initial={"url": request.GET.get("url", "")[:2000]})
    if form.is_valid():
        if not ratelimit.consume(request, action=ACTION):
            raise TooMany("too_often", _("提交过于频繁，请过一会儿再来。"), retry_after_s=HOUR_S)
        data = {name: form.cleaned_data[name] for name in ("url", "kind", "words", "contact")}
        with attempt(form):
            row = inspection.receive_report(by=viewer_of(request), spec=inspection.ReportSpec(**data), now=clock.now())
            return redirect(f"{reverse('portal:fault_answer')}?number={row.number}&new=1")
    return show(request, "portal/fault.html", {"form": form}, status=422 if form.errors else 200)


@public
@require_GET
def answer(request: HttpRequest) -> HttpResponse:
    """What became of a report, for whoever has its number."""
    number = request.GET.get("number", "").replace("\x00", "").strip().upper()[:24]
    context: dict[str, Any] = {"number": number, "found": None, "missing": False, "is_new": "new" in request.GET}
    if number:
        try:
            context["found"] = inspection.report_card(number)
        except NotFound:
            context["missing"] = True
    response = show(request, "portal/fault_answer.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
