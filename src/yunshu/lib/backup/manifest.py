"""A manifest: what one backup holds. Its head is open and signed, its body (names, digests, pieces) sealed.

    line 1   the head, canonical JSON: kind, name, moment, size, and SHA-256 and SM3 of the sealed body
    line 2   the signature over line 1, hex
    rest     the body: zstd, then SM4-GCM bound to the name

A backup exists when its manifest does: it is written last, whole, after everything it names is on disk.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import zstandard

from yunshu.lib.backup.sealing import Keys
from yunshu.lib.crypto import digests, sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import PublicKey
from yunshu.lib.kernel.errors import Refused

BASE, POINT, WAL = "base", "point", "wal"
FILE, FOLDER, LINK = "f", "d", "l"


@dataclass(frozen=True)
class Entry:
    """One file, folder or link: mode, size, the digest of the whole and its pieces in order; a link's ``stamp`` is where it leads."""

    path: str
    kind: str = FILE
    mode: int = 0o600
    size: int = 0
    stamp: str = ""
    sha256: str = ""
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Head:
    """What anyone may know of a backup."""

    kind: str
    name: str
    at: str
    """The moment it gives back, ISO 8601."""
    base: str = ""
    size_bytes: int = 0
    added_bytes: int = 0
    took_s: float = 0.0
    sha256: str = ""
    sm3: str = ""

    @property
    def moment(self) -> datetime:
        """``at`` as an instant."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Manifest:
    """A backup: its head, its entries, and what the parts that are no files need to come back."""

    head: Head
    entries: tuple[Entry, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def write(manifest: Manifest, keys: Keys) -> bytes:
    """Return the bytes of a manifest, sealed and signed."""
    body = {"entries": [_row(entry) for entry in manifest.entries], "facts": manifest.facts}
    plain = zstandard.ZstdCompressor(level=3).compress(json.dumps(body, ensure_ascii=False).encode())
    sealed = sm4.seal(keys.content, plain, b"manifest\0" + manifest.head.name.encode())
    head = asdict(manifest.head) | {"sha256": digests.sha256(sealed).hex(), "sm3": digests.sm3(sealed).hex()}
    line = json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
    return line + b"\n" + keys.signer.sign(line).hex().encode() + b"\n" + sealed


def read_head(data: bytes, public: PublicKey) -> Head:
    """Return the head of a manifest whose signature and digests stand; raise Refused (``manifest_damaged``)."""
    try:
        line, signature, sealed = data.split(b"\n", 2)
        head = Head(**json.loads(line))
        stands = public.verify(bytes.fromhex(signature.decode()), line)
        same = (digests.sha256(sealed).hex(), digests.sm3(sealed).hex()) == (head.sha256, head.sm3)
    except (TypeError, ValueError) as error:
        raise Refused("manifest_damaged", "清单不完整或已损坏。") from error
    if not stands or not same:
        raise Refused("manifest_damaged", f"清单 {head.name} 的签名或摘要不符，已被改动或损坏，不能用来恢复。")
    return head


def read(data: bytes, keys: Keys) -> Manifest:
    """Return a manifest; raise Refused (``manifest_damaged``)."""
    head = read_head(data, keys.signer.public)
    sealed = data.split(b"\n", 2)[2]
    try:
        plain = sm4.unseal(keys.content, sealed, b"manifest\0" + head.name.encode())
        body = json.loads(zstandard.ZstdDecompressor().decompress(plain))
        entries = tuple(_entry(row) for row in body["entries"])
    except (CryptoError, KeyError, TypeError, ValueError, zstandard.ZstdError) as error:
        raise Refused("manifest_damaged", f"清单 {head.name} 打不开，已被改动或损坏，不能用来恢复。") from error
    return Manifest(head, entries, body["facts"])


def _entry(row: list[Any]) -> Entry:
    path, kind, mode, size, stamp, sha256, pieces = row
    return Entry(path, kind, mode, size, stamp, sha256, tuple(pieces))


def _row(entry: Entry) -> list[Any]:
    return [entry.path, entry.kind, entry.mode, entry.size, entry.stamp, entry.sha256, list(entry.pieces)]
