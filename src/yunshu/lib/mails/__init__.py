"""Messages of e-mail, read with suspicion: what is no letter of a person is refused in words, what would burst is not unpacked.

| to | call |
|---|---|
| judge by the head alone, before the body is fetched | ``reading.refusal(headers, size, own)`` |
| read a whole message | ``reading.read(raw)`` → ``Letter`` (who, subject, text, attachments) |
| fetch from a mailbox | ``with fetching.opened(url) as box: for each in box.unseen(most): …; box.done(each)`` |

Knows no city business. RFC 5322, RFC 2045–2049, RFC 3834 (automatic replies), RFC 3501 (IMAP).
"""

from yunshu.lib.mails.reading import Letter, Unreadable, read, refusal

__all__ = ["Letter", "Unreadable", "read", "refusal"]
