"""Personal data on pages: masked by default, shown in the clear for a reason that is on record, and gone again after a minute.

A page puts ``<c-reveal url="…" />`` beside the masked text; the view behind the address writes the look down and answers with
``revealed``. In place by htmx, as a page of its own without script; kept by no browser.
"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from yunshu.lib.ui.pages import show


def reason_of(request: HttpRequest) -> str:
    """Return the reason that was given, as it is kept."""
    return request.POST.get("reason", "").replace("\x00", "").strip()[:200]


def revealed(request: HttpRequest, facts: Iterable[tuple[Any, str]], *, back: str) -> HttpResponse:
    """Return what was asked for, as (name, value); ``back`` is the page it belongs to."""
    context = {"facts": [(name, value) for name, value in facts if value], "back": back}
    response = show(request, "ui/revealed.html", context, part="revealed")
    response["Cache-Control"] = "no-store"
    return response
