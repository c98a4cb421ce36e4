"""Taking a run back from the page: it may take minutes, so a job does it."""

from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock
from yunshu.lib.taking import undoing


@queue.task(name="taking.undo", lock="taking.undo")
def undo_run(number: str) -> None:
    """Take back a run that somebody wished back."""
    undoing.undo_wished(number, clock.now())
