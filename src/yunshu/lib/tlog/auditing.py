"""Recomputing a stored log: do its entries make its tiles, and the tiles its root?

Reads every bundle once, keeps only the right edge of the tree in memory, and compares each tile with what the entries say
it must be. Two members' copies are compared the same way: the first difference is named by its file.
"""

from collections.abc import Iterator

from yunshu.lib.tlog.checkpoint import Checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import HASH_BYTES, SHA256, TreeHash
from yunshu.lib.tlog.tile_builder import TileBuilder, TileFile
from yunshu.lib.tlog.tiles import WIDTH, Tile, TileReader, decode_bundle


def read_entries(tiles: TileReader, start: int, end: int, *, size: int) -> Iterator[bytes]:
    """Yield the entries [start, end) of a log stored at ``size``; raise TlogError (``missing`` or ``malformed``)."""
    if not 0 <= start <= end <= size:
        raise TlogError("missing", f"the log has {size} entries, not [{start}, {end})")
    for index in range(start // WIDTH, -(-end // WIDTH)):
        first, width = index * WIDTH, min(WIDTH, size - index * WIDTH)
        entries = decode_bundle(tiles.read(Tile(None, index, width)), width)
        yield from entries[max(0, start - first) : end - first]


def audit(tiles: TileReader, head: Checkpoint, tree_hash: TreeHash = SHA256) -> None:
    """Recompute the log up to ``head`` from its entries.

    Raises TlogError: ``mismatch`` with the path of the first tile that contradicts the entries, or with the root if all
    tiles agree but the checkpoint does not; ``missing`` or ``malformed`` for a file that cannot be used.
    """
    builder = TileBuilder(tree_hash)
    for index in range(-(-head.size // WIDTH)):
        width = min(WIDTH, head.size - index * WIDTH)
        entries = decode_bundle(tiles.read(Tile(None, index, width)), width)
        _compare(tiles, builder.append_hashes([tree_hash.leaf(entry) for entry in entries]))
    _compare(tiles, builder.partial())
    if builder.root() != head.root:
        raise TlogError("mismatch", f"the entries of {head.origin} do not make the root signed at size {head.size}")


def _compare(tiles: TileReader, expected: list[TileFile]) -> None:
    for file in expected:
        if tiles.read(file.tile)[: HASH_BYTES * file.tile.width] != file.data:
            raise TlogError("mismatch", f"{file.tile.path} contradicts the entries below it")
