"""The one JSON API: routers of the domains, one way to prove who one is, one shape of refusal.

``docs/reference/openapi.json`` is its snapshot (``yunshu openapi``); a test compares.
"""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from yunshu.domains.directory.rest import AUTH
from yunshu.domains.directory.rest import router as directory
from yunshu.domains.exchange.rest import router as exchange
from yunshu.domains.files.rest import router as files
from yunshu.domains.hotline.rest import router as hotline
from yunshu.domains.inspection.rest import router as inspection
from yunshu.domains.notify.rest import router as notify
from yunshu.domains.operations.rest import router as operations
from yunshu.domains.projects.rest import router as projects
from yunshu.lib.kernel.errors import Unavailable, YunshuError

# the interactive page loads scripts from elsewhere, which the content policy forbids: the description is plain JSON
api = NinjaAPI(title="云数开放接口", version="1", description="城市政务服务与数据管理平台。", auth=AUTH, docs_url=None)
api.add_router("", directory)
api.add_router("", files)
api.add_router("", notify)
api.add_router("/exchange", exchange)
api.add_router("/hotline", hotline)
api.add_router("/inspection", inspection)
api.add_router("/operations", operations)
api.add_router("/projects", projects)


@api.exception_handler(YunshuError)
def refused(request: HttpRequest, error: YunshuError) -> HttpResponse:
    """Answer a refusal as ``{code, message, where}`` with its status."""
    response = _answer(request, error.code, error.message, error.where, error.status)
    if isinstance(error, Unavailable) and error.retry_after_s:
        response["Retry-After"] = str(error.retry_after_s)
    return response


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer somebody who has not proved who they are."""
    return _answer(request, "not_signed_in", "请登录，或在 Authorization 中提供有效的接口密钥。", "", 401)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request of the wrong shape; ``where`` names the first field."""
    first = error.errors[0]
    return _answer(request, "malformed", str(first["msg"]), ".".join(map(str, first["loc"])), 422)


def _answer(request: HttpRequest, code: str, message: str, where: str, status: int) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "where": where}, status=status)
