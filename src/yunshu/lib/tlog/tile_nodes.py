"""Reading a tree's nodes from its tiles, so that proofs can be made from static files (c2sp.org/tlog-tiles)."""

from collections.abc import Sequence

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, TreeHash
from yunshu.lib.tlog.ranges import Node
from yunshu.lib.tlog.tiles import HEIGHT, WIDTH, Tile, TileReader, split_tile, tile_width


class TileNodes:
    """A ``NodeReader`` over tiles, for the tree of the first ``size`` leaves.

    Each tile is read once a call. The tiles are believed: a proof made from bad ones does not verify.
    """

    def __init__(self, tiles: TileReader, size: int, tree_hash: TreeHash = SHA256) -> None:
        self._tiles, self._size, self._tree_hash = tiles, size, tree_hash

    @property
    def tree_hash(self) -> TreeHash:
        """The hash function of the tree."""
        return self._tree_hash

    @property
    def size(self) -> int:
        """How many leaves can be read."""
        return self._size

    def read_nodes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hashes of ``nodes``; raise TlogError (``missing`` or ``malformed``)."""
        rows: dict[tuple[int, int], list[bytes]] = {}
        return [self._node(node, rows) for node in nodes]

    def _node(self, node: Node, rows: dict[tuple[int, int], list[bytes]]) -> bytes:
        level, height = divmod(node.level, HEIGHT)
        index, start = divmod(node.offset << height, WIDTH)
        row = rows.get((level, index))
        if row is None:
            width = tile_width(level, index, self._size)
            if not width:
                raise TlogError("missing", f"{node} is not in a tree of {self._size} leaves")
            row = rows[level, index] = split_tile(self._tiles.read(Tile(level, index, width)), width)
        hashes = row[start : start + (1 << height)]
        if len(hashes) < 1 << height:
            raise TlogError("missing", f"{node} is not complete in a tree of {self._size} leaves")
        subtree = Frontier(self._tree_hash)
        subtree.append_hashes(hashes)
        return subtree.root()
