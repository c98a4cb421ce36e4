"""End-to-end encryption between two nodes: the hub carries what it cannot read.

A *session* is one run of a sender over a transfer. It has a content key of its own, wrapped to the receiver's X25519
key after the pattern of HPKE (RFC 9180, ephemeral-static, base mode; own labels, so not its wire format):

    shared   = X25519(ephemeral, receiver)
    wrapping = HKDF(shared, salt = ephemeral || receiver, info = "yunshu/nodes/wrap" || suite || header digest)
    wrapped  = AEAD(wrapping, nonce = 0, content key)          one use: the ephemeral key is new for each session

The header (transfer, agreement, both nodes, session, suite, first chunk) is signed by the sender: the receiver knows who sends.
Each chunk is sealed with the content key, nonce = its number (96 bits, big-endian), and

    AAD = "yunshu/nodes/chunk" || 0 || transfer || 0 || session || 0 || number

so that none can be swapped with another, moved to another transfer, or come from an earlier session. A sender that
must read its source again begins a new session: one key never seals two texts under one nonce. The closing is signed,
too, and counts the chunks: nothing can be cut off at the end.

| suite | wrap | AEAD | KDF and digest |
|---|---|---|---|
| ``x25519-aes256gcm`` | X25519 | AES-256-GCM | SHA-256 |
| ``x25519-chacha20poly1305`` | X25519 | ChaCha20-Poly1305 | SHA-256 |
| ``x25519-sm4gcm`` | X25519 | SM4-GCM (128 bits) | SM3 |

The last is 国密 for the data only: ``lib.crypto`` has no SM2 encryption, so the key agreement is X25519 in all three.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.crypto import digests, sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import PrivateKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters
from yunshu.lib.nodes.cards import NodeCard

OPENING, CLOSING = "opening", "closing"
NONCE_BYTES, TAG_BYTES = 12, 16


class Suite(StrEnum):
    """Which algorithms a transfer uses (see the table)."""

    AES = "x25519-aes256gcm"
    CHACHA = "x25519-chacha20poly1305"
    SM4 = "x25519-sm4gcm"

    @property
    def key_bytes(self) -> int:
        """Length of its keys."""
        return sm4.KEY_BYTES if self is Suite.SM4 else 32

    def digest(self, data: bytes) -> bytes:
        """Return the digest of a chunk."""
        return digests.sm3(data) if self is Suite.SM4 else digests.sha256(data)


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a session is about; everything a chunk's seal is bound to."""

    transfer: str
    agreement: str
    sender: str
    receiver: str
    session: int
    first_chunk: int
    suite: str = Suite.AES


@dataclass(frozen=True)
class Closing:
    """The sender's last word: how many chunks, the Merkle root of their digests in hex, and its own tally."""

    chunks: int
    size_bytes: int
    root: str
    tally: dict[str, Any]


class Session:
    """One content key at work; made by ``open_to`` (sender) or ``accept`` (receiver)."""

    def __init__(self, header: Header, key: bytes) -> None:
        self.header, self.suite = header, Suite(header.suite)
        self._seal, self._unseal = _aead(self.suite, key)
        self._prefix = b"\0".join([b"yunshu/nodes/chunk", header.transfer.encode(), str(header.session).encode(), b""])

    def seal(self, number: int, plain: bytes) -> bytes:
        """Return chunk ``number`` sealed: ciphertext || tag."""
        return self._seal(_nonce(number), plain, self._prefix + str(number).encode())

    def unseal(self, number: int, sealed: bytes) -> bytes:
        """Return chunk ``number``; raise Refused (``chunk_tampered``) if it is not what the sender sealed there."""
        try:
            return self._unseal(_nonce(number), sealed, self._prefix + str(number).encode())
        except (InvalidTag, CryptoError) as error:
            raise Refused("chunk_tampered", f"第 {number} 块数据被篡改或错位，拒绝写入。") from error


def open_to(receiver: NodeCard, header: Header, signers: tuple[PrivateKey, ...]) -> tuple[bytes, Session]:
    """Begin a session: return the signed opening, which is sent first, and the session."""
    suite, ephemeral = Suite(header.suite), X25519PrivateKey.generate()
    key = secrets.token_bytes(suite.key_bytes)
    public = ephemeral.public_key().public_bytes_raw()
    static = bytes.fromhex(receiver.exchange)
    wrapping = _wrapping(suite, ephemeral.exchange(X25519PublicKey.from_public_bytes(static)), public + static, header)
    wrapped = _aead(suite, wrapping)[0](bytes(NONCE_BYTES), key, b"")
    words = asdict(header) | {"ephemeral": public.hex(), "wrapped": wrapped.hex()}
    return letters.write(OPENING, words, signers), Session(header, key)


def accept(opening: bytes, sender: NodeCard, own: X25519PrivateKey) -> Session:
    """Return the session of an opening that ``sender`` signed.

    Raises Refused: ``letter_malformed``, ``signature_wrong``, ``opening_malformed`` or ``not_for_us``.
    """
    words = letters.read(OPENING, opening, sender.public_keys)
    try:
        public, wrapped = bytes.fromhex(words.pop("ephemeral")), bytes.fromhex(words.pop("wrapped"))
        header = Header(**words)
        suite = Suite(header.suite)
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("opening_malformed", "传输开启报文格式不符。") from error
    wrapping = _wrapping(suite, shared, public + own.public_key().public_bytes_raw(), header)
    try:
        return Session(header, _aead(suite, wrapping)[1](bytes(NONCE_BYTES), wrapped, b""))
    except (InvalidTag, CryptoError) as error:
        raise Refused("not_for_us", "该传输不是加密给本节点的。") from error


def close(header: Header, closing: Closing, signers: tuple[PrivateKey, ...]) -> bytes:
    """Return the signed closing of a transfer."""
    return letters.write(CLOSING, {"header": asdict(header)} | asdict(closing), signers)


def read_closing(data: bytes, header: Header, sender: NodeCard) -> Closing:
    """Return the closing of exactly this session; raise Refused (``closing_malformed`` or what a letter raises)."""
    letters.read(CLOSING, data, sender.public_keys)
    closing, of = known_closing(data)
    if of != asdict(header):
        raise Refused("closing_malformed", "传输结束报文与本次传输不符。")
    return closing


def known_closing(data: bytes) -> tuple[Closing, dict[str, Any]]:
    """Return a closing that was checked before, and its header; raise Refused (``closing_malformed``)."""
    words, _signatures = letters.unread(CLOSING, data)
    try:
        header = words.pop("header")
        return Closing(**words), header
    except (KeyError, TypeError) as error:
        raise Refused("closing_malformed", "传输结束报文格式不符。") from error


Sealing = Callable[[bytes, bytes, bytes], bytes]


def _aead(suite: Suite, key: bytes) -> tuple[Sealing, Sealing]:
    """Return sealing and unsealing, each of (nonce, bytes, AAD)."""
    if suite is Suite.SM4:
        return (
            lambda nonce, plain, bound: sm4.seal_with_nonce(key, nonce, plain, bound)[NONCE_BYTES:],
            lambda nonce, sealed, bound: sm4.unseal(key, nonce + sealed, bound),
        )
    cipher = AESGCM(key) if suite is Suite.AES else ChaCha20Poly1305(key)
    return cipher.encrypt, cipher.decrypt


def _wrapping(suite: Suite, shared: bytes, publics: bytes, header: Header) -> bytes:
    algorithm = hashes.SM3() if suite is Suite.SM4 else hashes.SHA256()
    info = b"yunshu/nodes/wrap\0" + suite.encode() + b"\0" + suite.digest(canonical(asdict(header)))
    return HKDF(algorithm, suite.key_bytes, salt=publics, info=info).derive(shared)


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")
