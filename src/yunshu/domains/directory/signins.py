"""Keeps the log of sign-ins: listens to Django's own signals and writes one line for each attempt."""

from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from yunshu.domains.directory.limits import end_others
from yunshu.domains.directory.services.accounts import Origin, record_sign_in
from yunshu.domains.directory.services.looks import Look, look
from yunshu.lib.kernel import clock


def listen() -> None:
    """Connect to signing in, failing to, and signing out."""
    user_logged_in.connect(_signed_in, dispatch_uid="directory.sign_in")
    user_login_failed.connect(_failed, dispatch_uid="directory.sign_in_failed")
    user_logged_out.connect(_signed_out, dispatch_uid="directory.sign_out")


def locked(request: HttpRequest, username: str) -> None:
    """Record an attempt that was turned away because too many before it failed."""
    record_sign_in(
        username=username, account=None, outcome="locked", method="password", origin=origin(request), at=clock.now()
    )


def origin(request: HttpRequest | None) -> Origin:
    """Return where a request comes from."""
    if request is None:
        return Origin(address=None, agent="", request_id="")
    return Origin(
        address=request.META.get("REMOTE_ADDR") or None,
        agent=request.headers.get("User-Agent", ""),
        request_id=getattr(request, "request_id", ""),
    )


def note_look(request: HttpRequest, *, kind: str, subject: str, reason: str) -> None:
    """Write down, in the caller's transaction, that whoever asks sees personal data. Raises Refused (``reason_missing``)."""
    look(actor=request.viewer, what=Look(kind, subject, reason), origin=origin(request), at=clock.now())  # type: ignore[attr-defined]


def _signed_in(request: HttpRequest | None, user: Any, **_signal: object) -> None:
    end_others(request, user.pk)
    methods = (
        request.session.get(AUTHENTICATION_METHODS_SESSION_KEY) if request and hasattr(request, "session") else None
    )
    method = "+".join(m.get("type") or m["method"] for m in methods or ())
    record_sign_in(
        username=user.username, account=user, outcome="ok", method=method[:20], origin=origin(request), at=clock.now()
    )


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: object) -> None:
    record_sign_in(
        username=str(credentials.get("username", "")),
        account=None,
        outcome="failed",
        method="password",
        origin=origin(request),
        at=clock.now(),
    )


def _signed_out(request: HttpRequest | None, user: Any, **_signal: object) -> None:
    if user is not None:
        record_sign_in(
            username=user.username, account=user, outcome="out", method="", origin=origin(request), at=clock.now()
        )
