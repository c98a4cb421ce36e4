"""A letter on paper becomes a ticket: what it says is written down, its scan goes with it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import Channel
from yunshu.domains.hotline.contracts import TICKET_REGISTER
from yunshu.domains.hotline.forms import RegisterForm
from yunshu.domains.hotline.selectors import pages
from yunshu.domains.hotline.services import registering
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.fields import FilesField
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


class LetterForm(RegisterForm):
    """A letter: the day it came, its scan, and what an agent reads in it."""

    arrived_on = forms.DateField(
        label=_l("收信日期"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_l("按邮戳或收件登记。")
    )
    attachments = FilesField(
        label=_l("信件扫描件"), accept=files.ACCEPT, help_text=_l("PDF 或照片；信封和信纸都要。以摘要存证，不能替换。")
    )
    field_order = ("desk", "arrived_on", "attachments", "kind", "urgency", "title", "content")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["channel"]

    def clean_attachments(self) -> Any:
        """Refuse a letter without its scan."""
        if not self.cleaned_data["attachments"]:
            raise forms.ValidationError(_("请上传信件扫描件。"))
        return self.cleaned_data["attachments"]

    def clean_arrived_on(self) -> Any:
        """Refuse a day that has not come."""
        day = self.cleaned_data["arrived_on"]
        if day > clock.city_date(clock.now()):
            raise forms.ValidationError(_("收信日期不能晚于今天。"))
        return day


@staff(TICKET_REGISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Register a letter with its scan; the ticket is accepted at once, as one by telephone is."""
    viewer = viewer_of(request)
    choosing = {
        "desk": pages.desks(viewer),
        "category": pages.categories(),
        "division": pages.divisions(),
        "accused": [("", "—"), *pages.orgs()],
    }
    form = LetterForm(request.POST or None, request.FILES or None, choosing=choosing)
    if form.is_valid():
        data = dict(form.cleaned_data)
        uploads, desk, arrived = data.pop("attachments"), data.pop("desk"), data.pop("arrived_on")
        with attempt(form):
            made = registering.register(
                actor=viewer,
                spec=registering.TicketSpec(**data, channel=Channel.LETTER.value),
                now=clock.now(),
                desk_code=desk,
                uploads=uploads,
            )
            said = _("收信日期 %(d)s。") % {"d": arrived.isoformat()}
            registering.add_note(actor=viewer, number=made.ticket.number, words=said, now=clock.now())
            messages.success(request, _("信件已登记。编号 %(n)s。") % {"n": made.ticket.number})
            return redirect("hotline:ticket", made.ticket.number)
    return show(request, "hotline/letter_new.html", {"form": form}, status=422 if form.errors else 200)
