"""Puts the viewer on each request and tells the audit trail who is acting."""

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from yunshu.domains.directory import selectors

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.viewer``; wrap every writing request in a history context (who, from where, which request)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: selectors.viewer_for_account(request.user))  # type: ignore[attr-defined]
        if request.method in READING:
            return get_response(request)
        with pghistory.context(
            who=request.viewer.label,  # type: ignore[attr-defined]
            address=request.META.get("REMOTE_ADDR", ""),
            request=getattr(request, "request_id", ""),
            url=request.path,
        ):
            return get_response(request)

    return middleware
