"""A page that writes one thing: a form, one service, back to where it belongs. Every such page is made of this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet, Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the page says: title, where it hangs (name, address), the button's word, a sentence for the top and for success."""

    title: Any
    back: str
    crumbs: Sequence[tuple[Any, str]]
    submit: Any
    lead: Any = ""
    done: Any = ""


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, also if it is nothing; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def write(
    request: HttpRequest,
    page: Page,
    form: Form,
    save: Callable[[Any], Any],
    rows: "BaseFormSet[Any] | None" = None,
) -> HttpResponse:
    """Show ``form`` (and ``rows``); when posted and sound call ``save`` with the form and go back.

    A refusal stands at its field; NotPermitted goes on to its own page.
    """
    if form.is_valid() and (rows is None or rows.is_valid()):
        with attempt(form):
            save(form)
            if page.done:
                messages.success(request, str(page.done))
            return redirect(page.back)
    is_bad = bool(form.errors or (rows is not None and rows.is_bound and not rows.is_valid()))
    return show(
        request, "projects/write.html", {"page": page, "form": form, "rows": rows}, status=422 if is_bad else 200
    )


def page_of_project(row: Any, title: str, submit: str, done: str = "", lead: str = "") -> Page:
    """Return the page of something written about a project."""
    back = reverse("projects:project", args=[row.number])
    crumbs = [(_("信息化项目"), reverse("projects:projects")), (row.name, back)]
    return Page(title=title, back=back, crumbs=crumbs, submit=submit, done=done, lead=lead)
