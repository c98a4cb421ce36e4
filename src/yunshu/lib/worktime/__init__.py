"""Working time: days that are worked, the hours of each, and arithmetic over both.

An engine that knows no city: segments and special days are data. Pure. Start at ``WorkingCalendar``.
"""

from yunshu.lib.worktime.calendar import DayKind, WorkingCalendar

__all__ = ["DayKind", "WorkingCalendar"]
