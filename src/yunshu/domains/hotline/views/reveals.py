"""A sealed identity on a page: asked for, approved by another, shown once and never kept by the browser."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yunshu.domains.directory.api import note_look
from yunshu.domains.hotline.contracts import CONTACT_LOOK, IDENTITY_APPROVE
from yunshu.domains.hotline.selectors import callers
from yunshu.domains.hotline.selectors.tickets import get_ticket
from yunshu.domains.hotline.services import identity
from yunshu.domains.hotline.views.tickets import show_ticket
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.personal import reason_of, revealed


@staff()
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask to see who called."""
    with attempt() as step:
        reason = request.POST.get("reason", "")
        identity.ask_reveal(actor=viewer_of(request), number=number, reason=reason, now=clock.now())
        messages.success(request, _("已提交，等待另一人审批。"))
        return redirect("hotline:ticket", number)
    return show_ticket(request, number, step.refusal)


@staff(IDENTITY_APPROVE)
@require_POST
def answer(request: HttpRequest, reveal_id: int) -> HttpResponse:
    """Approve or deny somebody's request."""
    with attempt() as step:
        identity.answer_reveal(
            actor=viewer_of(request),
            reveal_id=reveal_id,
            grants=request.POST.get("verb") == "grant",
            words=request.POST.get("words", "")[:300],
            now=clock.now(),
        )
    if step.refusal is not None:
        messages.error(request, str(step.refusal))
    return redirect("hotline:desk")


@staff()
@require_POST
def look(request: HttpRequest, number: str) -> HttpResponse:
    """Show a sealed caller to whom it was granted; each look is written down."""
    viewer = viewer_of(request)
    row = get_ticket(viewer, number)
    words = identity.reveal(actor=viewer, number=number, now=clock.now())
    response = show(request, "hotline/reveal.html", {"row": row, "words": words})
    response["Cache-Control"] = "no-store"
    return response


@staff()
@require_POST
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """Show who called, for a reason; each look is written down."""
    viewer = viewer_of(request)
    row = get_ticket(viewer, number)
    with transaction.atomic():
        found = callers.contact_of(viewer, row)
        note_look(request, kind=CONTACT_LOOK, subject=row.number, reason=reason_of(request))
    names = {"name": _("姓名"), "phone": _("联系电话"), "email": _("电子邮箱")}
    facts = [(names[key], value) for key, value in found.items()]
    return revealed(request, facts, back=reverse("hotline:ticket", args=[row.number]))


@staff()
@require_POST
def share(request: HttpRequest, number: str) -> HttpResponse:
    """Show an ordinary caller to the unit, at the caller's wish."""
    with attempt() as step:
        identity.share_contact(actor=viewer_of(request), number=number, now=clock.now())
        return redirect("hotline:ticket", number)
    return show_ticket(request, number, step.refusal)
