"""The one JSON API: routers of the domains, one way to prove who one is, one shape of refusal.

``docs/reference/openapi.json`` is its snapshot (``yunshu openapi``); a test compares.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

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

REFUSAL = {
    "type": "object",
    "title": "Refusal",
    "description": "拒绝：code 供程序判断，message 写给人看，where 指出字段。",
    "required": ["code", "message", "where"],
    "properties": {name: {"type": "string"} for name in ("code", "message", "where")},
}
REFUSED = {
    "description": "拒绝",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}


class Described(NinjaAPI):
    """Tells in its description how every operation refuses, so that whoever is told otherwise has found a fault."""

    def get_openapi_schema(self, **words: Any) -> OpenAPISchema:
        """Return the description."""
        told = super().get_openapi_schema(**words)
        told["components"]["schemas"]["Refusal"] = REFUSAL
        for item in told["paths"].values():
            for operation in item.values():
                operation["responses"].setdefault("4XX", REFUSED)
                operation["responses"].setdefault(503, REFUSED)
        return told


class Sane(Parser):
    """Reads JSON that can be kept: not nested beyond what the reader bears, and without the one character that PostgreSQL has not."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says. Raises ValueError (Ninja answers 400)."""
        try:
            said = json.loads(request.body, parse_constant=_no_number)
            return _kept(said) if b"\\u0000" in request.body else said
        except RecursionError:
            raise ValueError(_("内容嵌套太深。")) from None


def _kept(said: Any) -> Any:
    """Return what was said without the character that PostgreSQL has not."""
    if isinstance(said, str):
        return said.replace("\0", "")
    if isinstance(said, list):
        return [_kept(one) for one in said]
    return {_kept(name): _kept(value) for name, value in said.items()} if isinstance(said, dict) else said


def _no_number(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are no JSON


# the interactive page loads scripts from elsewhere, which the content policy forbids: the description is plain JSON
api = Described(
    title="云数开放接口",
    version="1",
    description="城市政务服务与数据管理平台。",
    auth=AUTH,
    docs_url=None,
    parser=Sane(),
)
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


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a body that is no JSON in the same shape."""
    return _answer(request, "malformed", str(error), "", error.status_code)


def _answer(request: HttpRequest, code: str, message: str, where: str, status: int) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "where": where}, status=status)
