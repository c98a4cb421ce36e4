"""Calls on the ledger: digests of batches, so that nobody can take a call out of the log or change it unseen."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Max, Min

from yunshu.domains.directory.contracts import System
from yunshu.domains.exchange.contracts import Proven
from yunshu.domains.exchange.models import Call, CallBatch, Nonce
from yunshu.domains.exchange.rules import asking as rules
from yunshu.domains.exchange.services import proof
from yunshu.lib.consortium.leaves import canonical

SEALER = System(name="调用记录存证")
SETTLED = timedelta(minutes=2)
"""A call is put into a batch when it is so old: every transaction that wrote an earlier one has ended."""
MOST_A_BATCH = 50_000


@transaction.atomic
def seal_calls(*, now: datetime) -> int:
    """Put the digest of the calls since the last batch on the ledger; return how many. Safe to run twice."""
    last = CallBatch.objects.select_for_update().order_by("-last").first()
    rows = Call.objects.filter(pk__gt=last.last if last else 0, at__lt=now - SETTLED).order_by("pk")[:MOST_A_BATCH]
    ends = Call.objects.filter(pk__in=rows.values("pk")).aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return 0
    count, digest = digest_of_calls(ends["first"], ends["last"])
    words = {"first": ends["first"], "last": ends["last"], "count": count, "digest": digest}
    record = proof.of(Proven.CALLS, f"{ends['first']}-{ends['last']}", words, SEALER, now)
    CallBatch.objects.create(**words, record=record, made_at=now)
    Nonce.objects.filter(at__lt=now - 2 * rules.SIGNED_FOR).delete()
    return count


def digest_of_calls(first: int, last: int) -> tuple[int, str]:
    """Return how many calls there are from ``first`` to ``last``, and SHA-256 over one canonical line for each."""
    digest, count = sha256(), 0
    rows = (
        Call.objects.filter(pk__gte=first, pk__lte=last).order_by("pk").select_related("agreement", "client", "consent")
    )
    for row in rows.iterator(chunk_size=2000):
        words = {
            "question": row.question,
            "agreement": row.agreement.number,
            "client": row.client.number if row.client else "",
            "operator": row.operator,
            "purpose": row.purpose,
            "subject": row.subject,
            "consent": row.consent.number if row.consent else "",
            "rows": row.rows,
            "code": row.code,
            "digest": row.digest,
            "at": row.at.isoformat(),
        }
        digest.update(canonical(words) + b"\n")
        count += 1
    return count, digest.hexdigest()


def faulty_batches() -> list[CallBatch]:
    """Return the batches whose calls are not what was put on the ledger."""
    return [row for row in CallBatch.objects.all() if digest_of_calls(row.first, row.last) != (row.count, row.digest)]
