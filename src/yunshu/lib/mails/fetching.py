"""A mailbox over IMAP: what was not seen yet, its head first; what was dealt with is marked, so that it is not fetched again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from ssl import create_default_context
from urllib.parse import unquote, urlsplit

from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted, MailMessageFlags

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Waiting:
    """A message that waits: its name in the mailbox, its size, its head."""

    uid: str
    size: int
    head: Message


@dataclass(frozen=True)
class Box:
    """An open mailbox."""

    opened: BaseMailBox

    def unseen(self, most: int) -> list[Waiting]:
        """Return the heads of messages that nobody has dealt with, the oldest first."""
        found = self.opened.fetch(AND(seen=False), limit=most, headers_only=True, mark_seen=False, bulk=False)
        return [Waiting(each.uid or "", each.size_rfc822, each.obj) for each in found]

    def whole(self, waiting: Waiting) -> bytes:
        """Return a message as it came, not parsed: what would burst a parser is counted first (``reading.read``)."""
        _status, found = self.opened.client.uid("fetch", waiting.uid, "(BODY.PEEK[])")
        return next((bytes(each[1]) for each in found if isinstance(each, tuple)), b"")

    def done(self, waiting: Waiting) -> None:
        """Mark a message as dealt with."""
        self.opened.flag([waiting.uid], [MailMessageFlags.SEEN], value=True)


@contextmanager
def opened(url: str) -> Iterator[Box]:
    """Open the mailbox of an address like ``imaps://name:password@host:993/INBOX``. Raises OSError and imap_tools' errors.

    ``imap://`` goes without TLS: only for a mailbox on this machine.
    """
    parts = urlsplit(url)
    host, folder = parts.hostname or "", unquote(parts.path.strip("/")) or "INBOX"
    if parts.scheme == "imaps":
        box: BaseMailBox = MailBox(host, parts.port or 993, timeout=TIMEOUT_S, ssl_context=create_default_context())
    else:
        box = MailBoxUnencrypted(host, parts.port or 143, timeout=TIMEOUT_S)
    with box.login(unquote(parts.username or ""), unquote(parts.password or ""), initial_folder=folder):
        yield Box(box)
