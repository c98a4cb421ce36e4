"""What of inspection goes to the consortium ledger, in the transaction in which it happens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.contracts import PROOF_KIND, Proven
from yunshu.domains.ledger import api as ledger


def of(kind: Proven, subject: str, words: Mapping[str, Any], by: Viewer, now: datetime) -> str:
    """Record one fact about ``subject`` (a public number); return the record's number."""
    return ledger.record(kind=f"{PROOF_KIND}{kind.value}", subject=subject, payload=words, by=by, now=now)
