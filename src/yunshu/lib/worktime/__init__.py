"""Working time: days that are worked, the hours of each, arithmetic over both, and clocks that can stand still.

An engine that knows no city: segments and special days are data. Pure. Start at ``WorkingCalendar``, then ``clock``.
"""

from yunshu.lib.worktime.calendar import DayKind, WorkingCalendar
from yunshu.lib.worktime.clock import ROUND_THE_CLOCK, Pause, RoundTheClock, WorkCalendar, breached, due, spent

__all__ = [
    "ROUND_THE_CLOCK",
    "DayKind",
    "Pause",
    "RoundTheClock",
    "WorkCalendar",
    "WorkingCalendar",
    "breached",
    "due",
    "spent",
]
