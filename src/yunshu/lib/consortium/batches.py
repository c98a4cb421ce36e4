"""A batch: up to a thousand entries of one organisation under one signature, with a number that never repeats.

One signature for many entries keeps the members' work small. The number makes a batch count once, however often it
arrives: members take batch n + 1 of an organisation after batch n, and nothing else.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yunshu.lib.consortium.leaves import ENTRY, Malformed, canonical, leaf, parse

MOST_ENTRIES = 1000
MOST_BYTES = 512 * 1024
"""A message stays well below the 1 MiB that a JetStream server takes by default."""
_DOMAIN = b"yunshu/batch/v1\n"

Root = Callable[[Sequence[bytes]], bytes]
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
"""(signature, message) → whether it is good."""


@dataclass(frozen=True)
class Header:
    """What the organisation signs: its entries in this order, all of them."""

    ledger: str
    org: str
    number: int
    count: int
    root: str
    """RFC 6962 root (SHA-256) over the batch's own leaves, base64."""

    def text(self) -> bytes:
        """Return what stands in the log."""
        return canonical(vars(self))

    def signed(self) -> bytes:
        """Return what is signed."""
        return _DOMAIN + self.text()


@dataclass(frozen=True)
class Batch:
    """A header, its signature, and the entries' bodies."""

    header: Header
    signature: bytes
    entries: tuple[bytes, ...]

    def leaves(self) -> list[bytes]:
        """Return the entries as leaves of the log."""
        return [leaf(ENTRY, body) for body in self.entries]

    def message(self) -> bytes:
        """Return it as it travels."""
        parts = [self.header.text(), b"\n", b64encode(self.signature), b"\n"]
        for body in self.entries:
            parts += [len(body).to_bytes(2, "big"), body]
        return b"".join(parts)


def make(*, ledger: str, org: str, number: int, entries: Sequence[bytes], root: Root, sign: Sign) -> Batch:
    """Sign ``entries`` as batch ``number`` of ``org``; raise Malformed if they do not fit."""
    if not 1 <= len(entries) <= MOST_ENTRIES or sum(map(len, entries)) > MOST_BYTES:
        raise Malformed(f"a batch holds 1 to {MOST_ENTRIES} entries of at most {MOST_BYTES} bytes together")
    leaves = [leaf(ENTRY, body) for body in entries]
    header = Header(ledger, org, number, len(leaves), b64encode(root(leaves)).decode())
    return Batch(header, sign(header.signed()), tuple(entries))


def header_of(words: dict[str, object]) -> Header:
    """Read a header; raise Malformed."""
    match words:
        case {
            "ledger": str(ledger),
            "org": str(org),
            "number": int(number),
            "count": int(count),
            "root": str(root),
        } if len(words) == 5 and number >= 1:
            return Header(ledger, org, number, count, root)
    raise Malformed("not a batch header")


def read(message: bytes) -> Batch:
    """Take a travelling batch apart; raise Malformed. Nothing is verified yet."""
    head, _, rest = message.partition(b"\n")
    signature, newline, body = rest.partition(b"\n")
    if not newline:
        raise Malformed("a batch without signature")
    header = header_of(parse(head))
    try:
        signed = b64decode(signature, validate=True)
    except ValueError as error:
        raise Malformed("a signature that is not base64") from error
    entries = _entries(body)
    if len(entries) != header.count or not 1 <= len(entries) <= MOST_ENTRIES:
        raise Malformed("a batch whose entries do not match its count")
    return Batch(header, signed, tuple(entries))


def _entries(body: bytes) -> list[bytes]:
    entries, at = [], 0
    while at < len(body):
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body) or at + 2 > len(body):
            raise Malformed("an entry cut short")
        entries.append(body[at + 2 : end])
        at = end
    return entries
