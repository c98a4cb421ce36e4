"""One way for every form of these pages: run a service, put its refusal where it belongs, show the page again."""

from collections.abc import Callable, Sequence
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.ui.pages import show

Crumbs = Sequence[tuple[str, Any]]


def done(form: Form, act: Callable[[], Any]) -> Any:
    """Return what ``act`` returned; None after a refusal, which then stands on the form. NotPermitted goes on."""
    try:
        return act()
    except NotPermitted:
        raise
    except (Refused, Conflict, NotFound) as error:
        if not error.message:
            raise
        form.add_error(error.where if error.where in form.fields else None, error.message)
    return None


def form_page(
    request: HttpRequest, form: Form, *, title: Any, crumbs: Crumbs, submit: Any = "", lead: Any = "", **context: Any
) -> HttpResponse:
    """Show a page with one form; the last crumb is where its cancelling leads."""
    words = {"form": form, "title": title, "crumbs": crumbs, "submit": submit, "lead": lead, "cancel": crumbs[-1][0]}
    return show(request, "operations/asset_form.html", words | context, status=422 if form.errors else 200)
