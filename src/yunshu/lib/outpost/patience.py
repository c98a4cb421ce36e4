"""Trying again what may pass: a database that restarts, a lock that another attempt still holds."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from yunshu.lib.outpost.errors import may_pass
from yunshu.lib.tables import Stopped, TablesError

log = structlog.get_logger()
FIRST_S, LONGEST_S = 0.5, 30.0
Result = TypeVar("Result")


def patiently(
    act: Callable[[], Result], *, mend: Callable[[], None], stopped: Callable[[], bool], patience_s: float
) -> Result:
    """Return what ``act`` returns, calling ``mend`` and trying again while its error may pass.

    Raises the error that does not pass, or the last one after ``patience_s`` seconds; Stopped.
    """
    pause, began = FIRST_S, time.monotonic()
    while True:
        try:
            return act()
        except TablesError as error:
            if not may_pass(error) or time.monotonic() - began > patience_s:
                raise
            log.warning("outpost.again", code=error.code, after_s=pause)
        waited = time.monotonic() + pause
        while time.monotonic() < waited:
            if stopped():
                raise Stopped
            time.sleep(0.05)
        pause = min(2 * pause, LONGEST_S)
        mend()
