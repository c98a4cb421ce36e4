"""Which limit holds for a ticket: the most particular row of the table that is in force that day.

Guangdong fixes 咨询 2, 求助和建议 10, 投诉和举报 15 working days (广东省政务服务便民热线管理办法, 2022-09-01). Other cities have other
figures (3/13, 5/15, 应急当日), which proves that they are data.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from yunshu.domains.hotline.rules.clocks import Limit, Unit
from yunshu.domains.hotline.rules.life import (
    CALLBACK,
    DISPATCHED,
    EXTENDING,
    HANDLING,
    MEETING,
    OBJECTED,
    PAUSING,
    RECEIVED,
    REGISTERED,
    REPLIED,
    SPLIT,
)

ACCEPT, DISPATCH, SIGN, CONTACT, HANDLE = "accept", "dispatch", "sign", "contact", "handle"
OBJECT, DECIDE, REVIEW, CALL_BACK, REWORK = "object", "decide", "review", "call_back", "rework"
CLOCKS = (ACCEPT, DISPATCH, SIGN, CONTACT, HANDLE, OBJECT, DECIDE, REVIEW, CALL_BACK, REWORK)
STAGE_CLOCK = {
    RECEIVED: ACCEPT,
    REGISTERED: DISPATCH,
    DISPATCHED: SIGN,
    OBJECTED: DECIDE,
    EXTENDING: DECIDE,
    PAUSING: DECIDE,
    REPLIED: REVIEW,
    CALLBACK: CALL_BACK,
}
"""By which limit the task of a state is due; HANDLING, MEETING and SPLIT follow the handling clock."""
BY_HANDLING = frozenset({HANDLING, MEETING, SPLIT})
FALLBACK = Limit(amount=15, unit=Unit.WORKING_DAYS)
"""What holds if the city has emptied the table: the longest of the province's limits."""


@dataclass(frozen=True, kw_only=True)
class LimitRow:
    """One row; an empty ``kind``, ``urgency`` or ``channel`` stands for all."""

    code: str
    clock: str
    amount: int
    unit: Unit
    kind: str = ""
    urgency: str = ""
    channel: str = ""
    valid_from: date = date.min
    valid_to: date | None = None

    @property
    def rank(self) -> tuple[bool, bool, bool, date, str]:
        """How particular it is: urgency before kind before channel, then the newest."""
        return bool(self.urgency), bool(self.kind), bool(self.channel), self.valid_from, self.code


def choose(rows: Iterable[LimitRow], clock: str, kind: str, urgency: str, channel: str, on: date) -> LimitRow | None:
    """Return the row that holds; None if the table says nothing of this clock."""
    fit = [
        row
        for row in rows
        if row.clock == clock
        and row.kind in ("", kind)
        and row.urgency in ("", urgency)
        and row.channel in ("", channel)
        and row.valid_from <= on
        and (row.valid_to is None or on <= row.valid_to)
    ]
    return max(fit, key=lambda row: row.rank, default=None)
