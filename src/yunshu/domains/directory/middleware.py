"""Puts the viewer on each request and tells the audit trail who is acting."""

from collections.abc import Callable

import pghistory
import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from yunshu.domains.directory import limits, second_factor, selectors
from yunshu.domains.directory.contracts import Viewer
from yunshu.lib.kernel.stamp import set_stamp

OPEN_BEFORE_CHANGE = ("/accounts/", "/prefer/", "/static/", "/sw.js", "/manifest.webmanifest")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.viewer``; wrap every writing request in a history context (who, from where, which request)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        limits.end_if_over(request)
        request.viewer = SimpleLazyObject(lambda: _known(request))  # type: ignore[attr-defined]
        set_stamp(lambda: _who_takes(request))
        if _still_first_password(request):
            first = getattr(request.user, "must_change_password", False)
            messages.warning(request, _("首次登录，请先修改密码。") if first else _("密码已超过有效期，请先修改。"))
            return redirect("account_change_password")
        if _owes_second_factor(request):
            messages.warning(request, _("管理员须使用双因素登录，请先绑定动态口令或安全密钥。"))
            return redirect("mfa_index")
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


def _who_takes(request: HttpRequest) -> str:
    """Return name and account of who has signed in, for what is exported."""
    if SESSION_KEY not in request.session:
        return ""
    return f"{request.viewer.name}（{request.user.get_username()}）"  # type: ignore[attr-defined]


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


def _owes_second_factor(request: HttpRequest) -> bool:
    return (
        settings.SECOND_FACTOR != "none"
        and SESSION_KEY in request.session
        and not request.path.startswith(OPEN_BEFORE_CHANGE)
        and second_factor.is_owed(request.viewer)  # type: ignore[attr-defined]
    )
