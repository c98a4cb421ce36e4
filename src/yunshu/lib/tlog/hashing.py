"""Merkle tree hashing (RFC 9162 section 2.1.1, the same as RFC 6962 section 2.1), over SHA-256 or SM3.

    MTH({})     = HASH()
    MTH({d0})   = HASH(0x00 || d0)
    MTH(D[n])   = HASH(0x01 || MTH(D[0:k]) || MTH(D[k:n])),  k the largest power of two smaller than n

C2SP fixes SHA-256; the SM3 twin is ours, told apart by its origin (see ``twin``).
"""

from collections.abc import Callable
from dataclasses import dataclass

from yunshu.lib.crypto.digests import Digest, new_sha256, new_sm3
from yunshu.lib.tlog.errors import TlogError

HASH_BYTES = 32
LEAF_PREFIX, NODE_PREFIX = b"\x00", b"\x01"


@dataclass(frozen=True)
class TreeHash:
    """One hash function for a tree. ``new(data)`` returns a hash object; every digest has 32 bytes."""

    name: str
    new: Callable[[bytes], Digest]

    def leaf(self, entry: bytes) -> bytes:
        """HASH(0x00 || entry)."""
        return self.new(LEAF_PREFIX + entry).digest()

    def node(self, left: bytes, right: bytes) -> bytes:
        """HASH(0x01 || left || right)."""
        return self.new(NODE_PREFIX + left + right).digest()

    def empty(self) -> bytes:
        """HASH(): the root of a tree without leaves."""
        return self.new(b"").digest()

    def __repr__(self) -> str:
        return f"<TreeHash {self.name}>"


SHA256 = TreeHash("sha256", new_sha256)
SM3 = TreeHash("sm3", new_sm3)
TREE_HASHES = {each.name: each for each in (SHA256, SM3)}


def require_hashes(hashes: "list[bytes] | tuple[bytes, ...]") -> None:
    """Raise TlogError (``malformed``) unless every item is a hash of 32 bytes."""
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise TlogError("malformed", f"a hash must have {HASH_BYTES} bytes, not {len(each)}")
