"""What the telephones show of themselves, from the tables: right whatever the phone process does."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count

from yunshu.domains.hotline.models import AgentSeat
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone_choices import Outcome, Seat
from yunshu.domains.hotline.selectors import calls
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

CALLS = Figure(name="yunshu_hotline_calls_today", text=label("今日来电（按结果）"), unit="通", labels=("outcome",))
QUEUED = Figure(name="yunshu_hotline_queued_calls", text=label("正在排队的来电"), unit="通")
LONGEST = Figure(name="yunshu_hotline_longest_wait_seconds", text=label("等得最久的来电已等"), unit="s")
MISSED = Figure(name="yunshu_hotline_missed_open", text=label("待回拨的来电"), unit="通")
MISSED_LATE = Figure(name="yunshu_hotline_missed_late", text=label("超过回拨时限的来电"), unit="通")
AGENTS = Figure(
    name="yunshu_hotline_agents", text=label("座席（按状态）"), unit="人", labels=("state",), words=dict(Seat.choices)
)
FIGURES = (CALLS, QUEUED, LONGEST, MISSED, MISSED_LATE, AGENTS)

PHONE = Part(
    code="phone",
    name=label("热线电话"),
    process="phone",
    order=80,
    shown=(LONGEST, QUEUED, MISSED_LATE, AGENTS),
    command="yunshu logs phone",
    in_use=wire.is_on,
    chapter="phone",
    rules=(
        *beats.rules_of("phone"),
        Rule(
            code="CallsWaitLong",
            figure=LONGEST,
            above=120,
            for_s=60,
            severity=Severity.SLOW,
            means=label("有来电排队超过两分钟。"),
            todo=label("班长在话务看板调配座席；没有座席签入的，先通知值班人员。"),
        ),
        Rule(
            code="CallbacksLate",
            figure=MISSED_LATE,
            above=0,
            for_s=600,
            severity=Severity.SLOW,
            means=label("有漏接的来电超过回拨时限。"),
            todo=label("在 来电回拨 中安排回拨。"),
        ),
    ),
)
PROVINCE = Part(
    code="hotline-province",
    name=label("与省热线平台对接"),
    process="hotline-province",
    order=81,
    shown=(beats.HEARD,),
    only={"process": "hotline-province"},
    command="yunshu logs hotline-province",
    in_use=lambda: bool(settings.HOTLINE_PROVINCE_URL),
    chapter="phone",
    rules=beats.rules_of("hotline-province"),
)


def read(now: datetime) -> Iterator[Reading]:
    """Read the telephones; nothing where telephony is off."""
    if not wire.is_on():
        return
    found = calls.counts(now)
    for outcome in Outcome.values:
        yield Reading(CALLS, found[outcome], (str(outcome),))
    yield Reading(MISSED, found["missed"])
    yield Reading(MISSED_LATE, found["missed_late"])
    waiting, longest_s = calls.queued(now)
    yield Reading(QUEUED, waiting)
    yield Reading(LONGEST, longest_s)
    for state, count in AgentSeat.objects.order_by().values_list("state").annotate(n=Count("pk")):
        yield Reading(AGENTS, count, (state,))


def register() -> None:
    """Register the telephones."""
    figures.register("hotline", FIGURES, read, [PHONE, PROVINCE])
