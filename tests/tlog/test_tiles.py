"""Tiles: their paths and bytes, and the same proofs from static files as from memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshu.lib.tlog import proving
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.hashing import SHA256, SM3
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.ranges import Node, is_subtree
from yunshu.lib.tlog.tile_builder import TileBuilder
from yunshu.lib.tlog.tile_nodes import TileNodes
from yunshu.lib.tlog.tiles import (
    Tile,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    parse_tile_path,
    split_tile,
    tile_width,
)

BIG = 70_000


class MemoryTiles:
    """Tiles in a dictionary."""

    def __init__(self):
        self.files = {}

    def write(self, files):
        self.files.update({file.tile.path: file.data for file in files})

    def read(self, tile):
        data = self.files.get(tile.path, self.files.get(Tile(tile.level, tile.index).path))
        if data is None:
            raise TlogError("missing", tile.path)
        return data


def leaves(count):
    return [number.to_bytes(4, "big") * 8 for number in range(count)]


def stored(tree_hash, count):
    builder, tiles = TileBuilder(tree_hash), MemoryTiles()
    tiles.write(builder.append_hashes(leaves(count)))
    tiles.write(builder.partial())
    return builder, tiles


@pytest.fixture(scope="module")
def big():
    """A tree of three levels of tiles, both ways."""
    tree = MemoryTree()
    tree.append_hashes(leaves(BIG))
    return tree, *stored(SHA256, BIG)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(2, 1000, 17), "tile/2/x001/000.p/17"),
        (Tile(None, 999, 255), "tile/entries/999.p/255"),
        (Tile(63, 0), "tile/63/000"),
    ],
)
def test_a_tile_has_the_published_path(tile, path):
    assert tile.path == path
    assert parse_tile_path(path) == tile


@given(st.none() | st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_leads_back_to_its_tile(level, index, width):
    tile = Tile(level, index, width)
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/entry/000",
        "tile/0/٠٠٠",
        "checkpoint",
    ],
)
def test_any_other_path_is_refused(path):
    with pytest.raises(TlogError) as refusal:
        parse_tile_path(path)
    assert refusal.value.code == "malformed"


def test_the_published_example_of_seventy_thousand_leaves(big):
    """tlog-tiles, "Partial Tiles": 273 full tiles and one of 112, one full and one of 17, one of 1."""
    _, _, tiles = big
    widths = {}
    for path in tiles.files:
        tile = parse_tile_path(path)
        widths.setdefault(tile.level, []).append(tile.width)
    assert {level: sorted(found) for level, found in widths.items()} == {
        0: [112] + [256] * 273,
        1: [17, 256],
        2: [1],
    }
    assert list(edge_tiles(256)) == [Tile(1, 0, 1)]
    assert [tile_width(0, 273, BIG), tile_width(0, 274, BIG), tile_width(1, 0, BIG)] == [112, 0, 256]


@settings(max_examples=40)
@given(st.data())
def test_tiles_give_the_nodes_and_proofs_of_the_tree_in_memory(big, data):
    tree, builder, tiles = big
    size = data.draw(st.sampled_from([1, 2, 255, 256, 257, 65_535, 65_536, 65_537, BIG]) | st.integers(1, BIG))
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    start = data.draw(st.sampled_from([at for at in (0, old_size - 1, old_size & ~0xFF) if is_subtree(at, old_size)]))
    nodes = TileNodes(tiles, BIG)
    assert builder.root() == tree.root() == proving.root_of(nodes, BIG)
    assert proving.root_of(nodes, size) == proving.root_of(tree, size)
    assert proving.prove_inclusion(nodes, index, size) == proving.prove_inclusion(tree, index, size)
    assert proving.prove_consistency(nodes, old_size, size) == proving.prove_consistency(tree, old_size, size)
    assert proving.prove_subtree_consistency(nodes, start, old_size, size) == proving.prove_subtree_consistency(
        tree, start, old_size, size
    )


@settings(max_examples=30)
@given(st.sampled_from([SHA256, SM3]), st.lists(st.integers(0, 400), max_size=6), st.data())
def test_any_batches_and_restarts_make_the_same_tiles(tree_hash, batches, data):
    total, tiles, builder, at = sum(batches), MemoryTiles(), TileBuilder(tree_hash), 0
    for batch in batches:
        tiles.write(builder.append_hashes(leaves(total)[at : at + batch]))
        tiles.write(builder.partial())
        at += batch
        builder = data.draw(st.sampled_from([builder, TileBuilder.resume(tiles, at, tree_hash)]))
    once, whole = stored(tree_hash, total)
    assert builder.root() == once.root()
    assert builder.size == total
    assert {path: tiles.files[path] for path in whole.files} == whole.files


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_back_its_entries(entries):
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    assert decode_bundle(data, 1) == entries[:1]


def test_the_longest_entry_fits_and_a_longer_one_is_refused():
    assert decode_bundle(encode_bundle([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(TlogError, match="65535"):
        encode_bundle([b"x" * 65_536])


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab", encode_bundle([b"a"])])
def test_a_bundle_that_does_not_hold_its_entries_is_refused(data):
    with pytest.raises(TlogError) as refusal:
        decode_bundle(data, 2)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("length", [0, 31, 33, 32, 257 * 32])
def test_a_tile_of_another_length_is_refused(length):
    with pytest.raises(TlogError) as refusal:
        split_tile(b"x" * length, 2)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("node", [Node(0, 300), Node(8, 1), Node(9, 0), Node(70, 0)])
def test_a_node_that_is_not_complete_is_missing(node):
    _, tiles = stored(SHA256, 300)
    with pytest.raises(TlogError) as refusal:
        TileNodes(tiles, 300).read_nodes([node])
    assert refusal.value.code == "missing"


@pytest.mark.parametrize("durable", [True, False])
def test_a_folder_keeps_a_log_and_serves_a_partial_tile_from_the_full_one(tmp_path, durable):
    folder, builder = LogFolder(tmp_path / "log", durable=durable), TileBuilder()
    assert folder.read_checkpoint() is None
    folder.write(builder.append_hashes(leaves(600)))
    folder.write(builder.partial())
    folder.write_checkpoint(b"head")
    assert folder.read_checkpoint() == b"head"
    assert folder.read(Tile(0, 1, 3))[:96] == b"".join(leaves(600)[256:259])
    assert sorted(path.name for path in (tmp_path / "log").rglob("*.new")) == []
    assert TileBuilder.resume(folder, 600).root() == builder.root()
    with pytest.raises(TlogError) as refusal:
        folder.read(Tile(0, 2, 89))
    assert refusal.value.code == "missing"
