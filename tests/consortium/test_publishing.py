"""The public files: they stay few, and every partial tile that a checkpoint ever needed can still be read."""

import json
from pathlib import Path

import pytest
from tests.consortium.running import rewrite
from tests.consortium.world import LEDGER, NAMES, charter, message, seals

from yunshu.lib.consortium import examining, machine
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.publishing import Published
from yunshu.lib.consortium.signing import together
from yunshu.lib.consortium.trees import Trees
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.hashing import SHA256
from yunshu.lib.tlog.proof_file import parse_proof_file
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


def test_a_member_killed_between_the_two_checkpoints_is_not_called_corrupt(tmp_path: Path) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    published, texts = Published(tmp_path / "public", LEDGER), []
    for number in (1, 2):
        log.apply(2 * number - 1, message(number, [b"x"]))
        block = log.apply(2 * number, machine.cut_message(1, number + 1)).block
        assert block is not None
        words = [seals(name).head(charter(), 1, block.head, 1) for name in NAMES[:3]]
        texts.append({"sha256": together(w.sha256 for w in words), "sm3": together(w.sm3 for w in words)})
        published.advance(block.head, texts[-1], log.disk.leaves)

    (tmp_path / "public" / "sm3" / "checkpoint").write_text(texts[0]["sm3"])
    assert examine(log.disk, tmp_path / "public") == ""
    (tmp_path / "public" / "sm3" / "checkpoint").write_text(texts[0]["sha256"])
    assert "sm3 tree" in examine(log.disk, tmp_path / "public")


@pytest.mark.parametrize("blocks", [2, 3, 4, 7])
def test_a_log_longer_than_a_portion_is_examined_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    monkeypatch.setattr(examining, "PORTION", 3)
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    for number in range(1, blocks + 1):
        log.apply(2 * number - 1, message(number, [b"entry %d" % number]))
        log.apply(2 * number, machine.cut_message(1, number + 1))
    assert log.state.block == blocks + 1  # the first holds the charter
    assert examine(log.disk, tmp_path / "public") == ""
    rewrite(log.disk, b"entry %d" % blocks, b"entrY %d" % blocks)
    assert examine(log.disk, tmp_path / "public") == f"the leaves of block {blocks + 1} do not lead to its head"


def test_a_file_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    for statement in (
        "ALTER TABLE block ADD COLUMN frontier TEXT",
        "ALTER TABLE block ADD COLUMN state TEXT",
        "UPDATE block SET (frontier, state) = (SELECT frontier, state FROM standing s WHERE s.number = block.number)",
        "DROP TABLE standing",
    ):
        log.disk._db.execute(statement)
    log.disk.close()

    again = Log(Disk(tmp_path / "log.sqlite"), charter())
    again.apply(1, message(1, [b"x"]))
    assert again.apply(2, machine.cut_message(1, 2)).block is not None
    assert examine(again.disk, tmp_path / "public") == ""


def sizes_of(receipt: bytes) -> tuple[int, int]:
    """The sizes of the two heads that a receipt leads to."""
    proof = parse_proof_file(receipt)
    twin = parse_proof_file(base64text.decode(json.loads(proof.extra)["sm3"]))
    return proof.signed.checkpoint.size, twin.signed.checkpoint.size


def test_a_receipt_asked_for_between_the_two_checkpoints_leads_to_heads_of_one_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, trees, texts, asked = Published(tmp_path, LEDGER), Trees(), [], []
    write = LogFolder.write_checkpoint

    def write_and_ask(folder: LogFolder, data: bytes) -> None:
        write(folder, data)
        if texts:
            asked.append(sizes_of(published.receipt(0, b"one")))

    monkeypatch.setattr(LogFolder, "write_checkpoint", write_and_ask)
    for leaf in (b"one", b"two"):
        trees.append([leaf])
        word = seals("bureau").head(charter(), 1, trees.head(), 1)
        both = {"sha256": together([word.sha256]), "sm3": together([word.sm3])}
        published.extend([leaf])
        published.conclude(trees.head(), both)
        texts.append(both)
    assert asked == [(1, 1), (1, 1)]
    assert sizes_of(published.receipt(0, b"one")) == (2, 2)

    (tmp_path / "sm3" / "checkpoint").write_text(texts[0]["sm3"])  # killed between the two
    again = Published(tmp_path, LEDGER)
    with pytest.raises(TlogError, match="only one of the two heads"):
        again.receipt(0, b"one")
    again.conclude(trees.head(), texts[1])
    assert sizes_of(again.receipt(0, b"one")) == (2, 2)
