"""One message: its head judged, its parts counted before they are unpacked, its text and attachments in plain values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from hashlib import sha256

from lxml import etree, html

MOST_BYTES = 20 << 20
MOST_PARTS = 60
MOST_DEPTH = 8
MOST_ATTACHMENTS = 10
BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "bounce")
_LIST_HEADERS = (
    "List-Id",
    "List-Unsubscribe",
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Response-Suppress",
    "Feedback-ID",
)


_STUMBLES = (RecursionError, ValueError, LookupError, AttributeError, TypeError)
"""What the parser of the standard library raises for bad input."""


class Unreadable(Exception):
    """A message that cannot or must not be unpacked; says why in a code."""


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    name: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """What a person wrote."""

    id: str
    name: str
    address: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


def refusal(head: Message, size: int, own: Iterable[str]) -> str:
    """Return why a message is not read, "" if it is: ``too_large``, ``automatic``, ``own``, ``no_sender``.

    RFC 3834: what was sent automatically is never answered, so that no loop begins; ``own`` are our own addresses.
    """
    if size > MOST_BYTES:
        return "too_large"
    sender = _sender(head)[1].lower()
    if not sender or "@" not in sender:
        return "no_sender"
    if sender in {address.lower() for address in own}:
        return "own"
    automatic = field_of(head, "Auto-Submitted", "no").partition(";")[0].strip().lower() not in ("", "no")
    bulk = field_of(head, "Precedence").strip().lower() in BULK
    bounced = field_of(head, "Return-Path", "x").strip() == "<>"
    listed = any(name in head for name in _LIST_HEADERS)
    robot = sender.partition("@")[0].startswith(ROBOTS)
    return "automatic" if automatic or bulk or bounced or listed or robot else ""


def field_of(head: Message, name: str, default: str = "") -> str:
    """Return a field of a head in words; as it came where it cannot be taken apart."""
    try:
        return str(head.get(name, default))
    except _STUMBLES:
        return next((str(value) for each, value in head.raw_items() if each.lower() == name.lower()), default)


def raw_head(head: Message) -> bytes:
    """Return the fields of a head as they came."""
    return "\n".join(f"{name}: {value}" for name, value in head.raw_items()).encode("utf-8", "replace")


def identity(head: Message, raw: bytes) -> str:
    """Return a digest by which a message is known again: of its Message-ID and sender, or of the whole where it has none."""
    said = field_of(head, "Message-ID").strip()
    return sha256(f"{said}\n{_sender(head)[1].lower()}".encode(errors="replace") if said else raw).hexdigest()


def read(raw: bytes) -> Letter:
    """Return a message as plain values. Raises Unreadable (``too_large``, ``too_many_parts``, ``too_deep``, ``malformed``)."""
    if len(raw) > MOST_BYTES:
        raise Unreadable("too_large")
    if raw.lower().count(b"boundary=") > MOST_PARTS:  # before it is parsed: the parser goes down once for each
        raise Unreadable("too_many_parts")
    try:
        found = message_from_bytes(raw, policy=policy.default)
        parts = list(_parts(found, 0))
        name, address = _sender(found)
        text = _text(found)
        attachments = tuple(_attachments(parts))
    except _STUMBLES as error:
        raise Unreadable("malformed") from error
    return Letter(
        id=identity(found, raw),
        name=_plain(name)[:60],
        address=_plain(address)[:100],
        subject=" ".join(_plain(field_of(found, "Subject")).split())[:300],
        text=_plain(text).strip(),
        attachments=attachments,
    )


def _sender(head: Message) -> tuple[str, str]:
    found = getaddresses([field_of(head, "From")])
    return found[0] if found else parseaddr("")


def _parts(part: Message, depth: int) -> Iterator[Message]:
    if depth > MOST_DEPTH:
        raise Unreadable("too_deep")
    count = 0
    for each in part.iter_parts() if isinstance(part, EmailMessage) and part.is_multipart() else ():
        for inner in _parts(each, depth + 1):
            count += 1
            if count > MOST_PARTS:
                raise Unreadable("too_many_parts")
            yield inner
    if not part.is_multipart():
        yield part


def _text(found: EmailMessage) -> str:
    body = found.get_body(("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_subtype() != "html" or not text.strip():
        return text
    try:
        tree = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=False))
    except etree.ParserError:  # marks and nothing between them
        return ""
    for each in tree.xpath("//script|//style|//head"):
        each.drop_tree()
    for each in tree.xpath("//br|//p|//div|//tr"):
        each.tail = "\n" + (each.tail or "")
    return str(tree.text_content())


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    body = raw if isinstance(raw, bytes) else b""
    charset = str(part.get_content_charset() or "utf-8").lower()
    charset = "gb18030" if charset in ("gb2312", "gbk", "x-gbk") else charset
    try:
        return body.decode(charset, errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")


def _attachments(parts: Iterable[Message]) -> Iterator[Attachment]:
    count = 0
    for part in parts:
        name = part.get_filename()
        if not name and part.get_content_maintype() in ("text", "multipart"):
            continue
        count += 1
        if count > MOST_ATTACHMENTS:
            raise Unreadable("too_many_parts")
        raw = part.get_payload(decode=True)
        if isinstance(raw, bytes) and raw:
            kind = part.get_content_subtype().replace("jpeg", "jpg")
            yield Attachment(_plain(name or f"attachment.{kind}").rpartition("/")[2][-100:], raw)


def _plain(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
