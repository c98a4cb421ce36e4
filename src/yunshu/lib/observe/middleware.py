"""The outermost layer of every request: its number, one line in the log, one count. Nothing of what it carries is written down."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from yunshu.lib.observe import correlation, meters

log = structlog.get_logger()
GetResponse = Callable[[HttpRequest], HttpResponse]
SILENT = frozenset({"healthz", "readyz", "metrics"})
"""Asked every few seconds by machines: counted, but not worth a line."""


def numbered(get_response: GetResponse) -> GetResponse:
    """Number each request: ``request.request_id``, every log line, the answer's ``X-Request-Id``; count and log it.

    What a session may have coloured is marked private: neither a proxy nor the service worker may keep it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        number = correlation.taken(request.headers)
        request.request_id = number  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        with correlation.working_for(number), meters.statements_timed("web"):
            response = get_response(request)
            _tell(request, response, time.perf_counter() - began)
        response[correlation.HEADER] = number
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        return response

    return middleware


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the address matched: unlike the address it holds no names, numbers or secrets."""
    return request.resolver_match.route if request.resolver_match else ""


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route, method = route_of(request), request.method or ""
    meters.count_request(route, method, response.status_code, seconds)
    if route in SILENT and response.status_code < 500:
        return
    user = getattr(request, "_cached_user", None)  # whoever was looked up anyway; nobody is looked up for the log
    account = {"account": user.pk} if user is not None and user.pk else {}
    log.info(
        "http.request",
        route=route or meters.NO_ROUTE,
        method=method if method in meters.METHODS else "other",
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        **account,
    )
