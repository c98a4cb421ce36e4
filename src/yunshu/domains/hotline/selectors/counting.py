"""What the hotline counts: sources (rows of a kind, each with its moment) and named counts over them. Indicators are made of counts.

Rows of another kind are registered as a ``Source`` with ``Count``s from ``AppConfig.ready``, as ``counting_calls`` does; nothing here changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.choices import Answer, DutyRole, Reached, Relation
from yunshu.domains.hotline.choices_figures import Dimension, Listed
from yunshu.domains.hotline.models import (
    Assignment,
    CallBack,
    Citation,
    Extension,
    Judgement,
    Objection,
    Rating,
    Ticket,
    TicketStep,
)
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors.tickets import CONTENT_FROM

SETTLED = (life.CLOSED, life.ARCHIVED)
PARTS = (Relation.ASSIST, Relation.SPLIT)
TICKET_PATHS: Mapping[str, str] = {
    Dimension.DIVISION: "division",
    Dimension.CHANNEL: "channel",
    Dimension.KIND: "kind",
    Dimension.CATEGORY: "category__code",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows that are counted. ``moment`` puts a row into a period; ``ticket`` leads to its ticket (empty: it is one);
    ``unit`` to the organisation it is counted for.

    Rows that may have no ticket name their ``desk`` instead, by which they are in sight, and the ``paths`` of the dimensions that they have.
    Where such a source has no row, nothing is known: its counts are absent, not nought. Without a ``moment`` rows are counted as they stand
    now, so only a period with today in it knows them.
    """

    code: str
    name: Any
    rows: Callable[[], QuerySet[Any]]
    moment: str
    ticket: str = ""
    unit: str = "unit"
    desk: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    lists: Listed = Listed.TICKETS

    def path_of(self, dimension: str) -> str:
        """Return the path to what rows are told apart by; empty where they have none of it."""
        if self.desk:
            return self.paths.get(dimension, "")
        if dimension == Dimension.UNIT:
            return f"{self.unit}__code"
        return f"{self.ticket}{TICKET_PATHS[dimension]}" if dimension in TICKET_PATHS else ""


@dataclass(frozen=True)
class Count:
    """A named count: the rows of a source that meet a condition at a moment ("overdue" depends on now); ``adds``: their seconds, summed."""

    code: str
    name: Any
    source: str
    where: Callable[[datetime], Q]
    adds: str = ""


SOURCES: dict[str, Source] = {}
COUNTS: dict[str, Count] = {}


def register_source(source: Source) -> Source:
    """Add a source; a second one of the same code is a programming error."""
    if source.code in SOURCES:
        raise ValueError(f"source {source.code} is registered twice")
    SOURCES[source.code] = source
    return source


def register_count(count: Count) -> Count:
    """Add a count of a registered source; a second one of the same code is a programming error."""
    if count.code in COUNTS or count.source not in SOURCES:
        raise ValueError(f"count {count.code} is registered twice, or its source is not")
    COUNTS[count.code] = count
    return count


def _demands() -> QuerySet[Ticket]:
    """Tickets that a caller made; parts of one are its units' work, not demands."""
    return Ticket.objects.exclude(relation__in=PARTS)


def _promises() -> QuerySet[Ticket]:
    """Tickets with a promise to keep; ``done_at`` is when the answer was handed in (not before a rework), ``first_due`` what was promised first."""
    rows = Ticket.objects.exclude(state__in=(life.REJECTED, life.WITHDRAWN, life.MERGED))
    done = Case(When(state__in=life.BEFORE_REPLY, then=None), default=Coalesce("replied_at", "closed_at"))
    return rows.annotate(done_at=done, first_due=Coalesce("first_due_at", "due_at"))


def _spoken() -> QuerySet[CallBack]:
    """The last call that found its caller, of each ticket; ``is_judged``: the "no" was set aside by two people."""
    later = CallBack.objects.filter(ticket=OuterRef("ticket"), reached=Reached.YES, pk__gt=OuterRef("pk"))
    judged = Judgement.objects.filter(ticket=OuterRef("ticket"), state=Answer.GRANTED)
    return CallBack.objects.filter(~Exists(later), reached=Reached.YES).annotate(is_judged=Exists(judged))


def _closed() -> QuerySet[Ticket]:
    """Demands that were settled; ``is_called``: somebody tried to call back; ``is_cited``: the answer rests on an article."""
    tried, cited = (rows.filter(ticket=OuterRef("pk")) for rows in (CallBack.objects, Citation.objects))
    return _demands().filter(state__in=SETTLED).annotate(is_called=Exists(tried), is_cited=Exists(cited))


def _supervised() -> QuerySet[TicketStep]:
    return TicketStep.objects.filter(verb="supervise")


for _source in (
    Source(code="received", name=_l("收到的诉求"), rows=_demands, moment="received_at"),
    Source(code="closed", name=_l("办结的诉求"), rows=_closed, moment="closed_at"),
    Source(code="due", name=_l("期内到期的工单"), rows=_promises, moment="due_at"),
    Source(code="signing", name=_l("派出的工单"), rows=Ticket.objects.all, moment="dispatched_at"),
    Source(code="dispatches", name=_l("派单"), rows=Assignment.objects.all, moment="at", ticket="ticket__"),
    Source(code="objections", name=_l("退单申请"), rows=Objection.objects.all, moment="asked_at", ticket="ticket__"),
    Source(code="extensions", name=_l("延期申请"), rows=Extension.objects.all, moment="asked_at", ticket="ticket__"),
    Source(
        code="callbacks",
        name=_l("回访"),
        rows=CallBack.objects.all,
        moment="at",
        ticket="ticket__",
        unit="ticket__unit",
    ),
    Source(code="spoken", name=_l("接通的末次回访"), rows=_spoken, moment="at", ticket="ticket__", unit="ticket__unit"),
    Source(
        code="ratings",
        name=_l("诉求人评价"),
        rows=Rating.objects.all,
        moment="at",
        ticket="ticket__",
        unit="ticket__unit",
    ),
    Source(code="supervisions", name=_l("督办"), rows=_supervised, moment="at", ticket="ticket__", unit="ticket__unit"),
):
    register_source(_source)

_ALL = Q(pk__isnull=False)
_DIRECT = Q(dispatched_at__isnull=True, unit__isnull=True)
_HANDLED = Q(dispatched_at__isnull=False)
_ACCEPTED = Q(accepted_at__isnull=False) | Q(is_past=True)
"""A past ticket was accepted, else it would not have been handled, though nobody may know when."""
_KNOWN_CALL = Q(is_past=False) | Q(is_called=True)
"""Of past tickets those count towards call-backs whose call is on record: a blank is no omission."""
_KNOWN_SIGNING = Q(sign_due_at__isnull=False)

for _count in (
    Count("received", _l("收到的诉求"), "received", lambda _now: _ALL),
    Count("accepted", _l("受理的诉求"), "received", lambda _now: _ACCEPTED & ~Q(state=life.REJECTED)),
    Count("answered_direct", _l("直接答复的诉求"), "received", lambda _now: _DIRECT & Q(state__in=SETTLED)),
    Count("closed", _l("办结的诉求"), "closed", lambda _now: _ALL),
    Count("closed_first", _l("未经重办办结的诉求"), "closed", lambda _now: Q(reworks=0)),
    Count("reworked", _l("经重办办结的诉求"), "closed", lambda _now: Q(reworks__gt=0)),
    Count("to_call", _l("应回访的办结诉求"), "closed", lambda _now: _HANDLED & _KNOWN_CALL & Q(relation="")),
    Count("called", _l("已回访的办结诉求"), "closed", lambda _now: _HANDLED & Q(relation="", is_called=True)),
    Count("due", _l("到期工单"), "due", lambda now: Q(due_at__lte=now)),
    Count(
        "due_kept", _l("按时答复的到期工单（含延期）"), "due", lambda now: Q(due_at__lte=now, done_at__lte=F("due_at"))
    ),
    Count(
        "due_kept_first",
        _l("按原时限答复的到期工单（不认延期）"),
        "due",
        lambda now: Q(due_at__lte=now, done_at__lte=F("first_due")),
    ),
    Count(
        "due_late",
        _l("超期的到期工单"),
        "due",
        lambda now: Q(due_at__lte=now) & (Q(done_at__isnull=True) | Q(done_at__gt=F("due_at"))),
    ),
    Count("due_extended", _l("延期过的到期工单"), "due", lambda now: Q(due_at__lte=now, first_due__lt=F("due_at"))),
    Count(
        "to_sign",
        _l("签收期限已到或已签收的工单"),
        "signing",
        lambda now: _KNOWN_SIGNING & (Q(signed_at__isnull=False) | Q(sign_due_at__lte=now)),
    ),
    Count(
        "signed_in_time",
        _l("按时签收的工单"),
        "signing",
        lambda _now: _KNOWN_SIGNING & Q(signed_at__lte=F("sign_due_at")),
    ),
    Count("dispatches", _l("派单"), "dispatches", lambda _now: _ALL),
    Count("main_dispatches", _l("主办派单"), "dispatches", lambda _now: Q(role=DutyRole.MAIN)),
    Count("objections", _l("退单申请"), "objections", lambda _now: _ALL),
    Count("objections_granted", _l("同意的退单"), "objections", lambda _now: Q(state=Answer.GRANTED)),
    Count("extensions", _l("延期申请"), "extensions", lambda _now: _ALL),
    Count("extensions_granted", _l("同意的延期"), "extensions", lambda _now: Q(state=Answer.GRANTED)),
    Count("callbacks", _l("回访次数"), "callbacks", lambda _now: _ALL),
    Count("reached", _l("接通的回访"), "callbacks", lambda _now: Q(reached=Reached.YES)),
    Count("asked_result", _l("计入评价的接通回访"), "spoken", lambda _now: Q(is_judged=False)),
    Count(
        "content_result",
        _l("结果满意的回访"),
        "spoken",
        lambda _now: Q(is_judged=False, result_score__gte=CONTENT_FROM),
    ),
    Count("solved", _l("认为已解决的回访"), "spoken", lambda _now: Q(is_judged=False, solved=True)),
    Count("asked_process", _l("全部接通回访"), "spoken", lambda _now: _ALL),
    Count("content_process", _l("过程满意的回访"), "spoken", lambda _now: Q(process_score__gte=CONTENT_FROM)),
    Count("judged", _l("认定不纳入评价的回访"), "spoken", lambda _now: Q(is_judged=True)),
    Count("ratings", _l("诉求人评价"), "ratings", lambda _now: _ALL),
    Count("ratings_content", _l("诉求人评价满意"), "ratings", lambda _now: Q(result_score__gte=CONTENT_FROM)),
    Count("supervisions", _l("督办"), "supervisions", lambda _now: _ALL),
):
    register_count(_count)
