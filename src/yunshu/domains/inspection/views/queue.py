"""The review queue: one finding at a time, decided by one key or one button, with the next one fetched ahead."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.inspection.contracts import REVIEW
from yunshu.domains.inspection.forms_findings import ReviewForm
from yunshu.domains.inspection.selectors import finding_pages as pages
from yunshu.domains.inspection.services import reviewing
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.pages import is_partial, show

FILTERS = ("kind", "severity", "org", "site", "confidence", "state")
AHEAD_S = 30
"""How long an item fetched ahead may be shown; whoever decides on it is checked anew."""


@staff(REVIEW)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The item asked for, or the gravest that waits."""
    response = _page(request, request.GET.get("at", ""), None)
    if is_partial(request):
        response["Cache-Control"] = f"private, max-age={AHEAD_S}"
    return response


def _chosen(data: Any) -> dict[str, str]:
    return {name: data[name] for name in FILTERS if data.get(name)}


def _address(chosen: dict[str, str], at: str = "") -> str:
    query = urlencode(chosen | ({"at": at} if at else {}))
    return reverse("inspection:queue") + (f"?{query}" if query else "")


def _page(request: HttpRequest, at: str, refusal: Exception | None) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    data = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(data)
    found = pages.item(viewer, chosen, at)
    context = {
        "item": found,
        "chosen": chosen,
        "facts": pages.facts(viewer, found.row, now) if found else {},
        "before_url": _address(chosen, found.before) if found and found.before else "",
        "after_url": _address(chosen, found.after) if found and found.after else "",
        "undo": pages.last_reviewed(viewer),
        "scopes": pages.spreads(viewer, found.row) if found else [],
        "choices": {} if is_partial(request) else pages.queue_choices(viewer),
        "refusal": refusal,
        "now": now,
    }
    return show(request, "inspection/queue.html", context, part="item", status=422 if refusal else 200)


@staff(REVIEW)
@require_POST
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Take one step of review and go on to the next item; a refusal stays at this one."""
    viewer, chosen = viewer_of(request), _chosen(request.POST)
    after = pages.following(viewer, chosen, number)
    with attempt() as step:
        said = step_of(ReviewForm(request.POST))
        _take(viewer, number, said)
        onward = number if said["verb"] == "undo" else after
        if is_partial(request):
            return _page(request, onward, None)
        messages.success(request, _("已处理 %(number)s。") % {"number": number})
        return redirect(_address(chosen, onward))
    return _page(request, number, step.refusal)


def _take(viewer: Any, number: str, said: dict[str, Any]) -> None:
    now, words = clock.now(), said["words"]
    if said["verb"] == "accept":
        reviewing.accept(actor=viewer, number=number, words=words, now=now)
    elif said["verb"] == "false":
        reviewing.false_alarm(actor=viewer, number=number, reason=words, teach=said["teach"], now=now)
    elif said["verb"] == "undo":
        reviewing.undo(actor=viewer, number=number, now=now)
    else:
        reviewing.waive(actor=viewer, number=number, until=said["until"], reason=words, now=now)
