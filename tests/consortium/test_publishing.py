"""The public files: they stay few, and every partial tile that a checkpoint ever needed can still be read."""

from pathlib import Path

from tests.consortium.world import LEDGER, charter, seals

from yunshu.lib.consortium.publishing import Published
from yunshu.lib.consortium.signing import together
from yunshu.lib.consortium.trees import Trees
from yunshu.lib.tlog.hashing import SHA256
from yunshu.lib.tlog.tile_builder import TileBuilder
from yunshu.lib.tlog.tiles import Tile, decode_bundle, edge_tiles


def test_partial_tiles_are_swept_away_and_still_answered_bit_by_bit(tmp_path: Path) -> None:
    published, trees, leaves = Published(tmp_path, LEDGER), Trees(), [b"entry\n%d" % n for n in range(600)]
    for size in range(1, 600, 7):
        trees.append(leaves[published.grown() : size])
        head = trees.head()
        word = seals("bureau").head(charter(), 1, head, 1)
        both = {"sha256": together([word.sha256]), "sm3": together([word.sm3])}
        published.advance(head, both, lambda start, end: leaves[start:end])

    kept = [path for path in tmp_path.rglob("*.p/*") if "sm3/tile/entries" not in str(path)]
    assert len(kept) <= 2 * 5
    for size in range(1, 596, 7):
        builder = TileBuilder(SHA256)
        builder.append_hashes([SHA256.leaf(leaf) for leaf in leaves[:size]])
        expected = {file.tile: file.data for file in builder.partial()}
        for tile in edge_tiles(size):
            data = published.tile("sha256", tile)
            assert data is not None
            if tile.level is None:
                assert decode_bundle(data, tile.width) == leaves[256 * tile.index : size]
            else:
                assert data == expected[tile]
    assert published.tile("sha256", Tile(0, 2, 256)) is None
    assert published.tile("sm3", Tile(None, 2, 200)) is None
    assert Published(tmp_path, LEDGER).grown() == 596
