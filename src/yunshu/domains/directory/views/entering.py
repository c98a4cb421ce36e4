"""One way to take a form in: ask a service, put its refusal beside the field it is about."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.http import HttpRequest

from yunshu.domains.directory.contracts import Viewer
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

Result = TypeVar("Result")


def viewer(request: HttpRequest) -> Viewer:
    """Return who is looking."""
    return request.viewer  # type: ignore[attr-defined, no-any-return]


def enter(form: forms.Form, save: Callable[[], Result]) -> Result | None:
    """Call ``save`` if the form is sound; a refusal becomes an error of the form, and the answer is None."""
    if not form.is_valid():
        return None
    try:
        return save()
    except NotPermitted:
        raise
    except (Refused, NotFound, Conflict) as error:
        form.add_error(error.where if error.where in form.fields else None, error.message or error.code)
        return None
