"""Waiting for something that another process does."""

import time
from collections.abc import Callable


def comes_true(condition: Callable[[], object], within_s: float, pause_s: float = 0.05) -> bool:
    """Ask again and again; say whether it held within ``within_s`` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True
