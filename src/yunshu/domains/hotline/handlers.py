"""What the hotline hears of itself: a demand came in, so the intelligence looks at it, apart from the desk."""

from yunshu.domains.hotline import jobs
from yunshu.events.hotline import TicketRegistered
from yunshu.lib.jobs import queue
from yunshu.lib.outbox import handles


@handles(TicketRegistered, name="hotline.on_ticket_registered")
def on_ticket_registered(event: TicketRegistered) -> None:
    """Ask for suggestions and for a look of the radar; both are safe to ask twice."""
    queue.enqueue(jobs.suggest, number=event.number)
    queue.enqueue(jobs.watch_radar)
