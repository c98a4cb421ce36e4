"""Do the files on disk still say what was put on the ledger?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import PROOF_KIND
from yunshu.domains.operations.models import SampleSeal
from yunshu.domains.operations.selectors.figures import store
from yunshu.lib.samples import Sealed, SegmentDamaged


@dataclass(frozen=True, kw_only=True)
class DayCheck:
    """A day's files against what was recorded. ``faults`` name a file and what is wrong with it; none: all is as recorded."""

    day: date
    files: int
    raw_gone: int
    records: tuple[str, ...]
    states: tuple[str, ...]
    faults: tuple[tuple[str, str], ...]


def check_days(day: date | None, now: datetime) -> Iterator[DayCheck]:
    """Yield the check of one recorded day, or of all, the oldest first; digests are computed anew from the disk."""
    days = SampleSeal.objects.filter(day=day) if day else SampleSeal.objects.all()
    for one in days.order_by("day").values_list("day", flat=True).distinct():
        yield _check(one, now)


def _check(day: date, now: datetime) -> DayCheck:
    rows = list(SampleSeal.objects.filter(day=day).order_by("kind", "shard", "generation"))
    newest = {(r.kind, r.shard): r for r in rows}
    try:
        found = {(f.kind, f.shard): f for f in store().sealed(day)}
        raw_gone, faults = _compared(newest, found)
    except SegmentDamaged as error:
        raw_gone, faults = 0, [(str(error), "damaged")]
    evidence = ledger.evidence_of(PROOF_KIND, f"samples-{day}", now)
    return DayCheck(
        day=day,
        files=len(newest),
        raw_gone=raw_gone,
        records=tuple(sorted({r.record for r in rows})),
        states=tuple(sorted({str(e.state) for e in evidence})),
        faults=tuple(faults),
    )


def _compared(
    newest: Mapping[tuple[str, int], SampleSeal], found: Mapping[tuple[str, int], Sealed]
) -> tuple[int, list[tuple[str, str]]]:
    """Return how many raw files were dropped meanwhile, and what is wrong."""
    raw_gone, faults = 0, list[tuple[str, str]]()
    for key, row in newest.items():
        file = found.get(key)
        if file is None and row.kind == SampleSeal.Kind.RAW:
            raw_gone += 1
        elif file is None:
            faults.append((row.file, "missing"))
        elif file.generation > row.generation:
            faults.append((file.path.name, "not_recorded"))
        elif (file.sm3.hex(), file.sha256.hex(), file.generation) != (row.sm3, row.sha256, row.generation):
            faults.append((row.file, "differs"))
    faults += [(file.path.name, "not_recorded") for key, file in found.items() if key not in newest]
    return raw_gone, faults
