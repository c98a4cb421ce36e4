"""A page with one form."""

from collections.abc import Sequence
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from yunshu.lib.ui.pages import show

Crumbs = Sequence[tuple[str, Any]]


def form_page(
    request: HttpRequest, form: Form, *, title: Any, crumbs: Crumbs, submit: Any = "", lead: Any = "", **context: Any
) -> HttpResponse:
    """Show a page with one form; the last crumb is where its cancelling leads."""
    words = {"form": form, "title": title, "crumbs": crumbs, "submit": submit, "lead": lead, "cancel": crumbs[-1][0]}
    return show(request, "operations/asset_form.html", words | context, status=422 if form.errors else 200)
