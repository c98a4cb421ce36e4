"""Reading calls: who sees which, whose number in full, today's figures, whom to call back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import PHONE_ANSWER, PHONE_RIGHTS, PHONE_SUPERVISE, RECORDING_LISTEN
from yunshu.domains.hotline.models import Call, CallEvent, MissedCall, Recording, Ticket
from yunshu.domains.hotline.phone_choices import ENDED_BY, REASONS, Direction, Outcome
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.rules.quality import Piece
from yunshu.domains.hotline.selectors.tickets import visible_tickets, within
from yunshu.lib.cti.indicators import CallRecord, Indicators, indicators
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound

RECENT = 5


def visible_calls(viewer: Viewer) -> QuerySet[Call]:
    """Return the calls of the desks at whose telephones the viewer works."""
    rows = Call.objects.filter(within(viewer, PHONE_RIGHTS, "desk__path"))
    return rows.select_related("desk", "queue", "agent", "ticket", "reason", "missed", "recording")


def get_call(viewer: Viewer, number: str) -> Call:
    """Return one call; raise NotFound (``call_not_found``)."""
    row = visible_calls(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("call_not_found", _("没有这通电话，或者不在您的范围内。"))
    return row


def of_ref(viewer: Viewer, ref: str) -> Call | None:
    """Return the call of the switch's number."""
    return visible_calls(viewer).filter(ref=ref).first() if ref else None


def in_hand(live: Call | None, owed: Iterable[Call]) -> Call | None:
    """Return the call that is to end on a ticket: the one that rings or speaks, else the first that is owed; none of our own dialling."""
    call = live if live and live.settled_at is None else next(iter(owed), None)
    return None if call is None or call.direction == Direction.OUT else call


def number_for(viewer: Viewer, call: Call) -> str:
    """Return the outside number as the viewer may see it: in full for the call's agent and the shift leader, masked for others."""
    mine = call.agent_id is not None and call.agent_id == getattr(viewer, "person_id", None)
    return call.caller if mine or viewer.may(PHONE_SUPERVISE, call.desk.path) else words.mask_phone(call.caller)


def pieces(desk_id: int, since: datetime, until: datetime) -> list[Piece]:
    """Return the answered calls of a desk as pieces of work for quality checks: each its number and who spoke."""
    rows = Call.objects.filter(desk_id=desk_id, answered_at__gte=since, answered_at__lt=until, agent__isnull=False)
    return [Piece(key=number, person_id=person) for number, person in rows.values_list("number", "agent_id")]


def masked(row: Call | MissedCall) -> str:
    """Return the outside number masked, as lists and exports show it."""
    if isinstance(row, Call) and row.is_sealed:
        return _("已密封")
    return words.mask_phone(row.caller) if row.caller else _("未显示号码")


def wait_seconds(row: Call) -> int:
    """Return how long the caller waited for a person, or until giving up."""
    until = row.answered_at or row.ended_at or clock.now()
    return int((until - row.offered_at).total_seconds())


def talk_seconds(row: Call) -> int | None:
    """Return how long they spoke; None if they did not."""
    return int(((row.ended_at or clock.now()) - row.answered_at).total_seconds()) if row.answered_at else None


@dataclass(frozen=True, kw_only=True)
class History:
    """What is known of a caller: their open tickets and their last ones."""

    open: list[Ticket]
    last: list[Ticket]
    calls: int


def history(viewer: Viewer, call: Call) -> History:
    """Return a caller's tickets in the viewer's sight; confidential ones are not found by a number, for their contact is sealed."""
    if not call.caller:
        return History(open=[], last=[], calls=0)
    rows = visible_tickets(viewer).filter(contact__phone=call.caller).order_by("-received_at", "-pk")
    earlier = visible_calls(viewer).filter(caller=call.caller, direction=Direction.IN).exclude(pk=call.pk)
    return History(
        open=list(rows.filter(state__in=life.OPEN)[:RECENT]), last=list(rows[:RECENT]), calls=earlier.count()
    )


def recent_of(viewer: Viewer) -> list[Call]:
    """Return the viewer's own last calls."""
    return list(
        visible_calls(viewer).filter(agent_id=getattr(viewer, "person_id", 0)).order_by("-offered_at", "-pk")[:RECENT]
    )


def state_names() -> dict[str, str]:
    """Return the names of tickets' states."""
    return {code: _(name) for code, name in life.STATE_NAMES.items()}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a call's timeline."""

    event: CallEvent
    name: str
    who: str
    words: str


def timeline(call: Call) -> list[Line]:
    """Return what happened to a call, the newest first."""
    rows = call.stages.select_related("agent").order_by("-seq")
    return [
        Line(event=row, name=row.get_kind_display(), who=row.agent.name if row.agent else "", words=_words(row.data))
        for row in rows
    ]


def _words(data: dict[str, Any]) -> str:
    said = []
    if reason := data.get("reason"):
        said.append(str(REASONS.get(reason, reason)))
    if position := data.get("position"):
        said.append(_("第 %(n)s 位") % {"n": position})
    if (seconds := data.get("seconds") or data.get("waited_s")) is not None:
        said.append(_("%(n)s 秒") % {"n": round(seconds)})
    return "，".join(said)


def ended_by(call: Call) -> str:
    """Return how a call ended, in words."""
    return str(ENDED_BY.get(call.ended_by, call.ended_by))


def may_listen(viewer: Viewer, call: Call) -> bool:
    """Say whether the viewer may ask to hear a call."""
    return viewer.may(RECORDING_LISTEN, call.desk.path)


def listens(call: Call) -> list[Any]:
    """Return who has listened to a call."""
    recording = Recording.objects.filter(call=call).first()
    return list(recording.listens.select_related("person")) if recording else []


def of_ticket(viewer: Viewer, ticket: Ticket) -> list[Call]:
    """Return the calls that led to a ticket, for who works at the telephones."""
    return list(visible_calls(viewer).filter(ticket=ticket))


def visible_missed(viewer: Viewer) -> QuerySet[MissedCall]:
    """Return whom the viewer's desks are to call back, or did."""
    rows = MissedCall.objects.filter(within(viewer, (PHONE_ANSWER, PHONE_SUPERVISE), "desk__path"))
    return rows.select_related("desk", "queue", "claimed_by", "closed_by")


def get_missed(viewer: Viewer, pk: int) -> MissedCall:
    """Return one entry of the list; raise NotFound (``missed_not_found``)."""
    row = visible_missed(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("missed_not_found", _("没有这条待回拨来电。"))
    return row


def missed_number(viewer: Viewer, row: MissedCall) -> str:
    """Return the number to call back: in full for who has claimed it and the shift leader."""
    mine = row.claimed_by_id is not None and row.claimed_by_id == getattr(viewer, "person_id", None)
    return row.caller if mine or viewer.may(PHONE_SUPERVISE, row.desk.path) else words.mask_phone(row.caller)


def since_midnight(now: datetime) -> datetime:
    """Return when the city's day began."""
    return datetime.combine(clock.city_date(now), time.min, CITY_ZONE)


def records(rows: QuerySet[Call]) -> list[CallRecord]:
    """Return finished incoming calls as the indicators count them."""
    over = rows.filter(direction=Direction.IN, ended_at__isnull=False).order_by()
    values = over.values_list("ref", "queue__code", "offered_at", "answered_at", "ended_at", "outcome")
    return [
        CallRecord(
            call=ref,
            caller="",
            queue=queue or "",
            offered_at=offered,
            answered_at=answered,
            ended_at=ended,
            lost=outcome == Outcome.LOST and answered is None,
        )
        for ref, queue, offered, answered, ended, outcome in values.iterator()
        if ended
    ]


def figures(viewer: Viewer, since: datetime, until: datetime) -> Indicators:
    """Return the figures of the calls offered in a time: connected, within 15 s, abandoned, called back."""
    rows = visible_calls(viewer).select_related(None).filter(offered_at__gte=since, offered_at__lt=until)
    reached = rows.filter(missed__outcome__in=("reached", "came_back")).values_list("ref", flat=True)
    return indicators(records(rows), called_back=frozenset(reached))


def counts(now: datetime) -> dict[str, int]:
    """Return today's calls by outcome, and those still to be called back, for machines."""
    rows = Call.objects.filter(offered_at__gte=since_midnight(now), direction=Direction.IN).order_by()
    found = {one["outcome"]: one["n"] for one in rows.values("outcome").annotate(n=Count("pk"))}
    still = MissedCall.objects.filter(closed_at__isnull=True)
    late = still.filter(due_at__lt=now).count()
    return {**{str(one): found.get(one, 0) for one in Outcome.values}, "missed": still.count(), "missed_late": late}


def queued(now: datetime) -> tuple[int, float]:
    """Return how many callers wait in a queue, and how many seconds the first of them has waited."""
    rows = Call.objects.filter(outcome=Outcome.WAITING, ended_at__isnull=True, queued_at__isnull=False)
    found = rows.aggregate(n=Count("pk"), first=Min("queued_at"))
    return found["n"], max(0.0, (now - found["first"]).total_seconds()) if found["first"] else 0.0


def overdue(now: datetime) -> Q:
    """Return the condition of entries whose time to call back is over."""
    return Q(closed_at__isnull=True, due_at__lt=now)
