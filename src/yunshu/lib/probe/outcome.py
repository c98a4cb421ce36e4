"""What one look at a target gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yunshu.lib.availability import Sample
from yunshu.lib.probe.targets import Bound


class TooLarge(ValueError):
    """An answer is larger than its check allows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Well or not, how long it took, and the readings; a reading of None is one that the device does not have.

    ``error`` is a short code: ``timeout``, ``refused``, ``unreachable``, ``resolve``, ``status_503``, ``content``, ``too_large``, ``tls_…``, ``dns_…``,
    ``snmp_…``, ``modbus_…``, ``exposition``, ``no_reading``, ``reading:NAME`` (out of bound), ``silent`` (no heartbeat), ``internal:…`` (our fault).
    ``degraded``: it answers, but not as it should.
    """

    ok: bool
    latency_ms: float | None = None
    error: str = ""
    degraded: bool = False
    values: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """A sample of a target with its readings, as delivered to a sink."""

    target: str
    sample: Sample
    values: Mapping[str, float | None] = field(default_factory=dict)


def judged(values: Mapping[str, float | None], bounds: Mapping[str, Bound], latency_ms: float) -> Outcome:
    """Return the outcome of readings: none at all is a failure, one out of its bound is DEGRADED."""
    if not any(value is not None for value in values.values()):
        return Outcome(ok=False, latency_ms=latency_ms, error="no_reading", values=values)
    out = [name for name, bound in bounds.items() if not _within(values.get(name), bound)]
    error = f"reading:{out[0]}" if out else ""
    return Outcome(ok=True, latency_ms=latency_ms, error=error, degraded=bool(out), values=values)


def _within(value: float | None, bound: Bound) -> bool:
    """A reading that is not there breaks no bound: it is not 0."""
    if value is None:
        return True
    return (bound.low is None or value >= bound.low) and (bound.high is None or value <= bound.high)
