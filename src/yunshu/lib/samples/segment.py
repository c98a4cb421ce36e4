"""A sealed day."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


class SegmentDamaged(ValueError):
    """A segment is not what was sealed: its name is in the message."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file of a sealed day, ready for the ledger. ``generation`` grows when late samples are sealed again.

    ``kind`` is ``runs`` (kept for good) or ``raw`` (kept N days). The digests are over the whole file.
    """

    day: date
    kind: str
    shard: int
    generation: int
    path: Path
    size_bytes: int
    targets: int
    samples: int
    sm3: bytes
    sha256: bytes
    replaces_sha256: bytes | None
    """The digest of the generation before; None for the first."""
