"""Digests of sealed days onto the ledger."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import PROOF_KIND, Proven
from yunshu.domains.operations.models import SampleSeal
from yunshu.lib.samples import Sealed

SEALER = System(name="监测样本封存")


@transaction.atomic
def record(files: Sequence[Sealed], now: datetime) -> int:
    """Record the files of one day that are not on the ledger yet, as one fact; return how many. Safe to repeat."""
    if not files:
        return 0
    day = files[0].day
    known = set(SampleSeal.objects.filter(day=day).values_list("kind", "shard", "generation"))
    fresh = [f for f in files if f.day == day and (f.kind, f.shard, f.generation) not in known]
    if not fresh:
        return 0
    payload = {"day": day.isoformat(), "files": [_words(f) for f in fresh]}
    number = ledger.record(
        kind=f"{PROOF_KIND}{Proven.SAMPLES.value}", subject=subject_of(day), payload=payload, by=SEALER, now=now
    )
    SampleSeal.objects.bulk_create([_row(f, number, now) for f in fresh])
    return len(fresh)


def subject_of(day: object) -> str:
    """Return the name under which a day's digests stand on the ledger."""
    return f"samples-{day}"


def _words(file: Sealed) -> dict[str, object]:
    return {
        "file": file.path.name,
        "kind": file.kind,
        "samples": file.samples,
        "targets": file.targets,
        "bytes": file.size_bytes,
        "sm3": file.sm3.hex(),
        "sha256": file.sha256.hex(),
        "replaces": file.replaces_sha256.hex() if file.replaces_sha256 else "",
    }


def _row(file: Sealed, number: str, now: datetime) -> SampleSeal:
    return SampleSeal(
        day=file.day,
        kind=file.kind,
        shard=file.shard,
        generation=file.generation,
        file=f"{file.day.isoformat()}/{file.path.name}",
        size=file.size_bytes,
        targets=file.targets,
        samples=file.samples,
        sm3=file.sm3.hex(),
        sha256=file.sha256.hex(),
        replaces=file.replaces_sha256.hex() if file.replaces_sha256 else "",
        record=number,
        sealed_at=now,
    )
