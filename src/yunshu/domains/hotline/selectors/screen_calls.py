"""The telephones on the wall: the indicators of calls as they stand in the list, of today and of every desk, and who waits now."""

from datetime import datetime
from typing import Any

from yunshu.domains.hotline.models import Call
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors import calls, figures
from yunshu.domains.hotline.selectors.figures import Figure, Question
from yunshu.domains.hotline.selectors.tickets import Reach
from yunshu.lib.kernel import clock
from yunshu.lib.observe import beats

SHOWN = ("calls_in", "call_connected", "call_in_time", "call_abandoned", "call_wait")
"""What the wall shows of 热线指标; one that is out of use is not shown."""
PROCESS = "phone"


def telephones(now: datetime) -> dict[str, Any] | None:
    """Return today's figures of calls and who waits; None where there are no telephones and nobody called today.

    Nothing is counted here: the values are those of the page of figures. Who waits is unknown (None) while the phone process is silent,
    for the rows that it left are not closed before it is back.
    """
    day = clock.city_date(now)
    came = Call.objects.filter(offered_at__gte=calls.since_midnight(now)).order_by()
    desks = tuple(came.values_list("desk_id", flat=True).distinct())
    if not desks and not wire.is_on():
        return None
    asked = Question(reach=Reach(desks=desks, units=()), period=Period(first=day, last=day), now=now)
    shown = {figure.indicator.code: _plain(figure) for figure in figures.alone(SHOWN, asked)}
    heard = wire.is_on() and beats.is_heard(PROCESS, now)
    waiting, longest_s = calls.queued(now) if heard else (None, None)
    return {
        "figures": [{"code": code, **shown[code]} for code in SHOWN if code in shown],
        "waiting": waiting,
        "longest_s": longest_s,
    }


def _plain(figure: Figure) -> dict[str, Any]:
    """Return a figure as JSON keeps it."""
    return {
        "value": None if figure.value is None else str(figure.value),
        "is_share": figure.is_share,
        "top": figure.numerator,
        "bottom": figure.denominator,
    }
