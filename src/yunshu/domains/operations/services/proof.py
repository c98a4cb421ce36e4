"""What of operations goes to the consortium ledger, in the transaction in which it happens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import PROOF_KIND, Proven


def of(kind: Proven, subject: str, words: Mapping[str, Any], by: Viewer, now: datetime) -> str:
    """Record one fact of operations about ``subject`` (a public number); return the record's number."""
    return ledger.record(kind=f"{PROOF_KIND}{kind.value}", subject=subject, payload=words, by=by, now=now)
