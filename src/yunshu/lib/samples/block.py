"""What is kept for good of one day of one target: runs, and latencies by minute and hour.

``magic | head length | zstd(JSON: runs, doubts, hours) | zstd(minute columns)``. An hour or a minute has six figures: looks, well, worst
state, and the codes of the least, mean and greatest latency (``latency``). A year's chart reads heads only.
"""

import json
import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import zstandard

from yunshu.lib.availability import Evidence, Policy, Run, Sample, Span, State
from yunshu.lib.samples import latency

MAGIC = b"YSB1"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
LEVEL = 9
_HEAD = struct.Struct("<4sII")
STATES = (State.UNKNOWN, State.UP, State.DEGRADED, State.DOWN)
"""From nothing seen to the worst: a bucket's state is the greatest of its samples."""
RANK = {state: rank for rank, state in enumerate(STATES)}


@dataclass(slots=True)
class Bucket:
    """The samples of some seconds in six figures."""

    count: int = 0
    ok: int = 0
    rank: int = 0
    low: float = 0.0
    total: float = 0.0
    high: float = 0.0
    answered: int = 0

    def add(self, sample: Sample, state: State) -> None:
        """Count a sample."""
        self.count += 1
        self.ok += sample.ok
        self.rank = max(self.rank, RANK[state])
        if sample.latency_ms is not None and sample.ok:
            self.low = min(self.low, sample.latency_ms) if self.answered else sample.latency_ms
            self.high = max(self.high, sample.latency_ms)
            self.total += sample.latency_ms
            self.answered += 1

    def figures(self) -> tuple[int, int, int, int, int, int]:
        """Return the six figures."""
        if not self.answered:
            return (self.count, self.ok, self.rank, 0, 0, 0)
        mean = self.total / self.answered
        return (self.count, self.ok, self.rank, latency.code(self.low), latency.code(mean), latency.code(self.high))


Figures = Sequence[int]
Edges = dict[tuple[str, int], tuple[float, int, float, int]]
"""By vantage and boot: monotonic and wall clock of the day's first and of its last sample. A jump at midnight shows only here."""


def edges(samples: Iterable[Sample]) -> Edges:
    """Return the edges of some samples."""
    out: Edges = {}
    for s in samples:
        if s.mono_s is not None:
            here = (s.mono_s, s.at)
            known = out.get((s.vantage, s.boot), (*here, *here))
            out[s.vantage, s.boot] = (*min(known[:2], here), *max(known[2:], here))
    return out


def joined(days: Iterable[tuple[Evidence, Edges]], policy: Policy) -> Evidence:
    """Return the evidence of days in order as one, with the jumps of clocks between them."""
    runs: list[Run] = []
    doubts: list[tuple[str, Span]] = []
    last: dict[tuple[str, int], tuple[float, int]] = {}
    for evidence, ends in days:
        runs += evidence.runs
        doubts += evidence.doubts
        for (vantage, boot), (mono, at, last_mono, last_at) in ends.items():
            before = last.get((vantage, boot))
            if before and abs((at - before[1]) - (mono - before[0])) > policy.jump_tolerance_s:
                doubts.append((vantage, Span(min(at, before[1]), max(at, before[1]))))
            last[vantage, boot] = (last_mono, last_at)
    return Evidence(tuple(runs), tuple(doubts))


@dataclass(frozen=True, slots=True)
class Head:
    """The runs, the clocks' edges and the hours of a day."""

    evidence: Evidence
    edges: "Edges"
    hours: list[Figures]


def built(samples: Sequence[Sample], evidence: Evidence, policy: Policy, day_start: int) -> bytes:
    """Return the block of a day's samples; ``evidence`` are their runs by the same policy."""
    hours = [Bucket() for _ in range(DAY_S // HOUR_S)]
    minutes: dict[int, Bucket] = {}
    for sample in samples:
        second, state = sample.at - day_start, policy.reads(sample)
        hours[second // HOUR_S].add(sample, state)
        minutes.setdefault(second // MINUTE_S, Bucket()).add(sample, state)
    runs = [[r.vantage, r.first, r.last, r.state, r.count, r.error] for r in evidence.runs]
    doubts = [[name, span.start, span.end] for name, span in evidence.doubts]
    ends = [[*who, *ticks] for who, ticks in edges(samples).items()]
    head = json.dumps(
        [runs, doubts, ends, [h.figures() for h in hours]], ensure_ascii=False, separators=(",", ":")
    ).encode()
    packer = zstandard.ZstdCompressor(level=LEVEL)
    first, second = packer.compress(head), packer.compress(_columns(minutes))
    return _HEAD.pack(MAGIC, len(first), len(second)) + first + second


def _columns(minutes: dict[int, Bucket]) -> bytes:
    empty = Bucket().figures()
    rows = [minutes[n].figures() if n in minutes else empty for n in range(DAY_S // MINUTE_S)]
    small = [bytes(min(row[k], 255) for row in rows) for k in range(3)]
    codes = [array("H", (row[k] for row in rows)).tobytes() for k in range(3, 6)]
    return b"".join([*small, *(part[byte::2] for part in codes for byte in (0, 1))])


def head(data: bytes) -> Head:
    """Return the head of a block. Raises ValueError, struct.error or zstandard.ZstdError for what is none."""
    magic, length, _ = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise ValueError("no block")
    text = zstandard.ZstdDecompressor().decompress(data[_HEAD.size : _HEAD.size + length])
    runs, doubts, ends, hours = json.loads(text)
    return Head(
        Evidence(
            tuple(Run(v, a, b, State(s), n, e) for v, a, b, s, n, e in runs),
            tuple((name, Span(a, b)) for name, a, b in doubts),
        ),
        {(name, boot): (a, b, c, d) for name, boot, a, b, c, d in ends},
        hours,
    )


def minutes(data: bytes) -> list[Figures]:
    """Return the figures of a block's 1,440 minutes."""
    _, length, more = _HEAD.unpack_from(data)
    start = _HEAD.size + length
    flat = zstandard.ZstdDecompressor().decompress(data[start : start + more])
    count = DAY_S // MINUTE_S
    small = [flat[k * count : (k + 1) * count] for k in range(3)]
    codes = []
    for k in range(3):
        both = bytearray(2 * count)
        at = (3 + 2 * k) * count
        both[0::2], both[1::2] = flat[at : at + count], flat[at + count : at + 2 * count]
        codes.append(array("H", bytes(both)))
    return list(zip(*small, *codes, strict=True))
