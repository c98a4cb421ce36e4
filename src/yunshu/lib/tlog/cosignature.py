"""What exactly is signed (c2sp.org/tlog-cosignature v1.0.1), and making signatures.

A cosigner says: as of this time, this is the largest head of the log that I have seen, and it is consistent with all
before. An Ed25519 cosignature (04) signs

    cosignature/v1 LF time <seconds> LF <the checkpoint's text>

an ML-DSA-44 one (06) the structure ``cosigned_message``, which also names the cosigner and can speak of a subtree. Ours
for SM2 (ff) signs the very same structure, by GM/T 0009-2012 with the identity 1234567812345678; the signature is
u64 time || r || s. Only the private kind's identifier and the key tell them apart: a key must serve one kind only.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from yunshu.lib.tlog.base64text import LARGEST
from yunshu.lib.tlog.checkpoint import Checkpoint, parse_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import HASH_BYTES
from yunshu.lib.tlog.note import NoteSignature
from yunshu.lib.tlog.verifier_key import Kind, VerifierKey

LABEL = b"subtree/v1\n\0"
TIME_BYTES = 8


@dataclass(frozen=True)
class NoteSigner:
    """Signs notes: the verifier key that the world knows, and how to sign bytes (a key, or a custody)."""

    key: VerifierKey
    sign: Callable[[bytes], bytes]

    def sign_checkpoint(self, checkpoint: Checkpoint, *, time_s: int) -> NoteSignature:
        """Return the signature line for ``checkpoint``. ``time_s``: POSIX seconds, not used by plain Ed25519 (01).

        Raises TlogError (``malformed``) for a key of unknown kind or a time that does not fit.
        """
        message = signed_message(self.key, checkpoint.text(), time_s)
        timed = self.key.kind is not Kind.ED25519
        prefix = struct.pack(">Q", time_s) if timed else b""
        return NoteSignature(self.key.name, self.key.key_id, prefix + self.sign(message))

    def sign_text(self, text: str) -> NoteSignature:
        """Return the signature line for any note's text; raise TlogError (``malformed``) unless the kind is 01."""
        if self.key.kind is not Kind.ED25519:
            raise TlogError("malformed", "only a plain Ed25519 key signs a text that is no checkpoint")
        return NoteSignature(self.key.name, self.key.key_id, self.sign(text.encode()))


def signed_message(key: VerifierKey, text: str, time_s: int) -> bytes:
    """Return the bytes that ``key`` signs for a note with ``text``; raise TlogError (``malformed``)."""
    if not 0 <= time_s <= LARGEST:
        raise TlogError("malformed", f"not a time: {time_s}")
    if key.kind is None:
        raise TlogError("malformed", f"the kind of signature of {key.name!r} is not known here")
    if key.kind is Kind.ED25519:
        return text.encode()
    checkpoint = parse_checkpoint(text)
    if key.kind is Kind.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    return cosigned_message(
        key.name, checkpoint.origin, start=0, end=checkpoint.size, root=checkpoint.root, time_s=time_s
    )


def cosigned_message(name: str, origin: str, *, start: int, end: int, root: bytes, time_s: int) -> bytes:
    """Return ``cosigned_message`` for the subtree [start, end) of the log ``origin``, cosigned by ``name``.

    Raises TlogError (``malformed``) for names over 255 bytes, or a time with ``start`` other than 0.
    """
    names = (name.encode(), origin.encode())
    if any(not 1 <= len(each) <= 255 for each in names) or len(root) != HASH_BYTES:
        raise TlogError("malformed", "a cosigner's name and an origin have 1 to 255 bytes, a root 32")
    if start and time_s:
        raise TlogError("malformed", "only a whole tree is cosigned with a time")
    cosigner, log = (bytes([len(each)]) + each for each in names)
    return LABEL + cosigner + struct.pack(">Q", time_s) + log + struct.pack(">QQ", start, end) + root


def verify_signature(key: VerifierKey, signature: NoteSignature, text: str) -> int | None:
    """Check one signature of a note; return its time in POSIX seconds, None for a kind without time.

    Raises TlogError (``bad_signature``) if it does not fit, (``malformed``) if ``key`` cannot be checked here.
    """
    if key.public is None or key.kind is None:
        raise TlogError("malformed", f"a signature of {key.name!r} cannot be checked here")
    raw, time_s = signature.signature, None
    if key.kind.is_cosignature:
        if len(raw) < TIME_BYTES or raw[0] & 0x80:
            raise TlogError("bad_signature", f"the cosignature of {key.name!r} has no time")
        time_s, raw = int.from_bytes(raw[:TIME_BYTES], "big"), raw[TIME_BYTES:]
    if not key.public.verify(raw, signed_message(key, text, time_s or 0)):
        raise TlogError("bad_signature", f"the signature of {key.name!r} does not fit the text")
    return time_s
