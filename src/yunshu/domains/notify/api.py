"""The door of the notices for higher domains."""

from yunshu.domains.notify.contracts import NoticeKind, NoticeSpec
from yunshu.domains.notify.registry import declare
from yunshu.domains.notify.services import send

__all__ = ["NoticeKind", "NoticeSpec", "declare", "send"]
