"""What one look at a target gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yunshu.lib.availability import Sample


@dataclass(frozen=True, slots=True)
class Outcome:
    """Well or not, how long it took, and the readings; a reading of None is one that the device does not have.

    ``error`` is a short code (``timeout``, ``refused``, ``status_503``, ``content``, ``too_large``, ``tls``, ``dns_nxdomain``, ``reading:NAME``, ...).
    ``degraded``: it answers, but a reading is out of its bound.
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
