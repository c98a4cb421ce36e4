"""Latencies in roll-ups: kept to within half a per cent, in two bytes.

code = round(ln(1 + us / 10) / ln(1.01)); 0 is "none answered". Steps of 1 % fit noise better than microseconds, which zstd cannot
shrink: a third of the bytes. Raw samples keep microseconds.
"""

import math

STEP = math.log(1.01)
UNIT_US = 10.0
TOP = 0xFFFF


def code(latency_ms: float | None) -> int:
    """Return the code of a latency."""
    if latency_ms is None:
        return 0
    return max(1, min(TOP, round(math.log1p(max(latency_ms, 0.0) * 1000 / UNIT_US) / STEP)))


_DECODED = [0.0, *(math.expm1(n * STEP) * UNIT_US / 1000 for n in range(1, 4000))]


def decoded(number: int) -> float:
    """Return the milliseconds of a code above 0."""
    return _DECODED[number] if number < len(_DECODED) else math.expm1(number * STEP) * UNIT_US / 1000
