"""Samples as columns of bytes: the form in which the journal and raw segments hold them.

``head length (u32) | JSON: names of targets, vantages, errors | one array a column``. Times are differences, latencies whole
microseconds, so that zstd finds the regularity.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate

from yunshu.lib.availability import Sample

Row = tuple[str, Sample]
OK, TRUSTED, DEGRADED = 1, 2, 4
NONE_US = 0xFFFF_FFFF
_LENGTH = struct.Struct("<I")
_COLUMNS = "IqHHBIqq"


def encode(rows: Sequence[Row]) -> bytes:
    """Return rows as bytes, in their order."""
    targets: dict[str, int] = {}
    vantages: dict[str, int] = {}
    errors: dict[str, int] = {}
    columns = [array(kind) for kind in _COLUMNS]
    before, before_mono = 0, 0
    for target, s in rows:
        mono = -1 if s.mono_s is None else round(s.mono_s * 1000)
        flags = OK * s.ok | TRUSTED * s.trusted | DEGRADED * s.degraded
        us = NONE_US if s.latency_ms is None else min(round(s.latency_ms * 1000), NONE_US - 1)
        values = (
            targets.setdefault(target, len(targets)),
            s.at - before,
            vantages.setdefault(s.vantage, len(vantages)),
            errors.setdefault(s.error, len(errors)),
            flags,
            us,
            mono - before_mono,
            s.boot,
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        before, before_mono = s.at, mono
    head = json.dumps([list(targets), list(vantages), list(errors), len(rows)], ensure_ascii=False).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *(column.tobytes() for column in columns)])


def decode(payload: bytes, only: str | None = None) -> Iterator[Row]:
    """Yield the rows of bytes, or those of one target. Raises ValueError, struct.error or KeyError for what is none."""
    [length] = _LENGTH.unpack_from(payload)
    at = _LENGTH.size + length
    targets, vantages, errors, count = json.loads(payload[_LENGTH.size : at])
    wanted = targets.index(only) if only in targets else None
    if only is not None and wanted is None:
        return
    columns = []
    for kind in _COLUMNS:
        column = array(kind)
        size = column.itemsize * count
        column.frombytes(payload[at : at + size])
        columns.append(column)
        at += size
    seconds, monos = accumulate(columns[1]), accumulate(columns[6])
    rest = (columns[k] for k in (2, 3, 4, 5, 7))
    for target, second, mono, vantage, error, flags, us, boot in zip(columns[0], seconds, monos, *rest, strict=True):
        if wanted is None or target == wanted:
            yield (
                targets[target],
                Sample(
                    second,
                    vantages[vantage],
                    bool(flags & OK),
                    None if us == NONE_US else us / 1000,
                    errors[error],
                    bool(flags & TRUSTED),
                    None if mono < 0 else mono / 1000,
                    boot,
                    bool(flags & DEGRADED),
                ),
            )
