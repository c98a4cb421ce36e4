"""What is kept for good of one day of one target: runs, and latencies by minute and hour.

``magic | head length | zstd(JSON: runs, clocks, hours) | zstd(minute columns)``. An hour or a minute has six figures: looks, well, worst
state, and the codes of the least, mean and greatest latency (``latency``). A year's chart reads heads only.
"""

import json
import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

import zstandard

from yunshu.lib.availability import Clock, Evidence, Policy, Run, Sample, State, clocks, doubted, gather
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


@dataclass(frozen=True, slots=True)
class Seen:
    """Runs and clocks of one or more days; jumps of the clocks are found when days are put together."""

    runs: tuple[Run, ...] = ()
    clocks: tuple[Clock, ...] = ()


def seen(samples: Sequence[Sample], policy: Policy) -> Seen:
    """Return the runs and clocks of a day's samples."""
    return Seen(gather(samples, policy).runs, clocks(samples, policy))


def joined(days: Iterable[Seen], policy: Policy) -> Evidence:
    """Return the evidence of days as one, with the jumps of clocks within and between them."""
    whole = list(days)
    pieces = (piece for day in whole for piece in day.clocks)
    return Evidence(tuple(run for day in whole for run in day.runs), doubted(pieces, policy))


@dataclass(frozen=True, slots=True)
class Head:
    """The runs, clocks and hours of a day."""

    seen: Seen
    hours: list[Figures]


def built(samples: Sequence[Sample], policy: Policy, day_start: int) -> bytes:
    """Return the block of a day's samples, folded by ``policy``."""
    hours = [Bucket() for _ in range(DAY_S // HOUR_S)]
    minutes: dict[int, Bucket] = {}
    for sample in samples:
        second, state = sample.at - day_start, policy.reads(sample)
        hours[second // HOUR_S].add(sample, state)
        minutes.setdefault(second // MINUTE_S, Bucket()).add(sample, state)
    found = seen(samples, policy)
    runs = [[r.vantage, r.first, r.last, r.state, r.count, r.error] for r in found.runs]
    pieces = [astuple(piece) for piece in found.clocks]
    head = json.dumps([runs, pieces, [h.figures() for h in hours]], ensure_ascii=False, separators=(",", ":")).encode()
    packer = zstandard.ZstdCompressor(level=LEVEL)
    parts = (packer.compress(head), packer.compress(_columns(minutes)))
    return _HEAD.pack(MAGIC, len(parts[0]), len(parts[1])) + parts[0] + parts[1]


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
    runs, pieces, hours = json.loads(text)
    folded = tuple(Run(v, a, b, State(s), n, e) for v, a, b, s, n, e in runs)
    return Head(Seen(folded, tuple(Clock(*piece) for piece in pieces)), hours)


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
