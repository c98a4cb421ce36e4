"""Twin logs: the same entries, two trees, two origins; files enough to go on from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, SM3
from yunshu.lib.tlog.tiles import Tile, decode_bundle
from yunshu.lib.tlog.twin import TwinLog


class TwinTiles:
    """What both twins stored; one side of it is a ``TileReader``."""

    def __init__(self, side, files):
        self.side, self.files = side, files

    def read(self, tile):
        return self.files[None if tile.level is None else self.side, tile.path]


def store(files, new):
    files.update({(each.twin, each.file.tile.path): each.file.data for each in new})


@settings(max_examples=30)
@given(st.lists(st.lists(st.binary(max_size=20), max_size=300), max_size=5), st.data())
def test_any_batches_and_restarts_give_the_heads_of_the_definition(batches, data):
    files, log = {}, TwinLog("ledger.example")
    for batch in batches:
        store(files, log.append_many(batch))
        store(files, log.partial())
        tiles = {side: TwinTiles(side, files) for side in ("sha256", "sm3")}
        log = data.draw(st.sampled_from([log, TwinLog.resume("ledger.example", log.size, tiles)]))
    entries = [entry for batch in batches for entry in batch]
    heads = log.checkpoints()
    for tree_hash in (SHA256, SM3):
        frontier, head = Frontier(tree_hash), heads[tree_hash.name]
        frontier.append_many(entries)
        assert (head.origin, head.size) == (f"ledger.example/{tree_hash.name}", len(entries))
        assert head.root == frontier.root()


def test_the_bundles_hold_the_entries_once():
    log = TwinLog("ledger.example")
    entries = [b"%d" % number for number in range(600)]
    files = {}
    store(files, log.append_many(entries))
    store(files, log.partial())
    bundles = [files[None, Tile(None, at, width).path] for at, width in ((0, 256), (1, 256), (2, 88))]
    read = [entry for data, width in zip(bundles, (256, 256, 88), strict=True) for entry in decode_bundle(data, width)]
    assert read == entries
    assert {side for side, path in files if "entries" not in path} == {"sha256", "sm3"}


def test_an_entry_that_is_too_long_changes_nothing():
    log = TwinLog("ledger.example")
    log.append_many([b"a"])
    before = log.checkpoints()
    with pytest.raises(TlogError):
        log.append_many([b"b", b"x" * 65_536])
    assert log.checkpoints() == before
    assert log.size == 1
