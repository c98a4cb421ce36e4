"""Checking Merkle proofs with nothing but the proof: iterative, as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.

The subtree forms are those of draft-ietf-plants-merkle-tree-certs sections 4.3.2 and 4.4.3; the tree forms are the same
with ``start`` 0, and agree with the RFC on every published vector. Every function returns None or raises TlogError:
``malformed`` where sizes or hash lengths make no sense, ``bad_proof`` where the proof does not lead to the root.
"""

from collections.abc import Sequence
from hmac import compare_digest

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import HASH_BYTES, NODE_PREFIX, SHA256, TreeHash
from yunshu.lib.tlog.ranges import require_subtree


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes, tree_hash: TreeHash = SHA256
) -> None:
    """Check that ``leaf_hash`` is leaf ``index`` of the tree of ``size`` with ``root``."""
    verify_subtree_inclusion(leaf_hash, index, 0, size, proof, root, tree_hash)


def verify_subtree_inclusion(
    leaf_hash: bytes,
    index: int,
    start: int,
    end: int,
    proof: Sequence[bytes],
    root: bytes,
    tree_hash: TreeHash = SHA256,
) -> None:
    """Check that ``leaf_hash`` is leaf ``index`` of the subtree [start, end) with ``root``."""
    reached = root_from_inclusion(leaf_hash, index, start, end, proof, tree_hash)
    if not compare_digest(reached, root):
        raise TlogError("bad_proof", f"the proof of leaf {index} leads to another root")


def root_from_inclusion(
    leaf_hash: bytes, index: int, start: int, end: int, proof: Sequence[bytes], tree_hash: TreeHash = SHA256
) -> bytes:
    """Return the root that the proof leads to: for a caller who compares it with what was signed."""
    require_subtree(start, end)
    if not start <= index < end:
        raise TlogError("malformed", f"leaf {index} is not in [{start}, {end})")
    _require_lengths((leaf_hash, *proof))
    new, reached = tree_hash.new, leaf_hash
    fn, sn = index - start, end - start - 1
    for sibling in proof:
        if sn == 0:
            raise TlogError("bad_proof", "the proof has too many hashes")
        if fn & 1 or fn == sn:
            reached = new(NODE_PREFIX + sibling + reached).digest()
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            reached = new(NODE_PREFIX + reached + sibling).digest()
        fn >>= 1
        sn >>= 1
    if sn:
        raise TlogError("bad_proof", "the proof has too few hashes")
    return reached


def verify_consistency(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes, tree_hash: TreeHash = SHA256
) -> None:
    """Check that the tree of ``size`` with ``root`` begins with the tree of ``old_size`` with ``old_root``.

    ``old_size`` 0 is refused: anything follows from the empty tree, so a proof from it would prove nothing.
    """
    require_subtree(0, old_size)
    verify_subtree_consistency(0, old_size, size, proof, old_root, root, tree_hash)


def verify_subtree_consistency(
    start: int,
    end: int,
    size: int,
    proof: Sequence[bytes],
    subtree_root: bytes,
    root: bytes,
    tree_hash: TreeHash = SHA256,
) -> None:
    """Check that the subtree [start, end) with ``subtree_root`` is part of the tree of ``size`` with ``root``.

    The roots are the caller's, from checkpoints or from what it computed. An empty subtree (``start`` = ``end``) is
    part of any tree: it needs the root of nothing and no proof.
    """
    if end > size:
        raise TlogError("malformed", f"[{start}, {end}) ends after the tree of {size}")
    if start == end >= 0:
        if proof or subtree_root != tree_hash.empty():
            raise TlogError("bad_proof", "an empty subtree has the root of nothing and no proof")
        return
    require_subtree(start, end)
    _require_lengths(proof)
    fn, sn, tn = _first_level(start, end - 1, size - 1)
    rest = list(proof)
    if fn != sn and not rest:
        raise TlogError("bad_proof", "the proof has too few hashes")
    reached = subtree_root if fn == sn else rest.pop(0)
    old, new_root = _climb(fn, sn, tn, reached, rest, tree_hash)
    if not compare_digest(old, subtree_root):
        raise TlogError("bad_proof", "the proof does not contain the earlier root")
    if not compare_digest(new_root, root):
        raise TlogError("bad_proof", "the proof leads to another root")


def _first_level(fn: int, sn: int, tn: int) -> tuple[int, int, int]:
    """Skip the levels where the subtree's right edge needs no hash from outside it."""
    while fn != sn and (sn == tn or sn & 1):
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    return fn, sn, tn


def _climb(fn: int, sn: int, tn: int, reached: bytes, rest: list[bytes], tree_hash: TreeHash) -> tuple[bytes, bytes]:
    """Return the roots that the proof leads to: of the subtree, and of the whole tree."""
    node, old, whole = tree_hash.node, reached, reached
    for sibling in rest:
        if tn == 0:
            raise TlogError("bad_proof", "the proof has too many hashes")
        if sn & 1 or sn == tn:
            if fn < sn:
                old = node(sibling, old)
            whole = node(sibling, whole)
            while not sn & 1:
                fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
        else:
            whole = node(whole, sibling)
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    if tn:
        raise TlogError("bad_proof", "the proof has too few hashes")
    return old, whole


def _require_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise TlogError("malformed", f"every hash must have {HASH_BYTES} bytes")
