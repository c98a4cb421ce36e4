"""Making proofs from stored hashes: inclusion, consistency, and the same for subtrees.

The hashes come from a ``NodeReader``: the tree in memory (``memory``) or static tiles (``tile_nodes``). All nodes of a
proof are asked for in one call, so that a reader can fetch them together.
"""

from collections.abc import Sequence
from typing import Protocol

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import TreeHash
from yunshu.lib.tlog.ranges import Node, Range, consistency_ranges, cover, inclusion_ranges


class NodeReader(Protocol):
    """Where complete nodes are kept."""

    @property
    def tree_hash(self) -> TreeHash:
        """The hash function of the tree."""
        ...

    @property
    def size(self) -> int:
        """How many leaves can be read; a proof for a larger tree is refused."""
        ...

    def read_nodes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hashes of ``nodes`` in their order; raise TlogError (``missing``) where one is not kept."""
        ...


def root_of(reader: NodeReader, size: int) -> bytes:
    """Return the root of the first ``size`` leaves."""
    if size == 0:
        return reader.tree_hash.empty()
    return subtree_root(reader, 0, size)


def subtree_root(reader: NodeReader, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]); raise TlogError (``malformed``) unless [start, end) is a subtree of the tree."""
    return _hashes(reader, [Range(start, end)], end)[0]


def prove_inclusion(reader: NodeReader, index: int, size: int) -> list[bytes]:
    """Return the proof that leaf ``index`` stands in the tree of ``size`` (RFC 9162 section 2.1.3.1)."""
    return prove_subtree_inclusion(reader, index, 0, size)


def prove_consistency(reader: NodeReader, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the tree of ``size`` begins with that of ``old_size`` (RFC 9162 section 2.1.4.1).

    Raises TlogError (``malformed``) for ``old_size`` 0: every tree begins with the empty one, there is nothing to prove.
    """
    return prove_subtree_consistency(reader, 0, old_size, size)


def prove_subtree_inclusion(reader: NodeReader, index: int, start: int, end: int) -> list[bytes]:
    """Return the proof that leaf ``index`` stands in the subtree [start, end)."""
    return _hashes(reader, inclusion_ranges(index, start, end), end)


def prove_subtree_consistency(reader: NodeReader, start: int, end: int, size: int) -> list[bytes]:
    """Return the proof that the subtree [start, end) is the one in the tree of ``size``."""
    return _hashes(reader, consistency_ranges(start, end, size), size)


def _hashes(reader: NodeReader, ranges: list[Range], size: int) -> list[bytes]:
    if size > reader.size:
        raise TlogError("missing", f"the tree has {reader.size} leaves, not {size}")
    covers = [cover(leaves) for leaves in ranges]
    found = iter(reader.read_nodes([node for nodes in covers for node in nodes]))
    node, hashes = reader.tree_hash.node, []
    for nodes in covers:
        parts = [next(found) for _ in nodes]
        root = parts.pop()
        while parts:
            root = node(parts.pop(), root)
        hashes.append(root)
    return hashes
