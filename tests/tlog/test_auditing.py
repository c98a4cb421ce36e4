"""An audit of a stored log finds any byte that was changed, and names the file."""

import pytest

from yunshu.lib.tlog.auditing import audit, read_entries
from yunshu.lib.tlog.checkpoint import Checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.hashing import TREE_HASHES
from yunshu.lib.tlog.twin import TwinLog

ENTRIES = [b"entry %d" % number for number in range(600)]


@pytest.fixture(params=["sha256", "sm3"])
def stored(request, tmp_path):
    """One twin of a log of 600 entries in a folder: the folder, its head and its hash function."""
    log, folder = TwinLog("ledger.example"), LogFolder(tmp_path, durable=False)
    files = [*log.append_many(ENTRIES), *log.partial()]
    folder.write(each.file for each in files if each.twin in (None, request.param))
    return folder, log.checkpoints()[request.param], TREE_HASHES[request.param]


def test_an_honest_log_passes(stored):
    audit(*stored)


@pytest.mark.parametrize(("start", "end"), [(0, 600), (0, 0), (255, 257), (599, 600), (300, 300), (512, 599)])
def test_entries_are_read_by_their_numbers(stored, start, end):
    assert list(read_entries(stored[0], start, end, size=600)) == ENTRIES[start:end]


@pytest.mark.parametrize(("start", "end"), [(0, 601), (-1, 5), (5, 4)])
def test_entries_that_are_not_there_are_missing(stored, start, end):
    with pytest.raises(TlogError) as refusal:
        list(read_entries(stored[0], start, end, size=600))
    assert refusal.value.code == "missing"


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
@pytest.mark.parametrize("at", [0, -1])
def test_a_changed_tile_is_named(stored, path, at):
    file = stored[0].path / path
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    with pytest.raises(TlogError, match=path) as refusal:
        audit(*stored)
    assert refusal.value.code == "mismatch"


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/002.p/88"])
def test_a_changed_entry_contradicts_its_tile(stored, path):
    file = stored[0].path / path
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(TlogError, match="contradicts") as refusal:
        audit(*stored)
    assert refusal.value.code == "mismatch"


def test_a_head_that_was_never_the_logs_is_found(stored):
    folder, head, tree_hash = stored
    with pytest.raises(TlogError, match="root signed at size 600"):
        audit(folder, Checkpoint(head.origin, head.size, b"x" * 32), tree_hash)


def test_a_missing_file_is_named(stored):
    (stored[0].path / "tile/entries/001").unlink()
    with pytest.raises(TlogError, match="tile/entries/001") as refusal:
        audit(*stored)
    assert refusal.value.code == "missing"
