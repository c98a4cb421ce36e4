"""What stands in the log: one line saying the kind of a leaf, then its body.

``entry`` leaves carry what a submitter recorded, as opaque bytes. The others are the consortium's own words, canonical
JSON, written by every member alike: ``genesis`` (leaf 0), ``batch`` (who submitted the entries before it, signed),
``block`` (where a block ends, and which part of the stream it came from), ``epoch`` (a new stream), ``config``
(members changed). So the log alone is enough to check who submitted what, and to rebuild a member's state.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENTRY, GENESIS, BATCH, BLOCK, EPOCH, CONFIG = "entry", "genesis", "batch", "block", "epoch", "config"
KINDS = frozenset({ENTRY, GENESIS, BATCH, BLOCK, EPOCH, CONFIG})
MOST_BYTES = 65_535
"""C2SP tlog-tiles: an entry's length is a uint16."""


class Malformed(ValueError):
    """Bytes that are not what they should be; the message says what is wrong."""


@dataclass(frozen=True)
class Leaf:
    """One leaf, taken apart."""

    kind: str
    body: bytes

    @property
    def words(self) -> dict[str, Any]:
        """The body of a leaf of the consortium's own."""
        return parse(self.body)


def canonical(words: Mapping[str, Any]) -> bytes:
    """Return ``words`` as the only JSON text they have here: sorted keys, no spaces, UTF-8 (after RFC 8785; no floats)."""
    return json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def parse(text: bytes) -> dict[str, Any]:
    """Read canonical JSON; raise Malformed for anything that ``canonical`` would not have written."""
    try:
        words = json.loads(text)
        if not isinstance(words, dict) or canonical(words) != text:
            raise Malformed("not canonical JSON")
    except (ValueError, RecursionError) as error:
        raise Malformed("not canonical JSON") from error
    return words


def leaf(kind: str, body: bytes) -> bytes:
    """Return a leaf's bytes; raise Malformed if it would not fit."""
    text = kind.encode() + b"\n" + body
    if len(text) > MOST_BYTES:
        raise Malformed(f"a leaf of {len(text)} bytes, at most {MOST_BYTES} fit")
    return text


def own(kind: str, words: Mapping[str, Any]) -> bytes:
    """Return a leaf of the consortium's own."""
    return leaf(kind, canonical(words))


def read(data: bytes) -> Leaf:
    """Take a leaf apart."""
    kind, newline, body = data.partition(b"\n")
    name = kind.decode("ascii", "replace")
    if not newline or name not in KINDS:
        raise Malformed("not a leaf of this log")
    return Leaf(name, body)
