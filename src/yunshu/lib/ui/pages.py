"""Answers a request with a page: whole for a browser, a part of it for htmx."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def is_partial(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part; a boosted link and a step back in history want the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not (htmx.boosted or htmx.history_restore_request)  # type: ignore[union-attr]


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, part: str | None = None, status: int = 200
) -> HttpResponse:
    """Render ``template``, or only its partial ``part`` when htmx asks unboosted."""
    name = f"{template}#{part}" if part and is_partial(request) else template
    response = render(request, name, dict(context), status=status)
    if part:
        patch_vary_headers(response, ("HX-Request",))
    return response
