"""The hotline over HTTP: a department's own system handles what it was given; a channel files, follows, adds and rates for a citizen.

The same services as the pages, the same reach, the same refusals. A handling unit gets the caller masked, a sealed one not at all.
"""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Query, Router, Schema, Status
from ninja.pagination import paginate
from pydantic import AfterValidator, Field

from yunshu.domains.hotline import api
from yunshu.domains.hotline.contracts import DEMAND_FILE, DESK_RIGHTS, UNIT_RIGHTS
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.selectors import callers, pages
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.services import answering, asking, dispatching, registering
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, TooMany
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.inputs import Instant
from yunshu.lib.ui.paging import Slices
from yunshu.lib.ui.throttle import Throttle

router = Router(tags=["12345 热线"])
GUESSES = Throttle("ticket-code", 10, 3600)
"""How often a ticket's code may be wrong; ours."""

Words = Annotated[str, AfterValidator(lambda text: text.replace("\0", ""))]
"""A text as PostgreSQL keeps it."""

# what a department's own system sees ------------------------------------------------------------------------------------


class TicketOut(Schema):
    """A ticket as a list shows it."""

    number: str
    title: str
    kind: str = Field(description="consult 咨询、help 求助、suggest 建议、complain 投诉、report 举报、praise 表扬")
    urgency: str
    channel: str
    state: str
    state_name: str
    category: str = Field("", alias="category.code")
    unit: str | None = Field(None, alias="unit.code")
    received_at: datetime
    dispatched_at: datetime | None
    state_since: datetime
    state_due_at: datetime | None = Field(description="本环节期限")
    due_at: datetime | None = Field(description="办理期限")

    @staticmethod
    def resolve_state_name(row: Any) -> str:
        """Return the state in words."""
        state = row["state"] if isinstance(row, dict) else row.state
        return _(life.STATE_NAMES[state])


class CallerOut(Schema):
    """Who asks, as the viewer may know it."""

    name: str
    phone: str
    email: str
    is_masked: bool
    is_sealed: bool


class StepOut(Schema):
    """One line of the timeline."""

    seq: int
    verb: str
    name: str
    at: datetime
    who: str
    words: str


class TicketWhole(TicketOut):
    """A ticket with its words, its caller and its timeline."""

    content: str
    division: str
    street: str
    address: str
    lon: float | None
    lat: float | None
    is_confidential: bool
    caller: CallerOut
    answer: str
    steps: list[StepOut]


class TicketFilter(Schema):
    """Which tickets."""

    state: Words = Field("", description="状态代码，如 dispatched 待签收、handling 办理中", max_length=12)
    since: Instant | None = Field(None, description="这一时刻起状态有变化的")
    open_only: bool = Field(default=False, description="只要未办结的")


class ReasonIn(Schema):
    """Why."""

    reason: Words = Field("", description="意见", max_length=2000)


class ReplyIn(Schema):
    """A unit's answer."""

    words: Words = Field(description="答复内容", max_length=4000)
    measures: Words = Field("", description="办理经过", max_length=4000)


class ObjectionIn(Schema):
    """Why a ticket is not the unit's."""

    reason: Words = Field(description="退单事由代码", max_length=40)
    words: Words = Field(description="理由", max_length=2000)
    basis: Words = Field(description="依据：法律法规条款、三定规定或权责清单", max_length=300)
    proposed: Words = Field("", description="建议承办单位编码", max_length=40)


class ExtensionIn(Schema):
    """More time."""

    amount: int = Field(description="延长多少，单位与原时限相同", ge=1, le=10_000)
    reason: Words = Field(description="理由", max_length=2000)


class PauseIn(Schema):
    """A suspension."""

    ground: Words = Field(description="挂起事由代码", max_length=40)
    until: date = Field(description="预计恢复日期")
    reason: Words = Field(description="理由", max_length=2000)


@router.get("/tickets", response=list[TicketOut], summary="派给我的工单")
@paginate(Slices)
def list_tickets(request: HttpRequest, filters: Query[TicketFilter]) -> Any:
    """Return the tickets in sight, the latest change first."""
    viewer = viewer_of(request)
    if not any(viewer.reach(permission) for permission in (*UNIT_RIGHTS, *DESK_RIGHTS)):
        viewer.require(UNIT_RIGHTS[0])
    rows = selectors.visible_tickets(viewer)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.since:
        rows = rows.filter(state_since__gte=filters.since)
    if filters.open_only:
        rows = rows.filter(state__in=life.OPEN)
    return rows.order_by("-state_since", "-pk")


@router.get("/tickets/{number}", response=TicketWhole, summary="工单详情")
def get_ticket(request: HttpRequest, number: Words) -> Any:
    """Return one ticket in sight."""
    return _whole(request, number)


@router.post("/tickets/{number}/sign", response=TicketWhole, summary="签收")
def sign(request: HttpRequest, number: Words, body: ReasonIn) -> Any:
    """Sign for a ticket that was dispatched to the unit."""
    return _plain(request, number, "sign", body.reason)


@router.post("/tickets/{number}/reply", response=TicketWhole, summary="提交答复")
def reply(request: HttpRequest, number: Words, body: ReplyIn) -> Any:
    """Hand in the unit's answer; the desk reviews it."""
    answering.reply(actor=viewer_of(request), number=number, words=body.words, measures=body.measures, now=clock.now())
    return _whole(request, number)


@router.post("/tickets/{number}/objection", response=TicketWhole, summary="申请退单")
def object_to(request: HttpRequest, number: Words, body: ObjectionIn) -> Any:
    """Ask the desk to take a ticket back, with the basis."""
    spec = dispatching.ObjectionSpec(**body.dict())
    dispatching.object_to(actor=viewer_of(request), number=number, spec=spec, now=clock.now())
    return _whole(request, number)


@router.post("/tickets/{number}/extension", response=TicketWhole, summary="申请延期")
def ask_extension(request: HttpRequest, number: Words, body: ExtensionIn) -> Any:
    """Ask for more time, once."""
    asking.ask_extension(
        actor=viewer_of(request), number=number, amount=body.amount, reason=body.reason, now=clock.now()
    )
    return _whole(request, number)


@router.post("/tickets/{number}/pause", response=TicketWhole, summary="申请挂起")
def ask_pause(request: HttpRequest, number: Words, body: PauseIn) -> Any:
    """Ask that the clock stand still, for a listed reason."""
    asking.ask_pause(
        actor=viewer_of(request),
        number=number,
        ground=body.ground,
        until=body.until,
        reason=body.reason,
        now=clock.now(),
    )
    return _whole(request, number)


@router.post("/tickets/{number}/resume", response=TicketWhole, summary="恢复办理")
def resume(request: HttpRequest, number: Words, body: ReasonIn) -> Any:
    """Go on after a suspension."""
    return _plain(request, number, "resume", body.reason)


@router.post("/tickets/{number}/withdraw-request", response=TicketWhole, summary="撤回退单、延期或挂起申请")
def drop(request: HttpRequest, number: Words, body: ReasonIn) -> Any:
    """Take back what the unit asked for and the desk has not answered."""
    row = selectors.get_ticket(viewer_of(request), number)
    verbs = {life.OBJECTED: "drop_objection", life.EXTENDING: "drop_extension", life.PAUSING: "drop_pause"}
    return _plain(request, number, verbs.get(row.state, "drop_objection"), body.reason)


@router.post("/tickets/{number}/notes", response=TicketWhole, summary="补充情况")
def note(request: HttpRequest, number: Words, body: ReasonIn) -> Any:
    """Write progress on the timeline."""
    registering.add_note(actor=viewer_of(request), number=number, words=body.reason, now=clock.now())
    return _whole(request, number)


def _plain(request: HttpRequest, number: str, verb: str, reason: str) -> dict[str, Any]:
    asking.move_ticket(actor=viewer_of(request), number=number, verb=verb, reason=reason, now=clock.now())
    return _whole(request, number)


def _whole(request: HttpRequest, number: str) -> dict[str, Any]:
    viewer = viewer_of(request)
    row = selectors.get_ticket(viewer, number)
    mask = str if selectors.is_of_desk(viewer, row) else words.mask_text
    shown = {name: getattr(row, name) for name in WHOLE}
    steps = [
        {
            "seq": step.seq,
            "verb": step.verb,
            "name": _(life.STEP_NAMES.get(step.verb, step.verb)),
            "at": step.at,
            "who": pages.who(step),
            "words": mask(step.words),
        }
        for step in row.steps.order_by("seq")
    ]
    return {
        **shown,
        "category": row.category,
        "unit": row.unit,
        "content": callers.content_of(viewer, row),
        "answer": mask(row.answer),
        "caller": callers.caller_of(viewer, row),
        "steps": steps,
    }


WHOLE = (
    "number", "title", "kind", "urgency", "channel", "state", "received_at", "dispatched_at", "state_since",
    "state_due_at", "due_at", "division", "street", "address", "lon", "lat", "is_confidential",
)  # fmt: skip

# what a channel does for a citizen --------------------------------------------------------------------------------------


class DemandIn(Schema):
    """A demand; ``channel`` says from where."""

    kind: Words = Field(max_length=10)
    title: Words = Field(max_length=100)
    content: Words = Field(max_length=4000)
    channel: Words = Field("api", description="wechat、app、scan、web、letter、email 或 api", max_length=10)
    division: Words = Field("", max_length=12)
    street: Words = Field("", max_length=60)
    address: Words = Field("", max_length=200)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    name: Words = Field("", max_length=60)
    phone: Words = Field("", max_length=20)
    email: Words = Field("", max_length=100)
    is_confidential: bool = False
    source_number: Words = Field(
        "", description="渠道自己的编号；没有收到答复时凭它原样重发，得到同一件诉求", max_length=60
    )


class ReceiptOut(Schema):
    """What the citizen is told, once."""

    number: str
    code: str = Field(description="查询码，只给这一次")


class ProgressOut(Schema):
    """A step as its citizen reads it."""

    at: datetime
    name: str
    words: str


class CardOut(Schema):
    """A ticket as its citizen sees it."""

    number: str
    title: str
    content: str
    kind_name: str
    state: str
    state_name: str
    unit_name: str
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    answer: str
    progress: list[ProgressOut]
    may_supplement: bool
    may_rate: bool
    rating: int | None


class MoreIn(Schema):
    """What a citizen adds."""

    words: Words = Field(max_length=2000)


class RateIn(Schema):
    """What a citizen thinks of it."""

    solved: bool
    result_score: int = Field(ge=1, le=5)
    process_score: int = Field(ge=1, le=5)
    words: Words = Field("", max_length=1000)


Code = Annotated[str, Header(alias="X-Lookup-Code", description="查询码或登记的手机号", max_length=20)]


@router.get("/demands/schema", response=dict[str, Any], summary="诉求表单（JSON Schema）")
def demand_schema(request: HttpRequest) -> dict[str, Any]:
    """Return the form that every channel shows, with its choices of today."""
    viewer_of(request).require(DEMAND_FILE)
    return api.demand_schema()


@router.post("/demands", response={201: ReceiptOut}, summary="提交诉求")
def file_demand(request: HttpRequest, body: DemandIn) -> Status[dict[str, str]]:
    """File a demand for a citizen; returns its number and the code to follow it by.

    A channel that got no answer sends the same again under its own number, and is told the same demand.
    """
    viewer = viewer_of(request)
    viewer.require(DEMAND_FILE)
    if body.channel in NOT_FOR_PROGRAMS:
        raise NotPermitted("channel_not_yours", _("电话和省平台来的诉求不从这里登记。"))
    spec = api.TicketSpec(**body.dict())
    page = f"{getattr(viewer, 'org_code', '')} {viewer.label} {spec.source_number}" if spec.source_number else ""
    number, code = api.file_ticket(by=viewer, spec=spec, now=clock.now(), page=page)
    return Status(201, {"number": number, "code": code})


NOT_FOR_PROGRAMS = frozenset({"phone", "province"})


@router.get("/demands/{number}", response=CardOut, summary="查询诉求")
def follow(request: HttpRequest, number: Words, code: Code) -> Any:
    """Return a ticket to whoever knows its code."""
    return _card(_known(request, number, code))


@router.post("/demands/{number}/supplement", response=CardOut, summary="补充诉求")
def supplement(request: HttpRequest, number: Words, body: MoreIn, code: Code) -> Any:
    """Add to a ticket."""
    known = _known(request, number, code)
    api.supplement(by=viewer_of(request), number=known, words=body.words, now=clock.now())
    return _card(known)


@router.post("/demands/{number}/rating", response=CardOut, summary="评价")
def rate(request: HttpRequest, number: Words, body: RateIn, code: Code) -> Any:
    """Rate a closed ticket, once."""
    known = _known(request, number, code)
    api.rate(by=viewer_of(request), number=known, now=clock.now(), **body.dict())
    return _card(known)


def _known(request: HttpRequest, number: str, code: str) -> str:
    """Return the ticket's number if the code is right. Raises NotFound, TooMany (``too_often``) after ten wrong ones an hour."""
    viewer_of(request).require(DEMAND_FILE)
    if GUESSES.is_spent(number):
        raise TooMany("too_often", _("查询码错得太多，请一小时后再试。"), retry_after_s=GUESSES.seconds)
    try:
        return api.look_up(number, code.replace("\0", ""))
    except NotFound:
        GUESSES.count(number)
        raise


def _card(number: str) -> dict[str, Any]:
    card = api.ticket_card(number)
    steps = [{"at": at, "name": name, "words": said} for at, name, said in card.progress]
    return {**{name: getattr(card, name) for name in card.__dataclass_fields__}, "progress": steps}
