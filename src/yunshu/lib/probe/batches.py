"""Batches of a far vantage: packed for the wire, and kept as files until the store's writer takes them."""

import hashlib
import json
import math
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from yunshu.lib.availability import Sample
from yunshu.lib.probe.outcome import Observed
from yunshu.lib.probe.spool import to_json
from yunshu.lib.samples import frames

MOST_BYTES, MOST_SAMPLES, LONGEST_ERROR = 16_000_000, 20_000, 200


class BadBatch(ValueError):
    """What came is no batch of samples."""


def pack(batch: Sequence[Observed]) -> bytes:
    """Return a batch as bytes."""
    return zlib.compress(json.dumps([to_json(one) for one in batch], ensure_ascii=False).encode())


def unpack(data: bytes, vantage: str) -> list[Observed]:
    """Return the batch; every sample bears the name of the vantage that brought it. Raises BadBatch."""
    opening = zlib.decompressobj()
    try:
        text = opening.decompress(data, MOST_BYTES)
        if opening.unconsumed_tail or not opening.eof:
            raise BadBatch("cut off or larger than allowed")
        forms = json.loads(text)
    except (zlib.error, ValueError, RecursionError) as error:
        raise BadBatch(str(error)) from error
    if not isinstance(forms, list) or len(forms) > MOST_SAMPLES:
        raise BadBatch(f"not a list of at most {MOST_SAMPLES} samples")
    return [_observed(form, vantage) for form in forms]


def _observed(form: Any, vantage: str) -> Observed:
    try:
        said, values = form["sample"], form["values"]
        sample = Sample(
            _whole(said["at"]),
            vantage,
            _truth(said["ok"]),
            _number(said["latency_ms"]),
            str(said["error"])[:LONGEST_ERROR],
            trusted=_truth(said["trusted"]),
            mono_s=_number(said["mono_s"]),
            boot=_whole(said["boot"]),
            degraded=_truth(said["degraded"]),
        )
        return Observed(str(form["target"]), sample, {str(name): _number(value) for name, value in values.items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise BadBatch(f"a sample lacks {error}") from error


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**40:
        raise BadBatch(f"not a whole number: {value!r}")
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise BadBatch(f"not true or false: {value!r}")
    return value


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value):
        raise BadBatch(f"not a number: {value!r}")
    return float(value)


def put(folder: Path, vantage: str, batch: Sequence[Observed]) -> None:
    """Keep a batch as a file; durable on return. The same batch twice is one file. Raises OSError."""
    data = pack([replace(one, sample=replace(one.sample, vantage=vantage)) for one in batch])
    place = folder / vantage
    place.mkdir(parents=True, exist_ok=True)
    name = f"{min((one.sample.at for one in batch), default=0):012d}-{hashlib.sha256(data).hexdigest()[:24]}"
    fresh = place / f"{name}.new"
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place / f"{name}.batch")
    frames.sync_folder(place)


def waiting(folder: Path) -> Iterator[tuple[Path, list[Observed]]]:
    """Yield what is kept, the oldest samples of each vantage first; a file that cannot be read is set aside as ``.bad``."""
    for path in sorted(folder.glob("*/*.batch")):
        try:
            yield path, unpack(path.read_bytes(), path.parent.name)
        except BadBatch:
            path.replace(path.with_suffix(".bad"))


def words_of(health: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a vantage's health that may be kept: numbers and truths."""
    return {str(n)[:40]: v for n, v in list(health.items())[:40] if type(v) in (int, float, bool) and math.isfinite(v)}
