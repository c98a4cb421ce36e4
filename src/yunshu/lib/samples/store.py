"""``SampleStore``: append, flush, seal, read. Start here."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from yunshu.lib.availability import Evidence, Policy, Sample, Span
from yunshu.lib.samples.chart import Chart
from yunshu.lib.samples.segment import Sealed


class StoreBusy(RuntimeError):
    """Another process writes to the store."""


class SampleStore:
    """A folder of samples. ``write=True`` takes the folder's lock; raises StoreBusy if another holds it."""

    def __init__(self, root: Path, *, write: bool = False, shards: int = 16) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Flush and let go of the lock."""

    def append(self, target: str, samples: Iterable[Sample]) -> None:
        """Take samples of any day, late ones too, into the batch; ``flush`` makes them durable.

        A sample equal to one held (target, vantage, second, outcome) is kept once: a replay adds nothing.
        """

    def flush(self) -> int:
        """Write the batch to the journal and sync it. Returns how many samples are durable by this."""
        raise NotImplementedError

    def unsealed_days(self, *, before: date) -> tuple[date, ...]:
        """Return the days before ``before`` that have a journal: not sealed yet, or with late samples since."""
        raise NotImplementedError

    def seal(self, day: date, policies: Mapping[str, Policy], default: Policy) -> tuple[Sealed, ...]:
        """Write a day's segments from its journal and the generation before; may be killed and repeated.

        ``policies`` says by target what outage, slowness and gap mean when samples are folded into runs.
        """
        raise NotImplementedError

    def sealed(self, day: date | None = None) -> tuple[Sealed, ...]:
        """Return the files in force (of a day, or all), their digests recomputed from what is on disk."""
        raise NotImplementedError

    def drop_raw(self, *, before: date) -> int:
        """Delete raw segments of days before ``before``. Returns the bytes freed. Runs and roll-ups stay."""
        raise NotImplementedError

    def targets(self, day: date) -> frozenset[str]:
        """Return the targets seen on a day, sealed or not."""
        raise NotImplementedError

    def samples(self, target: str, period: Span) -> Iterator[Sample]:
        """Yield the raw samples still held, in the order of time; none of days whose raw segment was dropped."""
        raise NotImplementedError

    def evidence(self, target: str, period: Span, policy: Policy) -> Evidence:
        """Return the runs of a period and 2.5 intervals around it, for ``availability.state_line``.

        Sealed days answer from their runs (folded by the policy in force when sealed), others from their samples.
        """
        raise NotImplementedError

    def read(self, target: str, period: Span, *, points: int = 500) -> Chart:
        """Return about ``points`` points of a range: from samples, minutes or hours, whichever is fine enough.

        Raises ValueError for an empty range or fewer than one point, SegmentDamaged if a file is not what was sealed.
        """
        raise NotImplementedError
