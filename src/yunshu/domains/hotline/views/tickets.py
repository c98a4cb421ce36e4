"""Pages of tickets: the desk, the lists, registering, one ticket with its timeline, dispatch, print."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import Channel, Kind, Urgency
from yunshu.domains.hotline.contracts import PROOF_KIND, TICKET_DISPATCH, TICKET_REGISTER
from yunshu.domains.hotline.forms import DispatchForm, RegisterForm, StepForm
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import callers, calls, pages, roster
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.selectors.searching import Words
from yunshu.domains.hotline.services import asking, dispatching, registering
from yunshu.domains.hotline.views import smart_beside
from yunshu.domains.hotline.views.verbs import OWN, offered
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, YesNo, list_page
from yunshu.lib.ui.pages import show

STATE_CHOICES = [(s.code, _l(s.name)) for s in life.STATES]
COLUMNS = (
    Column("number", _l("工单编号"), link=True),
    Column("title", _l("标题")),
    Column("kind", _l("诉求类型"), kind="choice"),
    Column("urgency", _l("紧急程度"), kind="choice", hidden=True),
    Column("state", _l("状态"), value=lambda r: _(life.STATE_NAMES[r.state])),
    Column("unit", _l("承办单位")),
    Column("holder", _l("承办人"), hidden=True),
    Column("category", _l("诉求分类"), hidden=True),
    Column("channel", _l("来源渠道"), kind="choice", hidden=True),
    Column("street", _l("镇街"), hidden=True),
    Column("received_at", _l("收到时间"), kind="instant", sort="received_at"),
    Column("due_at", _l("办理期限"), template="hotline/_due_cell.html", sort="due_at"),
    Column("closed_at", _l("办结时间"), kind="instant", sort="closed_at", hidden=True),
    Column("reworks", _l("重办次数"), kind="number", sort="reworks", hidden=True),
)
FILTERS = (
    Words(),
    Choice("state", _l("状态"), STATE_CHOICES),
    Choice("kind", _l("诉求类型"), Kind.choices),
    Choice("urgency", _l("紧急程度"), Urgency.choices),
    Choice("channel", _l("来源渠道"), Channel.choices),
    Choice("hot", _l("热点"), [("1", _l("属于热点"))], where=lambda _v, _c: Q(sighting__hotspot__isnull=False)),
    DateRange("received_at", _l("收到时间")),
    Choice("division", _l("辖区"), lambda _viewer: [pair for pair in pages.divisions() if pair[0]]),
    Choice("category", _l("诉求分类"), lambda _viewer: pages.categories()[1:], path="category__code"),
    YesNo("open", _l("未办结"), path="closed_at__isnull"),
    Choice("due", _l("时限"), pages.DUES, where=pages.due_where),
)


def _listing(name: str, title: Any, rows: Any, sort: str, empty: Any) -> Listing:
    return Listing(
        name=name,
        title=title,
        rows=rows,
        default_sort=sort,
        columns=COLUMNS,
        filters=FILTERS,
        row_url=lambda r: reverse("hotline:ticket", args=[r.number]),
        empty_title=_l("没有工单"),
        empty_text=empty,
    )


TICKETS = _listing(
    "hotline-tickets", _l("热线工单"), selectors.visible_tickets, "-received_at", _l("登记或收到诉求后，这里出现工单。")
)
OBJECTIONS = _listing(
    "hotline-objections",
    _l("退单审核"),
    pages.objected,
    "state_due_at",
    _l("承办单位申请退单、延期或挂起后，在这里审核。"),
)
CALLBACKS = _listing(
    "hotline-callbacks", _l("回访"), pages.to_call, "state_due_at", _l("答复审核通过后，在这里回访诉求人。")
)


@staff()
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer's desk or unit, the most urgent first."""
    viewer = viewer_of(request)
    rows = pages.waiting(viewer)
    context = {
        "tallies": pages.tallies(viewer),
        "rows": rows[: pages.MOST_WAITING],
        "more": len(rows) > pages.MOST_WAITING,
        "reveals": callers.waiting_reveals(viewer),
        "state_names": {code: _(name) for code, name in life.STATE_NAMES.items()},
        "may_register": bool(viewer.reach(TICKET_REGISTER)),
        "roster_today": roster.today_for(viewer, clock.now()),
        "now": clock.now(),
    }
    return show(request, "hotline/desk.html", context)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every ticket in sight."""
    context = {"may_register": bool(viewer_of(request).reach(TICKET_REGISTER))}
    return list_page(request, TICKETS, template="hotline/tickets.html", context=context)


@staff(TICKET_DISPATCH)
@require_safe
def objections(request: HttpRequest) -> HttpResponseBase:
    """What units ask for: to give back, to take longer, to stand still."""
    return list_page(request, OBJECTIONS)


@staff()
@require_safe
def callbacks(request: HttpRequest) -> HttpResponseBase:
    """Whom to call."""
    return list_page(request, CALLBACKS)


def register_form(viewer: Viewer, *given: Any, **more: Any) -> RegisterForm:
    """Return the form that an agent fills in, with what there is to choose from."""
    choosing = {
        "desk": pages.desks(viewer),
        "category": pages.categories(),
        "division": pages.divisions(),
        "accused": [("", "—"), *pages.orgs()],
    }
    return RegisterForm(*given, choosing=choosing, **more)


@staff(TICKET_REGISTER)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Register what a caller says."""
    viewer = viewer_of(request)
    form = register_form(viewer, request.POST or None, request.FILES or None)
    if form.is_valid():
        data = dict(form.cleaned_data)
        desk_code, uploads = data.pop("desk"), data.pop("attachments")
        with attempt(form):
            made = registering.register(
                actor=viewer,
                spec=registering.TicketSpec(**data),
                now=clock.now(),
                desk_code=desk_code,
                uploads=uploads,
            )
            said = _("已受理，编号 %(n)s，查询码 %(code)s：请告诉诉求人，查询码只显示这一次。")
            messages.success(request, said % {"n": made.ticket.number, "code": made.code})
            return redirect("hotline:ticket", made.ticket.number)
    return show(request, "hotline/new.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One ticket: its clocks, what is known, what can be done, its timeline."""
    return show_ticket(request, number)


@staff()
@require_safe
def printed(request: HttpRequest, number: str) -> HttpResponse:
    """One ticket on paper."""
    return show(request, "hotline/print.html", _context(viewer_of(request), number))


def show_ticket(request: HttpRequest, number: str, refusal: Exception | None = None, **more: Any) -> HttpResponse:
    """Show one ticket, with what was refused above it."""
    context = _context(viewer_of(request), number) | {"refusal": refusal} | more
    return show(request, "hotline/ticket.html", context, status=422 if refusal else 200)


def _context(viewer: Viewer, number: str) -> dict[str, Any]:
    row, now = selectors.get_ticket(viewer, number), clock.now()
    case = None if row.is_past else workflow.get_case(life.CODE, number)
    plain, forms = offered(viewer, row, case) if case else ([], [])
    verbs = {v.verb for v in workflow.verbs_for(viewer, case)} if case else set()
    smart = smart_beside.panel(viewer, row, now)
    return {
        "row": row,
        "place": pages.division_name(row.division),
        "state_name": _(life.STATE_NAMES[row.state]),
        "is_open": row.state in life.OPEN,
        "of_desk": selectors.is_of_desk(viewer, row),
        "content": callers.content_of(viewer, row),
        "caller": callers.caller_of(viewer, row),
        "own_reveal": callers.own_reveal(viewer, row, now),
        "history": callers.history_of(viewer, row),
        "calls": calls.of_ticket(viewer, row),
        "readings": selectors.readings(row, working_calendar(), now),
        "plain": plain,
        "forms": forms,
        "may_dispatch": bool(verbs & {"dispatch", "redispatch"}),
        "may_close": "confirm" in verbs,
        "task": workflow.open_task_of(case) if case else None,
        "chain_broken": workflow.chain_breaks_at(case) if case else None,
        "facts": pages.facts_of(viewer, row),
        "similar": pages.similar(viewer, row)
        if row.state == life.REGISTERED and not (smart and smart["cards"])
        else [],
        "smart": smart,
        "state_names": {code: _(name) for code, name in life.STATE_NAMES.items()},
        "attachments": files.attachments_of(selectors.TICKET_FILES, [number]).get(number, []),
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
        "now": now,
    }


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step that needs no more than a reason."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        asking.move_ticket(actor=viewer_of(request), number=number, now=clock.now(), **words)
        done = _(life.STEP_NAMES.get(words["verb"], words["verb"]))
        messages.success(request, _("%(number)s：“%(what)s”已完成。") % {"number": number, "what": done})
        if selectors.may_see(viewer_of(request), number):
            return redirect("hotline:ticket", number)
        return redirect("hotline:desk")
    return show_ticket(request, number, step.refusal)


@staff(TICKET_DISPATCH)
@require_http_methods(["GET", "POST"])
def dispatch(request: HttpRequest, number: str) -> HttpResponse:
    """Send a ticket to a unit: what the directory suggests and why, and the dispatcher's own choice."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_ticket(viewer, number)
    advice, units = pages.advice(row, now), pages.units_to_dispatch(now)
    rules = [("", _("不依目录条目")), *((a.suggestion.row.code, a.suggestion.row.matter) for a in advice)]
    best = next((a for a in advice if a.suggestion.row.role == "main"), None)
    initial = {"unit": best.org_code, "rule": best.suggestion.row.code} if best else {}
    if (picked := request.GET.get("unit")) and picked != initial.get("unit"):
        initial = {"unit": picked}
    choosing: dict[str, Any] = {"unit": [("", _("请选择")), *units], "assists": units, "rule": rules}
    form = DispatchForm(request.POST or None, choosing=choosing, initial=initial)
    if form.is_valid():
        with attempt(form):
            spec = dispatching.DispatchSpec(**form.cleaned_data)
            to = dispatching.dispatch(actor=viewer, number=number, spec=spec, now=now).unit
            messages.success(request, _("已派给%(unit)s。") % {"unit": to.name if to else ""})
            return redirect("hotline:ticket", number)
    context = {
        "row": row,
        "form": form,
        "advice": advice,
        "content": callers.content_of(viewer, row),
        "place": pages.division_name(row.division),
        "objection": row.objections.filter(state="open").select_related("reason", "unit", "proposed").last(),
    }
    return show(request, "hotline/dispatch.html", context, status=422 if form.errors else 200)


@staff()
@require_http_methods(["GET", "POST"])
def own_form(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """A verb that asks for more than a reason."""
    return OWN.show(request, number, verb)
