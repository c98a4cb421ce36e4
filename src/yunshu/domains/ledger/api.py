"""The ledger's Python door: record a fact in one's own transaction, show its evidence, what the public may see."""

from yunshu.domains.ledger.publishing import ledger, policy, receipt, verifier
from yunshu.domains.ledger.publishing import record as public_record
from yunshu.domains.ledger.selectors import evidence_of
from yunshu.domains.ledger.services import record

__all__ = ["evidence_of", "ledger", "policy", "public_record", "receipt", "record", "verifier"]
