"""Samples on disk: a journal that survives kill -9, sealed into compressed daily segments. No Django, no network.

Start at ``SampleStore``: ``append`` and ``flush`` (durable from then on), hourly ``compact``, ``seal`` a day (journal -> segment with digests for the
ledger), ``read`` any range at any zoom, ``evidence`` for ``availability.state_line``. One process writes a store; any
number read it. Days are UTC days.

| to | read |
|---|---|
| see what is kept of a day of one target | ``block`` |
| see how a day of all targets lies in a file | ``segment`` |
| see how samples are kept until then | ``day``, ``rows``, ``frames`` |
| draw a chart | ``chart`` |
"""

from yunshu.lib.samples.chart import Chart, Point
from yunshu.lib.samples.segment import Sealed, SegmentDamaged
from yunshu.lib.samples.store import SampleStore, StoreBusy

__all__ = ["Chart", "Point", "SampleStore", "Sealed", "SegmentDamaged", "StoreBusy"]
