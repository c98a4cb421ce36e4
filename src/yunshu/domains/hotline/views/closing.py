"""Closing a ticket after the call-back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yunshu.domains.hotline.services import answering
from yunshu.domains.hotline.views.tickets import show_ticket
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt


@staff()
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close; every merged ticket is answered with it."""
    with attempt() as step:
        words = request.POST.get("reason", "")[:1000]
        answering.close(actor=viewer_of(request), number=number, words=words, now=clock.now())
        messages.success(request, _("工单已办结。"))
        return redirect("hotline:ticket", number)
    return show_ticket(request, number, step.refusal)
