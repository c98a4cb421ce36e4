"""The door of the attachments for higher domains: register a kind of record, attach, list."""

from yunshu.domains.files.contracts import AttachmentCard, Owner
from yunshu.domains.files.registry import register
from yunshu.domains.files.rules import KINDS
from yunshu.domains.files.selectors import attachments_of
from yunshu.domains.files.services import Upload, attach

ACCEPT = ",".join(KINDS)
"""For ``<input type="file" accept>``."""

__all__ = ["ACCEPT", "AttachmentCard", "Owner", "Upload", "attach", "attachments_of", "register"]
