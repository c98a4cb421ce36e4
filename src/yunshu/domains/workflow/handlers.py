"""What the workflow hears."""

from yunshu.domains.directory.contracts import System
from yunshu.domains.workflow import services
from yunshu.events.directory import CalendarChanged
from yunshu.lib.kernel import clock
from yunshu.lib.outbox import handles


@handles(CalendarChanged, name="workflow.recalculate")
def recalculate(event: CalendarChanged) -> None:  # the whole table is compared with the calendar's version
    """Open deadlines follow the calendar."""
    services.recalculate(actor=System(name=f"calendar {event.year}"), now=clock.now())
