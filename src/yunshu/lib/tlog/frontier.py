"""The frontier: the few hashes from which an append-only tree grows and its root follows.

A tree of ``size`` leaves is a row of perfect subtrees, one for each set bit of ``size``, the largest on the left
(RFC 9162 section 2.1.2, the same split by powers of two). The frontier keeps their roots: at most 64 hashes.
"""

from collections.abc import Iterable, Sequence

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import LEAF_PREFIX, NODE_PREFIX, SHA256, TreeHash, require_hashes


class Frontier:
    """Grows by leaves, answers the root at any moment. Not locked: one owner at a time."""

    def __init__(self, tree_hash: TreeHash = SHA256, *, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        """Start empty, or where ``size`` and ``nodes`` of an earlier frontier left off.

        Raises TlogError (``malformed``) if ``nodes`` are not one hash for each set bit of ``size``.
        """
        if size < 0 or len(nodes) != size.bit_count():
            raise TlogError("malformed", f"a frontier of size {size} does not have {len(nodes)} hashes")
        require_hashes(tuple(nodes))
        self.tree_hash = tree_hash
        self._size = size
        self._nodes = list(nodes)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, the largest first: with ``size``, all that must be kept."""
        return tuple(self._nodes)

    def copy(self) -> "Frontier":
        """Return an independent frontier, to try an append that may be given up."""
        return Frontier(self.tree_hash, size=self._size, nodes=self._nodes)

    def append(self, entry: bytes) -> bytes:
        """Append one entry; return its leaf hash."""
        return self.append_many((entry,))[0]

    def append_many(self, entries: Iterable[bytes]) -> list[bytes]:
        """Append entries in order; return their leaf hashes. About a million a second (see ``bench/tlog.py``)."""
        new = self.tree_hash.new
        hashes = [new(LEAF_PREFIX + entry).digest() for entry in entries]
        self._extend(hashes)
        return hashes

    def append_hashes(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves whose hashes are known. Raises TlogError (``malformed``) on a hash of another length."""
        require_hashes(tuple(leaf_hashes))
        self._extend(leaf_hashes)

    def push(self, node: bytes, *, height: int) -> None:
        """Append a perfect subtree of 2**height leaves by its root.

        Raises TlogError (``malformed``) unless the size is a multiple of 2**height.
        """
        require_hashes((node,))
        if height < 0 or self._size & ((1 << height) - 1):
            raise TlogError("malformed", f"a subtree of height {height} cannot follow {self._size} leaves")
        self._carry(node, height)

    def root(self) -> bytes:
        """Return the root at the present size: the subtrees folded from the right."""
        if not self._nodes:
            return self.tree_hash.empty()
        root, node = self._nodes[-1], self.tree_hash.node
        for left in reversed(self._nodes[:-1]):
            root = node(left, root)
        return root

    def _carry(self, node: bytes, height: int) -> None:
        """Add one perfect subtree, as a one is added to a binary number: equal neighbours merge."""
        digits, new, nodes = self._size >> height, self.tree_hash.new, self._nodes
        while digits & 1:
            node = new(NODE_PREFIX + nodes.pop() + node).digest()
            digits >>= 1
        nodes.append(node)
        self._size += 1 << height

    def _extend(self, hashes: Sequence[bytes]) -> None:
        """Append leaf hashes, four at a time where the size allows: a quarter of the interpreter's work."""
        lead = min(-self._size % 4, len(hashes))
        quads = (len(hashes) - lead) // 4
        for leaf in hashes[:lead]:
            self._carry(leaf, 0)
        new, nodes, digits, prefix = self.tree_hash.new, self._nodes, self._size >> 2, NODE_PREFIX
        row = iter(hashes[lead : lead + 4 * quads])
        for a, b, c, d in zip(row, row, row, row, strict=True):
            node = new(prefix + new(prefix + a + b).digest() + new(prefix + c + d).digest()).digest()
            carry = digits
            while carry & 1:
                node = new(prefix + nodes.pop() + node).digest()
                carry >>= 1
            nodes.append(node)
            digits += 1
        self._size += 4 * quads
        for leaf in hashes[lead + 4 * quads :]:
            self._carry(leaf, 0)
