"""Which verbs a page offers on a ticket, and the forms of those that ask for more than a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline import forms, forms_figures
from yunshu.domains.hotline.choices import Relation
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import judging as judgements
from yunshu.domains.hotline.selectors import pages
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.services import answering, asking, dispatching, judging, registering, smart_use, watching
from yunshu.domains.hotline.views import smart_beside
from yunshu.domains.hotline.views.beside_form import beside
from yunshu.domains.hotline.views.kb_panel import words_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

Data = dict[str, Any]
Submit = Callable[[Any, str, Data, datetime], Any]
Choosing = Callable[[Any], Mapping[str, forms.Choices]]
HIDDEN = frozenset({"answer_merged", "archive", "fail", "pass_part", "dispatch", "redispatch"})
"""Verbs of the night's jobs, of the system, or that stand in another form."""


@dataclass(frozen=True)
class Own:
    """A form of its own: title, shape, what it does with (actor, number, cleaned data, now), and what it chooses from."""

    title: Any
    form: Any
    submit: Submit
    choosing: Choosing | None = None


def _object(actor: Any, number: str, data: Data, now: datetime) -> None:
    uploads = data.pop("attachments")
    row = dispatching.object_to(actor=actor, number=number, spec=dispatching.ObjectionSpec(**data), now=now)
    registering.attach(actor, row, uploads, now)


def _call(actor: Any, number: str, data: Data, now: datetime) -> None:
    solved = {"1": True, "0": False}.get(data.pop("solved"))
    result, process = (int(data.pop(name) or 0) or None for name in ("result_score", "process_score"))
    spec = answering.CallSpec(solved=solved, result_score=result, process_score=process, **data)
    answering.call_back(actor=actor, number=number, spec=spec, now=now)


def _meeting(verb: str) -> Submit:
    return lambda actor, number, data, now: dispatching.call_meeting(
        actor=actor, number=number, verb=verb, now=now, **data
    )


def _gather(verb: str) -> Submit:
    return lambda actor, number, data, now: answering.gather(actor=actor, number=number, verb=verb, now=now, **data)


def _note(actor: Any, number: str, data: Data, now: datetime) -> None:
    registering.add_note(actor=actor, number=number, words=data["words"], uploads=data["attachments"], now=now)


def _reply(actor: Any, number: str, data: Data, now: datetime) -> None:
    uploads = data.pop("attachments")
    answering.reply(actor=actor, number=number, now=now, uploads=uploads, **data)


def _review(actor: Any, number: str, data: Data, now: datetime) -> None:
    passes = data["passes"] == "1"
    row = answering.review(actor=actor, number=number, passes=passes, words=data["words"], now=now)
    smart_use.settle_reply(by=actor, row=row, passes=passes, now=now)


def _assign(actor: Any, number: str, data: Data, now: datetime) -> None:
    asking.assign(actor=actor, number=number, person_id=int(data["person"]), now=now)


def _plain(service: Callable[..., Any]) -> Submit:
    """Return a submit that hands all fields to ``service``."""
    return lambda actor, number, data, now: service(actor=actor, number=number, now=now, **data)


def _units(_row: Any) -> Mapping[str, forms.Choices]:
    found = pages.orgs()
    return {"unit": found, "units": found}


FORMS: Mapping[str, Own] = {
    "reject": Own(
        _l("不予受理"), forms.RejectForm, _plain(registering.reject), lambda _row: {"ground": pages.reject_grounds()}
    ),
    "answer": Own(_l("直接答复"), forms.AnswerForm, _plain(registering.answer)),
    "object": Own(
        _l("申请退单"),
        forms.ObjectionForm,
        _object,
        lambda _row: {"reason": pages.objection_reasons(), "proposed": [("", _("不清楚")), *pages.orgs()]},
    ),
    "ask_extension": Own(_l("申请延期"), forms.ExtensionForm, _plain(asking.ask_extension)),
    "ask_pause": Own(
        _l("申请挂起"), forms.PauseForm, _plain(asking.ask_pause), lambda _row: {"ground": pages.suspend_reasons()}
    ),
    "reply": Own(_l("提交答复"), forms.ReplyForm, _reply),
    "pass": Own(_l("审核答复"), forms.ReviewForm, _review),
    "call": Own(_l("登记回访"), forms.CallForm, _call),
    "call_meeting": Own(_l("疑难会办"), forms.MeetingForm, _meeting("call_meeting"), _units),
    "whistle": Own(_l("吹哨：申请会办"), forms.MeetingForm, _meeting("whistle"), _units),
    "meet_again": Own(_l("转疑难会办"), forms.MeetingForm, _meeting("meet_again"), _units),
    "minutes": Own(
        _l("登记会办纪要"),
        forms.WordsForm,
        lambda actor, number, data, now: dispatching.settle_meeting(
            actor=actor, number=number, minutes=data["words"], now=now
        ),
    ),
    "merge": Own(_l("并案"), forms.MergeForm, _plain(dispatching.merge)),
    "unmerge": Own(_l("撤销并案"), forms.ReasonForm, _plain(dispatching.unmerge)),
    "gather": Own(_l("汇总答复"), forms.AnswerForm, _gather("gather")),
    "province_answer": Own(_l("登记省平台答复"), forms.AnswerForm, _gather("province_answer")),
    "withdraw": Own(_l("诉求人撤回"), forms.ReasonForm, _plain(registering.withdraw)),
    "supervise": Own(_l("督办"), forms.SuperviseForm, _plain(watching.supervise)),
    "regrade": Own(_l("调整紧急程度"), forms.RegradeForm, _plain(asking.regrade)),
    "assign": Own(_l("转交"), forms.AssignForm, _assign, lambda row: {"person": pages.able_people(row, clock.now())}),
    "judgement": Own(_l("申请不纳入评价"), forms_figures.JudgementForm, _plain(judging.ask)),
    "note": Own(_l("补充情况和附件"), forms.NoteForm, _note),
}


def _split(actor: Any, number: str, form: Any, now: datetime) -> None:
    parts = [dispatching.PartSpec(unit=unit, title=title) for unit, title in form.parts()]
    reason = form.cleaned_data["reason"]
    dispatching.split(actor=actor, number=number, parts=parts, reason=reason, now=now)


class Forms:
    """The pages of the verbs' own forms."""

    def show(self, request: HttpRequest, number: str, verb: str) -> HttpResponse:
        """Show one form, or do what it says. Raises NotFound (``page_not_found``)."""
        viewer, now = viewer_of(request), clock.now()
        row = selectors.get_ticket(viewer, number)
        own = SPLIT if verb == "split" else FORMS.get(verb)
        if own is None:
            raise NotFound("page_not_found")
        more = {"choosing": own.choosing(row)} if own.choosing else {}
        begun = {"urgency": row.urgency, **words_of(viewer, number, request.GET.get("article", ""))}
        form = own.form(request.POST or None, request.FILES or None, initial=begun, **more)
        if form.is_valid() and "check" not in request.POST:
            with attempt(form):
                given = form if verb == "split" else dict(form.cleaned_data)
                own.submit(viewer, number, given, now)
                messages.success(request, _("“%(what)s”已提交。") % {"what": own.title})
                return redirect("hotline:ticket", number)
        context = {"row": row, "form": form, "title": own.title, **beside(viewer, row, verb)}
        context |= smart_beside.gate(viewer, row, verb, request.POST.get("words", ""), now)
        return show(request, "hotline/form.html", context, status=422 if form.errors else 200)


SPLIT = Own(_l("拆分"), forms.SplitForm, _split, _units)
OWN = Forms()


def offered(viewer: Viewer, row: Any, case: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    """Return the verbs that take no more than a reason, and (verb, name) of the forms that the viewer may open."""
    verbs = [v for v in workflow.verbs_for(viewer, case) if v.verb not in HIDDEN]
    is_part = row.relation in (Relation.ASSIST, Relation.SPLIT)
    own = {*FORMS, "split"}
    plain = [v for v in verbs if v.verb not in own and v.verb != "confirm"]
    found = [(v.verb, str(SPLIT.title if v.verb == "split" else FORMS[v.verb].title)) for v in verbs if v.verb in own]
    if is_part:
        found = [pair for pair in found if pair[0] not in ("split", "merge")]
    return plain, [*found, *_further(viewer, row)]


def _further(viewer: Viewer, row: Any) -> list[tuple[str, str]]:
    """Return the forms that are no verbs of the flow."""
    out: list[str] = []
    sorts = viewer.may(life.BY_VERB["dispatch"].permission, row.desk.path)
    if row.state == life.CALLBACK and viewer.may(life.BY_VERB["confirm"].permission, row.desk.path):
        out += ["call"]
    if row.state == life.MEETING and sorts:
        out += ["minutes"]
    if row.state in life.OPEN and sorts:
        out += ["regrade"]
    handles = row.unit is not None and viewer.may(life.BY_VERB["sign"].permission, row.unit.path)
    if handles and row.state in (life.HANDLING, life.SUSPENDED):
        out += ["assign"]
    if row.state in life.OPEN and pages.may_manage(viewer, row):
        out += ["supervise"]
    if judgements.may_ask(viewer, row):
        out += ["judgement"]
    if row.state not in life.FINAL:
        out += ["note"]
    return [(verb, str(FORMS[verb].title)) for verb in out]
