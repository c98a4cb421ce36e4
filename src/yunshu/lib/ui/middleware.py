"""Thin layers around every request: what its answer says to a browser, an address that can be looked up, refusals turned into pages."""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused, Unavailable, YunshuError
from yunshu.lib.observe.middleware import route_of
from yunshu.lib.ui.pages import is_partial, show

log = structlog.get_logger()
GetResponse = Callable[[HttpRequest], HttpResponse]
NOWHERE = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture", "gyroscope", "hid", "idle-detection",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
OURS = ("clipboard-write", "fullscreen", "geolocation", "publickey-credentials-create", "publickey-credentials-get")
OTHER_WORDS = "/open311/"
"""An interface with its own form of errors, which judges its addresses itself."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": ", ".join([*(f"{name}=()" for name in NOWHERE), *(f"{name}=(self)" for name in OURS)]),
}


def headers(get_response: GetResponse) -> GetResponse:
    """Say on every answer, files and faults included, what a browser must not do with it; what a view said stands."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def addresses(get_response: GetResponse) -> GetResponse:
    """Refuse an address with a NUL in it (400): PostgreSQL has no such character, and no page of ours makes one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OTHER_WORDS):
            return get_response(request)
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return _unreadable(request)
        return get_response(request)

    return middleware


def _unreadable(request: HttpRequest) -> HttpResponse:
    sentence, status = _("地址中有不能使用的字符。"), HTTPStatus.BAD_REQUEST
    if request.path.startswith("/api/"):
        return in_json("address_malformed", sentence, status=status)
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def in_json(code: str, message: str, where: str = "", *, status: int) -> JsonResponse:
    """Return a refusal in the form of the interface for programs."""
    body = {"code": code, "message": message, "where": where}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def refusals(get_response: GetResponse) -> GetResponse:
    """Turn the kernel's errors (and Django's 404 and 403) into a page in words, or JSON under ``/api/``."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_exception = _refuse  # type: ignore[attr-defined]
    return middleware


def _refuse(request: HttpRequest, error: Exception) -> HttpResponse | None:
    refusal = _as_refusal(error)
    return None if refusal is None else refused(request, refusal)


def refused(request: HttpRequest, refusal: YunshuError) -> HttpResponse:
    """Return a refusal as a page in words, or as JSON under ``/api/``."""
    log.info("ui.refused", code=refusal.code, status=refusal.status, route=route_of(request))
    if request.path.startswith("/api/"):
        return _later(in_json(refusal.code, refusal.message, refusal.where, status=refusal.status), refusal)
    response = _later(
        show(request, "ui/refusal.html", {"refusal": refusal}, part="toast", status=refusal.status), refusal
    )
    if is_partial(request):
        # the part of the page that asked stays as it is; the sentence appears in the corner
        response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
    return response


def _later(response: HttpResponse, refusal: YunshuError) -> HttpResponse:
    """Say when to try again, if that is known (RFC 9110 section 10.2.3)."""
    if isinstance(refusal, Unavailable) and refusal.retry_after_s:
        response["Retry-After"] = str(refusal.retry_after_s)
    return response


def _as_refusal(error: Exception) -> YunshuError | None:
    if isinstance(error, Http404):
        return NotFound("page_not_found")
    if isinstance(error, PermissionDenied):
        return NotPermitted("not_permitted", _("您没有权限进行此操作。"))
    known = isinstance(error, NotFound | Refused) or (isinstance(error, YunshuError) and error.status < 500)
    return error if known else None  # type: ignore[return-value]
