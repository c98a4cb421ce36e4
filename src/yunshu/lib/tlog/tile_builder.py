"""Growing a tree as tiles: leaf hashes in, tile files out, the root at any moment.

The state is the right edge only: at most 255 hashes a level. It can be read back from the tiles of a stored log.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, TreeHash, require_hashes
from yunshu.lib.tlog.tiles import WIDTH, Tile, TileReader, edge_tiles, split_tile


@dataclass(frozen=True)
class TileFile:
    """A tile or bundle and its bytes: to be written at ``tile.path`` below the log's prefix."""

    tile: Tile
    data: bytes


class TileBuilder:
    """Not locked: one owner at a time."""

    def __init__(self, tree_hash: TreeHash = SHA256) -> None:
        self.tree_hash = tree_hash
        self._size = 0
        self._rows: list[list[bytes]] = [[]]

    @classmethod
    def resume(cls, tiles: TileReader, size: int, tree_hash: TreeHash = SHA256) -> "TileBuilder":
        """Return the builder of a stored tree with ``size`` leaves.

        Raises TlogError (``missing`` or ``malformed``). The caller compares ``root`` with the signed checkpoint.
        """
        builder = cls(tree_hash)
        builder._size = size
        for tile in edge_tiles(size):
            if tile.level is not None:
                builder._row(tile.level).extend(split_tile(tiles.read(tile), tile.width))
        return builder

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    def append_hashes(self, leaf_hashes: Sequence[bytes]) -> list[TileFile]:
        """Append leaves by their hashes; return the tiles that became full."""
        require_hashes(tuple(leaf_hashes))
        full: list[TileFile] = []
        row, at = self._rows[0], 0
        while at < len(leaf_hashes):
            taken = leaf_hashes[at : at + WIDTH - len(row)]
            row.extend(taken)
            at += len(taken)
            self._size += len(taken)
            self._close_full_rows(full)
        return full

    def partial(self) -> list[TileFile]:
        """Return the partial tiles of the present size: what a checkpoint of this size needs on disk."""
        tiles = (tile for tile in edge_tiles(self._size) if tile.level is not None)
        return [TileFile(tile, b"".join(self._rows[tile.level or 0])) for tile in tiles]

    def root(self) -> bytes:
        """Return the root at the present size."""
        edge: list[bytes] = []
        for row in reversed(self._rows):
            subtree = Frontier(self.tree_hash)
            subtree.append_hashes(row)
            edge.extend(subtree.nodes)
        return Frontier(self.tree_hash, size=self._size, nodes=edge).root()

    def _close_full_rows(self, full: list[TileFile]) -> None:
        level = 0
        while len(row := self._rows[level]) == WIDTH:
            index = (self._size >> (8 * level)) // WIDTH - 1
            full.append(TileFile(Tile(level, index), b"".join(row)))
            subtree = Frontier(self.tree_hash)
            subtree.append_hashes(row)
            self._row(level + 1).append(subtree.root())
            row.clear()
            level += 1

    def _row(self, level: int) -> list[bytes]:
        while len(self._rows) <= level:
            self._rows.append([])
        return self._rows[level]
