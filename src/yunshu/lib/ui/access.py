"""Who may open a page: every view carries exactly one of ``public``, ``signed_in``, ``staff``.

The answer stands on the view as ``view.access``, so that a test can walk all addresses. The viewer is
known by its shape (``account_id``: has signed in; ``person_id``: works here), because lib knows no domain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from yunshu.lib.kernel.errors import NotPermitted
from yunshu.lib.kernel.permissions import Permission

View = Callable[..., HttpResponseBase]


class Viewer(Protocol):
    """What this module asks of ``request.viewer``."""

    def may(self, permission: Permission, org_path: str | None = None) -> bool:
        """Say whether the permission is held."""

    def require(self, permission: Permission, org_path: str | None = None) -> None:
        """Raise NotPermitted unless it is."""


@dataclass(frozen=True)
class Access:
    """The rule on a view: ``kind`` is public, signed_in or staff; ``permission`` narrows staff."""

    kind: str
    permission: Permission | None = None


def viewer_of(request: HttpRequest) -> Any:
    """Return ``request.viewer``, or None where the directory's middleware has not run (an error page)."""
    return getattr(request, "viewer", None)


def is_signed_in(viewer: object) -> bool:
    """Say whether somebody has signed in."""
    return hasattr(viewer, "account_id")


def is_staff(viewer: object) -> bool:
    """Say whether the viewer is a member of staff."""
    return hasattr(viewer, "person_id")


def may_open(viewer: Any, address: str) -> bool:
    """Say whether the rule on the view at ``address`` lets the viewer in; what the page then shows is its own question."""
    try:
        access = getattr(resolve(address).func, "access", None)
    except Resolver404:
        return False
    return access is None or access.permission is None or bool(viewer.may(access.permission))


def public(view: View) -> View:
    """Open to everybody."""
    return _guarded(view, Access("public"), lambda _request: None)


def signed_in(view: View) -> View:
    """Open to whoever has signed in; others are sent to the sign-in page."""
    return _guarded(view, Access("signed_in"), _ask_to_sign_in)


def staff(permission: Permission | None = None) -> Callable[[View], View]:
    """Open to staff, with ``permission`` if given. Strangers are sent to sign in.

    Raises NotPermitted (``staff_only``, ``not_permitted``) for everybody else.
    """

    def check(request: HttpRequest) -> HttpResponse | None:
        if answer := _ask_to_sign_in(request):
            return answer
        viewer = viewer_of(request)
        if not is_staff(viewer):
            raise NotPermitted("staff_only", _("本页供工作人员使用。"))
        if permission is not None:
            viewer.require(permission)
        return None

    return lambda view: _guarded(view, Access("staff", permission), check)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse | None:
    if is_signed_in(viewer_of(request)):
        return None
    answer = redirect_to_login(_way_back(request))
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return HttpResponseClientRedirect(answer.url)
    return answer


def _way_back(request: HttpRequest) -> str:
    """Return where to go on after signing in: here, or for what was sent to the page that sent it, which can be shown."""
    sender = request.headers.get("Referer", "")
    if request.method in ("GET", "HEAD") or not url_has_allowed_host_and_scheme(sender, {request.get_host()}):
        return request.get_full_path()
    parts = urlsplit(sender)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _guarded(view: View, access: Access, check: Callable[[HttpRequest], HttpResponse | None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return check(request) or view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded
