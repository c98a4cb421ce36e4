"""Answers where no view answers: no such address, a request that cannot be read, a fault of ours. JSON under ``/api/``, a page elsewhere."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from yunshu.lib.kernel.errors import TooMany
from yunshu.lib.ui.access import public
from yunshu.lib.ui.middleware import in_json, refused

API = "/api/"
WAIT_S = 60
"""The window of sign-in attempts from one address."""


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """No such address."""
    if request.path.startswith(API):
        return in_json("page_not_found", _("接口地址不存在。"), status=404)
    return defaults.page_not_found(request, exception)


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django could not read it: too many fields, a wrong host."""
    if request.path.startswith(API):
        return in_json("malformed", _("请求不完整或不合规。"), status=400)
    return defaults.bad_request(request, exception)


@public
def too_often(request: HttpRequest) -> HttpResponse:
    """Somebody signs in, or tries to, more often than ``ACCOUNT_RATE_LIMITS`` allows."""
    return refused(request, TooMany("too_often", _("尝试过于频繁，请过一会儿再来。"), retry_after_s=WAIT_S))


@public
def broken(request: HttpRequest) -> HttpResponseBase:
    """A fault of ours: nothing is told of it but the number to name; without database or session, which may be what is broken."""
    if request.path.startswith(API):
        return in_json("server_error", _("系统遇到没有预料到的问题，已经记录。"), status=500)
    number = getattr(request, "request_id", "")
    return HttpResponse(loader.get_template("500.html").render({"number": number}), status=500)
