"""What several pages of inspection share: one with a form, the offers of organisations."""

from collections.abc import Sequence
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.selectors.reach import orgs_where
from yunshu.lib.ui.pages import show

Crumbs = Sequence[tuple[str, Any]]


def form_page(
    request: HttpRequest, form: Form, *, title: Any, crumbs: Crumbs, submit: Any = "", lead: Any = ""
) -> HttpResponse:
    """Show a page with one form; the last crumb is where cancelling leads."""
    words = {"form": form, "title": title, "crumbs": crumbs, "submit": submit, "lead": lead, "cancel": crumbs[-1][0]}
    return show(request, "inspection/form.html", words, status=422 if form.errors else 200)


def orgs_for(viewer: Any) -> list[tuple[str, str]]:
    """Return the organisations whose registry the viewer keeps, as choices."""
    return [(org.code, org.name) for org in orgs_where(viewer, REGISTRY_EDIT)]
