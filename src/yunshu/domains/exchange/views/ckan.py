"""``/api/3/action/…``: the catalogue for clients made for CKAN; read only, so no CSRF token is asked for."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from yunshu.domains.directory.api import client_of_key
from yunshu.domains.exchange import ckan
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused, YunshuError
from yunshu.lib.ui.access import public, viewer_of

KINDS = {NotFound: "Not Found Error", NotPermitted: "Authorization Error", Refused: "Validation Error"}


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, name: str) -> HttpResponse:
    """Answer one action; without a key or a session only what is open to the public."""
    try:
        result = _result(request, name)
    except YunshuError as error:
        kind = next((word for known, word in KINDS.items() if type(error) is known), "Validation Error")
        body: dict[str, Any] = {"success": False, "error": {"__type": kind, "message": error.message or error.code}}
        status = {"Not Found Error": 404, "Authorization Error": 403}.get(kind, 409)
        return _json({"help": request.build_absolute_uri(request.path)} | body, status)
    return _json({"help": request.build_absolute_uri(request.path), "success": True, "result": result}, 200)


def _result(request: HttpRequest, name: str) -> Any:
    if name not in ckan.ACTIONS:
        raise NotFound("not_found", f"Action name not known: {name}")
    return ckan.ACTIONS[name](_viewer(request), _data(request))


def _viewer(request: HttpRequest) -> Any:
    key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not key:
        return viewer_of(request)
    client = client_of_key(key, now=clock.now())
    if client is None:
        raise NotPermitted("not_permitted", "Access denied: the API key is not known.")
    return client


def _data(request: HttpRequest) -> dict[str, Any]:
    if request.method != "POST":
        return request.GET.dict()
    if not request.body:
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused("malformed", "The request data is no JSON.") from None
    if not isinstance(found, dict):
        raise Refused("malformed", "The request data must be a JSON object.")
    return found


def _json(body: dict[str, Any], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
