"""话务指标。Counted from finished calls, as numerator and denominator: a share is for whoever shows it.

GB/T 33358-2016 《政府热线服务规范》: a call is answered within 15 s, 95 % of the calls of 24 hours are connected. What it leaves open (are
callers who give up within 5 s counted?) is a parameter; the default follows common use and is not from the standard.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

ANSWER_WITHIN_S = 15.0
CONNECTED_SHARE = 0.95
SHORT_ABANDON_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """通话记录。An incoming call from its offer to its end. ``agent`` is who answered first; ``missed_by`` who let it ring."""

    call: str
    caller: str
    queue: str
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    agent: str = ""
    missed_by: tuple[str, ...] = ()
    lost: bool = False

    @property
    def wait_s(self) -> float:
        """Return how long the caller waited for a person, or until giving up."""
        return ((self.answered_at or self.ended_at) - self.offered_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Part:
    """``part`` of ``whole``."""

    part: float
    whole: float

    @property
    def share(self) -> float | None:
        """Return the quotient; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """接通率、15 秒接起率、弃呼率、平均等待、漏话回拨率。``mean_wait`` is seconds of answered calls over their number."""

    offered: int
    connected: Part
    in_time: Part
    abandoned: Part
    mean_wait: Part
    called_back: Part


def indicators(
    records: Iterable[CallRecord],
    *,
    called_back: frozenset[str] = frozenset(),
    within_s: float = ANSWER_WITHIN_S,
    short_s: float = SHORT_ABANDON_S,
) -> Indicators:
    """Return the figures of ``records``; ``called_back`` are the numbers of missed calls whose callers were reached later.

    A caller who gives up before ``short_s`` is left out of connected and abandoned, but is called back like the rest. A call that the
    system lost is offered and not connected, however short it was.
    """
    calls = list(records)
    answered = [one for one in calls if one.answered_at]
    missed = [one for one in calls if not one.answered_at]
    counted = [one for one in missed if one.lost or one.wait_s >= short_s]
    asked = len(answered) + len(counted)
    return Indicators(
        offered=len(calls),
        connected=Part(len(answered), asked),
        in_time=Part(sum(one.wait_s <= within_s for one in answered), len(answered)),
        abandoned=Part(sum(not one.lost for one in counted), asked),
        mean_wait=Part(sum(one.wait_s for one in answered), len(answered)),
        called_back=Part(sum(one.call in called_back for one in missed), len(missed)),
    )
