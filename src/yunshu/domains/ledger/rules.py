"""What goes into a leaf: salted commitments to a record, and the little that may be public about it.

The commitment is HMAC over the canonical JSON of the whole record, keyed with 32 random bytes that stay with the
record: without them nobody can test a guess (a digest of an ID number would be personal data, PIPL art. 4 and 73), and
when they are destroyed the leaf says nothing any more. Twice: SHA-256, and SM3 for cipher evaluation (GB/T 39786).
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from yunshu.lib.crypto.digests import hmac_sha256, hmac_sm3

SALT_BYTES = 32
LATE_SECONDS = 60
"""A record that is not final after this long is shown as an alarm; twice the longest outage a restart needs."""


def text_of(*, kind: str, subject: str, payload: Mapping[str, Any], by: str, at: datetime) -> bytes:
    """Return the record as it is committed to: canonical JSON (sorted keys, no spaces, UTF-8)."""
    words = {"at": at.astimezone(UTC).isoformat(), "by": by, "kind": kind, "payload": payload, "subject": subject}
    return json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def body_of(text: bytes, salt: bytes, *, kind: str, org: str, at: datetime) -> bytes:
    """Return the body of the leaf: kind, organisation and time in the clear, the rest as commitments."""
    words = {
        "at": at.astimezone(UTC).isoformat(),
        "kind": kind,
        "org": org,
        "sha256": b64encode(hmac_sha256(salt, text)).decode(),
        "sm3": b64encode(hmac_sm3(salt, text)).decode(),
    }
    return json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def opens(text: bytes, salt: bytes, body: bytes) -> bool:
    """Say whether ``text`` and ``salt`` are what ``body`` commits to."""
    words = json.loads(body)
    return (words["sha256"], words["sm3"]) == (
        b64encode(hmac_sha256(salt, text)).decode(),
        b64encode(hmac_sm3(salt, text)).decode(),
    )
