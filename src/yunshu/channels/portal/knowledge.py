"""12345 knowledge base for citizens: ask in one's own words, read what is in force, say whether it helped."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST, require_safe

from yunshu.channels.portal.hotline import limit
from yunshu.domains.hotline import api as hotline
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import public, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

SAY = "kb_say"
"""How often one address may say or ask something: ``ACCOUNT_RATE_LIMITS`` in the settings."""
SAID, MOST_SAID, LONGEST = "hotline_kb_said", 100, 200


class WrongForm(forms.Form):
    """What is wrong with an article."""

    words = forms.CharField(
        label=_l("哪里不对"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("责任单位会收到并核实。请不要写姓名、电话。"),
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Left blank by people; what fills it in is a program."""


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Ask; without a question, what was updated last."""
    asked = request.GET.get("q", "").strip()[:LONGEST]
    context = {"asked": asked, "found": hotline.find_knowledge(asked)}
    return show(request, "portal/knowledge.html", context)


@public
@require_safe
def article(request: HttpRequest, number: str) -> HttpResponse:
    """One article in force. Raises NotFound for what is internal, withdrawn or out of its dates."""
    return _shown(request, number, WrongForm())


def _shown(request: HttpRequest, number: str, form: WrongForm, status: int = 200) -> HttpResponse:
    context = {
        "article": hotline.knowledge_page(number, clock.now()),
        "form": form,
        "has_said": number in _said(request),
        "asked": request.GET.get("q", "")[:LONGEST],
    }
    return show(request, "portal/article.html", context, status=status)


@public
@require_POST
def say(request: HttpRequest, number: str) -> HttpResponse:
    """Say that it helped or did not, once a browser; or what is wrong. Raises NotFound and TooMany (``too_often``)."""
    form, kind = WrongForm(request.POST), request.POST.get("kind", "")
    if not form.is_valid() or form.cleaned_data["website"]:
        raise NotFound("page_not_found")
    if kind != "complaint" and number in _said(request):
        return redirect("portal:article", number)
    limit(request, SAY)
    with attempt(form):
        words = form.cleaned_data["words"]
        hotline.say_of_knowledge(by=viewer_of(request), number=number, kind=kind, words=words, now=clock.now())
        if kind != "complaint":
            request.session[SAID] = [*_said(request), number][-MOST_SAID:]
        messages.success(request, _("谢谢，已记下。"))
        return redirect("portal:article", number)
    return _shown(request, number, form, status=422)


@public
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Say that there is no answer: the question goes to a department. Raises TooMany (``too_often``)."""
    question = request.POST.get("question", "").strip()[:LONGEST]
    if question and not request.POST.get("website"):
        limit(request, SAY)
        with attempt() as step:
            hotline.ask_for_knowledge(by=viewer_of(request), question=question, now=clock.now())
            messages.success(request, _("已转给有关单位补充答案。急需办理的，请直接提交诉求。"))
        if step.refusal is not None:
            messages.error(request, str(step.refusal))
    return redirect("portal:knowledge")


def _said(request: HttpRequest) -> list[str]:
    found = request.session.get(SAID, [])
    return [str(number) for number in found] if isinstance(found, list) else []
