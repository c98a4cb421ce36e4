"""A page in the archive as the proof of a find."""

from datetime import datetime

from yunshu.domains.inspection.contracts import Proof
from yunshu.lib.crawl import Reference


def proof_of(kept: Reference, at: datetime) -> Proof:
    """Return where in the archive what came at a moment is."""
    return Proof(kind="warc", sha256=kept.sha256, taken_at=at, path=kept.file, offset=kept.offset)
