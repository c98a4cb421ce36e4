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
    onward: Callable[[Any], str] | None = None
    """Where it goes on from what was saved, if not back."""


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
            made = save(form)
            if page.done:
                messages.success(request, str(page.done))
            return redirect(page.onward(made) if page.onward else page.back)
    is_bad = bool(form.errors or (rows is not None and rows.is_bound and not rows.is_valid()))
    return show(
        request, "projects/write.html", {"page": page, "form": form, "rows": rows}, status=422 if is_bad else 200
    )


def crumbs_of(project: Any, contract: Any = None) -> list[tuple[Any, str]]:
    """Return the way to a project, or on to one of its contracts: each says what it is, since both often bear one name."""
    way = [
        (_("信息化项目"), reverse("projects:projects")),
        (_("项目：%(name)s") % {"name": project.name}, reverse("projects:project", args=[project.number])),
    ]
    if contract is not None:
        words = _("合同：%(name)s") % {"name": contract.name}
        way.append((words, reverse("projects:contract", args=[contract.number])))
    return way


def page_of_project(row: Any, title: str, submit: str, done: str = "", lead: str = "") -> Page:
    """Return the page of something written about a project."""
    back = reverse("projects:project", args=[row.number])
    return Page(title=title, back=back, crumbs=crumbs_of(row), submit=submit, done=done, lead=lead)
