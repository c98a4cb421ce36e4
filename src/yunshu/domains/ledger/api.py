"""The ledger's Python door: record a fact in one's own transaction, show its evidence."""

from yunshu.domains.ledger.selectors import evidence_of
from yunshu.domains.ledger.services import record

__all__ = ["evidence_of", "record"]
