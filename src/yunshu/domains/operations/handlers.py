"""What operations hears: targets that went up or down, calendars that changed."""

from yunshu.domains.operations.services import incidents
from yunshu.events.directory import CalendarChanged
from yunshu.events.operations import TargetStateChanged
from yunshu.lib.kernel import clock
from yunshu.lib.outbox import handles


@handles(TargetStateChanged, name="operations.hear_target")
def hear_target(event: TargetStateChanged) -> None:
    """Keep the probes' last word; ``jobs.form_incidents`` makes incidents of it."""
    incidents.hear(event)


@handles(CalendarChanged, name="operations.follow_calendar")
def follow_calendar(event: CalendarChanged) -> None:  # every open clock is computed anew
    """Open deadlines follow the calendar."""
    incidents.follow_calendar(now=clock.now())
