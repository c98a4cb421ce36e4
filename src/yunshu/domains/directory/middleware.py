"""Puts the viewer on each request and tells the audit trail who is acting."""

from collections.abc import Callable

import pghistory
import structlog
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from yunshu.domains.directory import selectors
from yunshu.domains.directory.contracts import Viewer

OPEN_BEFORE_CHANGE = ("/accounts/", "/prefer/", "/static/", "/sw.js", "/manifest.webmanifest")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.viewer``; wrap every writing request in a history context (who, from where, which request)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: _known(request))  # type: ignore[attr-defined]
        if _still_first_password(request):
            messages.warning(request, _("首次登录，请先修改密码。"))
            return redirect("account_change_password")
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


def _known(request: HttpRequest) -> Viewer:
    """Return who is looking; from now on the log names the account, by its number."""
    if request.user.pk:
        structlog.contextvars.bind_contextvars(account=request.user.pk)
    return selectors.viewer_for_account(request.user)


def _still_first_password(request: HttpRequest) -> bool:
    return (
        SESSION_KEY in request.session
        and not request.path.startswith(OPEN_BEFORE_CHANGE)
        and selectors.must_change_password(request.user)
    )
