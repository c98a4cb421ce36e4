"""What of the telephones is counted: incoming calls that are over, and callers who were to be called back.

The same arithmetic as ``lib.cti.indicators`` (a test compares them), asked of the database. A call needs no ticket: sight is by desk, and
what only a ticket has (unit, class, division, channel, kind) narrows no call. What 接通率 and 放弃率 leave out (a caller who gives up within
``SHORT_ABANDON_S``) follows common use and is not from GB/T 33358-2016.
"""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.choices_figures import Dimension, Listed
from yunshu.domains.hotline.models import Call, MissedCall, StaffingBasis
from yunshu.domains.hotline.phone_choices import Direction, Outcome, Recall
from yunshu.domains.hotline.rules.roster import Basis
from yunshu.domains.hotline.selectors.counting import Count, Source, register_count, register_source
from yunshu.lib.cti.indicators import ANSWER_WITHIN_S, SHORT_ABANDON_S

FOUND_AGAIN = (Recall.REACHED, Recall.CAME_BACK)
_SECOND = Value(timedelta(seconds=1), output_field=DurationField())


def _span(later: str, earlier: str) -> Combinable:
    return ExpressionWrapper(F(later) - F(earlier), output_field=DurationField())


def _calls() -> QuerySet[Call]:
    """Incoming calls that are over: how long each waited or spoke, and within what its desk promised to answer (测算参数, else 15 s)."""
    promised = StaffingBasis.objects.filter(desk=OuterRef("desk")).values("within_s")[:1]
    within = Coalesce(Subquery(promised), Value(int(Basis().within_s)), output_field=IntegerField())
    return Call.objects.filter(direction=Direction.IN, ended_at__isnull=False).annotate(
        waited=_span("answered_at", "offered_at"),
        gave_up=_span("ended_at", "offered_at"),
        spoke=_span("ended_at", "answered_at"),
        promised=ExpressionWrapper(within * _SECOND, output_field=DurationField()),
    )


_ALL = Q(pk__isnull=False)
_ANSWERED = Q(answered_at__isnull=False)
_MISSED = Q(answered_at__isnull=True)
_LOST = _MISSED & Q(outcome=Outcome.LOST)
_ABANDONED = _MISSED & ~Q(outcome=Outcome.LOST) & Q(gave_up__gte=timedelta(seconds=SHORT_ABANDON_S))
_IN_TIME = _ANSWERED & Q(waited__lte=timedelta(seconds=ANSWER_WITHIN_S))

BY_QUEUE = {Dimension.QUEUE.value: "queue__code"}
SOURCES = (
    Source(
        code="calls",
        name=_l("已结束的呼入来电"),
        rows=_calls,
        moment="offered_at",
        desk="desk",
        paths=BY_QUEUE,
        lists=Listed.CALLS,
    ),
    Source(
        code="recalls",
        name=_l("须回拨的来电人"),
        rows=MissedCall.objects.all,
        moment="due_at",
        desk="desk",
        paths=BY_QUEUE,
        lists=Listed.MISSED,
    ),
)
COUNTS = (
    Count("calls_in", _l("呼入来电"), "calls", lambda _now: _ALL),
    Count("calls_asked", _l("计入接通率的来电（不含 5 秒内放弃）"), "calls", lambda _now: _ANSWERED | _LOST | _ABANDONED),
    Count("calls_answered", _l("接通的来电"), "calls", lambda _now: _ANSWERED),
    Count("calls_in_time", _l("15 秒内接通的来电"), "calls", lambda _now: _IN_TIME),
    Count("calls_promised", _l("在本机构接听时限内接通的来电"), "calls", lambda _now: _ANSWERED & Q(waited__lte=F("promised"))),
    Count("calls_abandoned", _l("来电人放弃的来电（不含 5 秒内）"), "calls", lambda _now: _ABANDONED),
    Count("calls_lost", _l("因系统中断未接通的来电"), "calls", lambda _now: _LOST),
    Count("calls_missed", _l("未接通的来电"), "calls", lambda _now: _MISSED),
    Count("calls_recalled", _l("未接通而后联系上的来电"), "calls", lambda _now: _MISSED & Q(missed__outcome__in=FOUND_AGAIN)),
    Count("calls_waited", _l("接通来电的等待（秒）"), "calls", lambda _now: _ANSWERED, adds="waited"),
    Count("calls_spoke", _l("接通来电的通话（秒）"), "calls", lambda _now: _ANSWERED, adds="spoke"),
    Count("recalls_due", _l("回拨期限已到或已了结的来电人"), "recalls", lambda now: Q(due_at__lte=now) | Q(closed_at__isnull=False)),
    Count(
        "recalls_in_time",
        _l("在回拨期限内联系上的来电人"),
        "recalls",
        lambda _now: Q(closed_at__lte=F("due_at"), outcome__in=FOUND_AGAIN),
    ),
)  # fmt: skip


def register() -> None:
    """Offer them to the indicators."""
    for source in SOURCES:
        register_source(source)
    for count in COUNTS:
        register_count(count)
