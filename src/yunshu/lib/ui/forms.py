"""Forms of this house: how ``{{ form }}`` looks, and how a page asks a service for what was filled in.

A page that takes a form in::

    form = DebtForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            row = services.ask_debt(actor=viewer, spec=DebtSpec(**form.cleaned_data), now=now)
            return redirect("exchange:debt", row.number)
    return show(request, "exchange/debt_new.html", {"form": form}, status=422 if form.errors else 200)

A page whose buttons take a step::

    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_debt(actor=viewer, number=number, verb=words["verb"], reason=words["reason"], now=now)
        tell_done(request, NAMES[words["verb"]])
        return redirect("exchange:debt", number)
    return _detail(request, number, step.refusal)
"""

from types import TracebackType
from typing import Any, Self

from django.contrib import messages
from django.forms import BaseForm
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.template import loader
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, YunshuError


class Renderer(DjangoTemplates):
    """Django's renderer with this house's templates: error summary, labels above, help, errors in words.

    Named in the settings as ``FORM_RENDERER``. Widgets keep Django's own templates; the form and its fields
    come from the project's engine, where components live.
    """

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"

    def get_template(self, template_name: str) -> Any:
        """Return the project's template for names under ``ui/``, Django's own for the rest."""
        if template_name.startswith("ui/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)


class attempt:  # noqa: N801 - used as contextlib.suppress is
    """Around what a page asks of a service: what is refused within comes back to the page, which goes on after it.

    Refused, Conflict and NotFound with a sentence are kept in ``refusal`` and stand on the bound ``form``: at the field
    they name, if it has that one, else at ``otherwise``, else above it. NotPermitted and what has no sentence go on.
    """

    def __init__(self, form: BaseForm | None = None, *, otherwise: str | None = None) -> None:
        self.refusal: YunshuError | None = None
        self._form, self._otherwise = form, otherwise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, Refused | Conflict | NotFound) or isinstance(error, NotPermitted) or not error.message:
            return False
        self.refusal = error
        if self._form is not None:
            self._form.add_error(error.where if error.where in self._form.fields else self._otherwise, error.message)
        return True


def tell_done(request: HttpRequest, name: str) -> None:
    """Tell whoever took a step that it was taken; ``name`` as its button says it, translated here."""
    messages.success(request, _("已办：%(name)s。") % {"name": _(name)})


def step_of(form: BaseForm) -> dict[str, Any]:
    """Return what the form of a step says; raise Refused (``verb_missing``) if it says no step."""
    if not form.is_valid():
        raise Refused("verb_missing", _("请选择操作。"))
    return form.cleaned_data
