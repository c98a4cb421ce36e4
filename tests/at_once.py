"""Several at one moment, each in a thread and a transaction of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from yunshu.lib.kernel.errors import YunshuError

AT_ONCE = 6


def together(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Do all at one moment, each in a transaction of its own; return how each ended."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            start.wait()
            act()
        except YunshuError as error:
            return error.code
        else:
            return "done"
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))
