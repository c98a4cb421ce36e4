"""Letters: canonical JSON with signatures over it and over what kind of letter it is, so that none passes for another.

    {"body": {…}, "kind": "order", "signatures": {"ed25519": "…", "sm2": "…"}}

signed = "yunshu/" || kind || 0x0A || canonical(body). A writer signs with each of its keys; a reader names the public
keys it expects, and every one of them must have signed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.crypto.signing import PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused

MOST_BYTES = 1 << 20


def signed_text(kind: str, words: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed."""
    return b"yunshu/" + kind.encode() + b"\n" + canonical(words)


def signatures(kind: str, words: Mapping[str, Any], signers: Iterable[PrivateKey]) -> dict[str, str]:
    """Return a signature by each key, in hex, by the name of its algorithm."""
    text = signed_text(kind, words)
    return {str(key.algorithm): key.sign(text).hex() for key in signers}


def all_signed(kind: str, words: Mapping[str, Any], given: object, keys: Iterable[PublicKey]) -> bool:
    """Whether every one of ``keys`` (at least one) signed ``words``."""
    expected = list(keys)
    if not expected or not isinstance(given, dict):
        return False
    text = signed_text(kind, words)
    return all(key.verify(_bytes(given.get(str(key.algorithm))), text) for key in expected)


def write(kind: str, words: Mapping[str, Any], signers: Iterable[PrivateKey]) -> bytes:
    """Return a letter signed by each of ``signers``."""
    return canonical({"kind": kind, "body": words, "signatures": signatures(kind, words, signers)})


def read(kind: str, data: bytes, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Return the body of a letter.

    Raises Refused: ``letter_malformed``, or ``signature_wrong`` unless every one of ``keys`` signed it.
    """
    words, given = unread(kind, data)
    if not all_signed(kind, words, given, keys):
        raise Refused("signature_wrong", "签名不符，拒绝执行。")
    return words


def unread(kind: str, data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the body and the signatures of a letter that nobody has checked; raise Refused (``letter_malformed``)."""
    try:
        if len(data) > MOST_BYTES:
            raise Malformed("too long")
        letter = parse(data)
        words, given = letter["body"], letter["signatures"]
        if letter["kind"] != kind or not isinstance(words, dict) or not isinstance(given, dict):
            raise Malformed("another kind of letter")
    except (Malformed, KeyError) as error:
        raise Refused("letter_malformed", "报文格式不符，拒绝执行。") from error
    return words, given


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
