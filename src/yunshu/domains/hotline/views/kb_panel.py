"""The knowledge base beside a ticket: what its words find, an answer taken into the reply, a question without an answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.hotline.choices import Asker
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import kb, kb_search, tickets
from yunshu.domains.hotline.services import kb_demands, kb_using
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

REPLYING = ("answer", "reply")
"""Verbs whose form takes an answer's words."""


@staff()
@require_safe
def panel(request: HttpRequest, number: str) -> HttpResponse:
    """What fits a ticket's words, or those typed."""
    return _shown(request, number)


def _shown(request: HttpRequest, number: str, refusal: Exception | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    row = tickets.get_ticket(viewer, number)
    asked = request.GET.get("q", "").strip()
    question = asked or f"{row.title} {row.content}"
    context = {
        "row": row,
        "asked": asked,
        "found": kb_search.answers(viewer, question),
        "citations": kb.citations_of(row),
        "may_cite": row.state not in life.FINAL,
        "refusal": refusal,
    }
    return show(request, "hotline/kb/panel.html", context, part="panel", status=422 if refusal else 200)


@staff()
@require_POST
def cite(request: HttpRequest, number: str) -> HttpResponse:
    """Remember the article on the ticket and lead to the form of the reply with its words."""
    viewer = viewer_of(request)
    with attempt() as step:
        article = request.POST.get("article", "")[:24]
        cited = kb_using.cite(actor=viewer, ticket=number, article=article, now=clock.now())
        case = workflow.get_case(life.CODE, number)
        verbs = {each.verb for each in workflow.verbs_for(viewer, case)}
        verb = next((verb for verb in REPLYING if verb in verbs), None)
        if verb is None:
            messages.success(request, _("已在工单上记下引用的条目和版次。"))
            return redirect("hotline:ticket", number)
        return redirect(f"{reverse('hotline:ticket_form', args=[number, verb])}?article={cited.article}")
    return _shown(request, number, step.refusal)


@staff()
@require_POST
def unanswered(request: HttpRequest, number: str) -> HttpResponse:
    """Nothing fits: the question becomes a department's task, with the ticket that it came from."""
    viewer = viewer_of(request)
    row = tickets.get_ticket(viewer, number)
    with attempt() as step:
        question = request.POST.get("question", "").strip()[:300] or row.title
        made = kb_demands.ask(by=viewer, asker=Asker.STAFF, question=question, now=clock.now(), ticket=row)
        messages.success(request, _("已提交，任务编号 %(n)s；发布答案后任务自动办结。") % {"n": made.number})
        return redirect("hotline:ticket", number)
    return _shown(request, number, step.refusal)


def words_of(viewer: Any, number: str, article: str) -> dict[str, str]:
    """Return what the form of a reply begins with: the words of an article that the ticket cites."""
    if not article:
        return {}
    row = tickets.get_ticket(viewer, number)
    made = next((each.version for each in kb.citations_of(row) if each.version.article.number == article), None)
    return {"words": kb_using.quotation(made)} if made else {}
