"""A whole tree in memory: for tests, small logs and as the plain answer to compare tiles with."""

from collections.abc import Iterable, Sequence

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import NODE_PREFIX, SHA256, TreeHash, require_hashes
from yunshu.lib.tlog.proving import root_of
from yunshu.lib.tlog.ranges import Node


class MemoryTree:
    """All complete nodes, level by level. A ``NodeReader``. Not locked: one owner at a time."""

    def __init__(self, tree_hash: TreeHash = SHA256) -> None:
        self._tree_hash = tree_hash
        self._levels: list[list[bytes]] = [[]]

    @property
    def tree_hash(self) -> TreeHash:
        """The hash function of the tree."""
        return self._tree_hash

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return len(self._levels[0])

    def append_many(self, entries: Iterable[bytes]) -> list[bytes]:
        """Append entries in order; return their leaf hashes."""
        hashes = [self._tree_hash.leaf(entry) for entry in entries]
        self.append_hashes(hashes)
        return hashes

    def append_hashes(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves whose hashes are known."""
        require_hashes(tuple(leaf_hashes))
        self._levels[0].extend(leaf_hashes)
        level, new = 0, self._tree_hash.new
        while len(self._levels[level]) > 1:
            if level + 1 == len(self._levels):
                self._levels.append([])
            below, above = self._levels[level], self._levels[level + 1]
            pairs = range(2 * len(above), len(below) - 1, 2)
            above.extend(new(NODE_PREFIX + below[at] + below[at + 1]).digest() for at in pairs)
            level += 1

    def root(self) -> bytes:
        """Return the root at the present size."""
        return root_of(self, self.size)

    def read_nodes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hashes of ``nodes``; raise TlogError (``missing``) for one that is not complete."""
        try:
            return [self._levels[node.level][node.offset] for node in nodes]
        except IndexError:
            raise TlogError("missing", f"a node of {list(nodes)} is not in a tree of {self.size} leaves") from None
