"""``Prober``: looks at many targets on time, and says so when it cannot trust itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from yunshu.lib.probe.outcome import Observed
from yunshu.lib.probe.targets import Target


class Sink(Protocol):
    """Where samples go. Raise to say that it is away: the batch is then spooled and delivered later, in order."""

    async def deliver(self, batch: Sequence[Observed]) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard the prober may work."""

    at_once: int = 500
    per_host: int = 4
    batch: int = 1000
    batch_s: float = 2.0


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """When the prober may not trust itself: it ran late, or too few of its own reference targets answer.

    ``references`` are targets known to be well (the next router, an own server); ``need`` of them must answer.
    """

    max_lag_s: float = 1.0
    references: tuple[Target, ...] = ()
    need: int = 1


@dataclass(frozen=True, slots=True)
class Health:
    """How the prober does: what ``/metrics`` shows."""

    targets: int
    done: int
    failed: int
    skipped: int
    untrusted: int
    in_flight: int
    spooled: int
    lag_s: float
    lateness_p50_s: float
    lateness_p99_s: float
    trusted: bool


class Prober:
    """Runs checks spread evenly over their intervals; one per event loop.

    ``vantage`` names this place in every sample. ``spool`` is a folder for samples that the sink could not take.
    """

    def __init__(
        self,
        *,
        vantage: str,
        sink: Sink,
        spool: Path,
        limits: Limits = Limits(),
        self_check: SelfCheck = SelfCheck(),
    ) -> None:
        raise NotImplementedError

    def watch(self, targets: Iterable[Target]) -> None:
        """Replace the set of targets; those that stay keep their place in time. May be called while running."""

    def heard(self, key: str) -> bool:
        """Note a heartbeat of a ``Push`` target; False if there is no such target."""
        raise NotImplementedError

    async def run(self) -> None:
        """Look until cancelled; on the way out, what is in hand is delivered or spooled."""

    def health(self) -> Health:
        """Return the figures of this moment."""
        raise NotImplementedError

    def metrics(self) -> str:
        """Return ``health`` and the last outcome of each target in Prometheus' text format."""
        raise NotImplementedError
